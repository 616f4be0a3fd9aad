/* A program of the build: makes the man page from its template, the tables of commands, terms and the store's columns,
 * and the table of keys that config/list_keys.c prints. usage: ff_man_page TEMPLATE KEYS PAGE
 *
 * A line @NAME@ of the template stands for a table. The page is in the mdoc language; texts become lines of it with
 * what it would take for its own escaped. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd_runs.h"
#include "cli/commands.h"
#include "cli/glossary.h"
#include "cli/help.h"

enum { LINE = 4096 };

/* How a character of a text stands in mdoc's source; NULL: as itself. */
static const char *escape_of(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '\'':
		return "\\(aq";
	case '-':
		return "\\-";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	default:
		return NULL;
	}
}

/* Returns the bytes written. */
static int put_character(char c)
{
	const char *escape = escape_of(c);
	return escape ? printf("%s", escape) : printf("%c", c);
}

static void put_word(const char *word)
{
	for (; *word; word++)
		put_character(*word);
}

/* Writes a word of a text, which begins a line if column is 0; `bold` holds between backquotes. Returns the bytes. */
static int put_text_word(const char *word, int length, int column, bool *bold)
{
	int bytes = column ? printf(" ") : *word == '.' || *word == '\'' ? printf("\\&") : 0;
	for (int i = 0; i < length; i++) {
		if (word[i] == '`') {
			*bold = !*bold;
			bytes += printf(*bold ? "\\fB" : "\\fR");
		} else {
			bytes += put_character(word[i]);
		}
	}
	return bytes;
}

/* Text as lines of the source, each sentence on lines of its own; an empty line begins a paragraph. */
static void put_text(const char *text)
{
	enum { FULL = 60 }; /* bytes; a line may get a word more */
	bool bold = false;
	for (int column = 0; *text;) {
		int length = (int)strcspn(text, " \n");
		column += put_text_word(text, length, column, &bold);
		bool ends = length > 1 && text[length - 1] == '.';
		text += length;
		if (strncmp(text, "\n\n", 2) == 0)
			fputs("\n.Pp", stdout);
		text += strspn(text, " \n");
		if (*text && (text[-1] == '\n' || ends || column > FULL)) {
			putchar('\n');
			column = 0;
		}
	}
	putchar('\n');
}

/* ---- commands ---- */

static void put_option_words(const struct ff_option *option)
{
	printf("Fl Fl %s", option->name);
	if (option->value)
		printf(" Ar %s", option->value);
	putchar('\n');
}

/* Operands in brackets may be left out. */
static void put_operands(const char *operands)
{
	bool optional = *operands == '[';
	int length = (int)strlen(operands) - 2 * optional;
	printf("%sAr %.*s\n", optional ? "Op " : "", length, operands + optional);
}

static void put_form(const struct ff_command *command)
{
	printf(".Nm\n.Cm %s\n", command->name);
	if (*command->operands) {
		putchar('.');
		put_operands(command->operands);
	}
}

static void put_synopsis(void)
{
	for (int c = 0; c < ff_n_commands; c++) {
		const struct ff_command *command = &ff_commands[c];
		put_form(command);
		for (int i = 0; i < command->n_options; i++) {
			if (strcmp(command->options[i].name, "help") == 0 ||
			    ff_command_begins_instead(command, &command->options[i]))
				continue;
			fputs(".Op ", stdout);
			put_option_words(&command->options[i]);
		}
		if (command->instead) {
			printf(".Nm\n.Cm %s\n", command->name);
			put_word(command->instead);
			putchar('\n');
		}
	}
}

static void put_options(const struct ff_command *command)
{
	puts(".Bl -tag -width Ds");
	for (int i = 0; i < command->n_options; i++) {
		const struct ff_option *option = &command->options[i];
		fputs(".It ", stdout);
		put_option_words(option);
		put_text(option->help);
		if (!option->initial)
			continue;
		fputs("Default: ", stdout);
		put_word(option->initial);
		puts(".");
	}
	puts(".El");
}

static void put_examples(const char *examples)
{
	puts(".Pp\nExamples:\n.Bd -literal -offset indent");
	put_word(examples);
	puts(".Ed");
}

static void put_commands(void)
{
	char rest[FF_MAX_PARAGRAPH];
	puts(".Bl -tag -width Ds");
	for (int c = 0; c < ff_n_commands; c++) {
		const struct ff_command *command = &ff_commands[c];
		printf(".It Cm %s%s", command->name, *command->operands ? " " : "\n");
		if (*command->operands)
			put_operands(command->operands);
		put_text(command->about);
		if (command->rest) {
			command->rest(rest, sizeof rest);
			puts(".Pp");
			put_text(rest);
		}
		put_options(command);
		put_examples(command->examples);
	}
	puts(".El");
}

/* ---- other tables ---- */

static void put_entry(const char *macro, const char *name, const char *text)
{
	printf(".It %s ", macro);
	put_word(name);
	putchar('\n');
	put_text(text);
}

static void put_columns(void)
{
	puts(".Bl -tag -width Ds -compact");
	for (int i = 0; i < ff_store_n_columns; i++)
		put_entry("Li", ff_store_columns[i].name, ff_store_columns[i].meaning);
	puts(".El");
}

static void put_glossary(void)
{
	puts(".Bl -tag -width Ds");
	for (int i = 0; i < ff_n_terms; i++)
		put_entry("Sy", ff_glossary[i].term, ff_glossary[i].meaning);
	puts(".El");
}

/* A line of the table of keys; false if it is none. */
static bool put_key(char *line)
{
	char *limits = strchr(line, '\t'), *meaning = limits ? strchr(limits + 1, '\t') : NULL;
	if (!meaning)
		return false;
	*limits++ = *meaning++ = '\0';
	put_entry("Li", line, meaning);
	if (*limits) {
		char text[LINE];
		snprintf(text, sizeof text, "(%s)", limits);
		puts(".br");
		put_text(text);
	}
	return true;
}

/* ---- the page ---- */

/* The next line of a file, without its end; false at the end of the file. */
static bool read_line(FILE *file, char line[LINE])
{
	if (!fgets(line, LINE, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool put_keys(FILE *keys)
{
	char line[LINE];
	bool ok = true;
	puts(".Bl -tag -width Ds");
	while (ok && read_line(keys, line))
		ok = put_key(line);
	puts(".El");
	return ok;
}

static bool put_page(FILE *page, FILE *keys)
{
	static const struct {
		const char *name;
		void (*put)(void);
	} TABLES[] = {{"@SYNOPSIS@", put_synopsis},
	              {"@COMMANDS@", put_commands},
	              {"@COLUMNS@", put_columns},
	              {"@GLOSSARY@", put_glossary}};
	enum { N_TABLES = sizeof TABLES / sizeof *TABLES };
	char line[LINE];
	bool ok = true;
	while (ok && read_line(page, line)) {
		int i = 0;
		while (i < N_TABLES && strcmp(line, TABLES[i].name) != 0)
			i++;
		if (i < N_TABLES)
			TABLES[i].put();
		else if (strcmp(line, "@KEYS@") == 0)
			ok = put_keys(keys);
		else
			puts(line);
	}
	return ok;
}

int main(int argc, char *argv[])
{
	if (argc != 4) {
		fputs("usage: ff_man_page TEMPLATE KEYS PAGE\n", stderr);
		return EXIT_FAILURE;
	}
	FILE *page = fopen(argv[1], "r"), *keys = fopen(argv[2], "r");
	if (!page || !keys) {
		fprintf(stderr, "ff_man_page: cannot read %s: %s\n", argv[page ? 2 : 1], strerror(errno));
		return EXIT_FAILURE;
	}
	if (!freopen(argv[3], "w", stdout)) {
		fprintf(stderr, "ff_man_page: cannot write %s: %s\n", argv[3], strerror(errno));
		return EXIT_FAILURE;
	}
	bool ok = put_page(page, keys) && !ferror(page) && !ferror(keys);
	(void)fclose(page);
	(void)fclose(keys);
	if (!ok)
		fputs("ff_man_page: a line of the table of keys is not PATH tab LIMITS tab MEANING\n", stderr);
	return fclose(stdout) == 0 && ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

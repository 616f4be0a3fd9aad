#include "cli/help.h"

#include <string.h>

#include "base/edit_distance.h"
#include "base/wrap.h"
#include "cli/command_find.h"
#include "cli/commands.h"
#include "cli/glossary.h"
#include "cli/options.h"
#include "ffengine/version.h"

enum {
	COLUMNS = 100,
	OPTION_COLUMN = 20, /* where the options' descriptions begin */
	TERM_COLUMN = 22,   /* and those of the glossary */
};

static void print_option(const struct ff_option *option, FILE *stream)
{
	char initial[FF_MAX_PATH];
	int at =
	    fprintf(stream, "  --%s%s%s", option->name, option->value ? " " : "", option->value ? option->value : "");
	ff_wrap_print(stream, at, OPTION_COLUMN, COLUMNS, option->help);
	if (option->now)
		option->now(initial, sizeof initial);
	else if (option->initial)
		snprintf(initial, sizeof initial, "%s", option->initial);
	else
		return;
	fprintf(stream, "%*s(default: %s)\n", OPTION_COLUMN, "", initial);
}

bool ff_command_begins_instead(const struct ff_command *command, const struct ff_option *option)
{
	size_t n = strlen(option->name);
	return command->instead && strncmp(command->instead + 2, option->name, n) == 0 &&
	       command->instead[2 + n] == ' ';
}

static void print_usage(const struct ff_command *command, FILE *stream)
{
	fprintf(stream, "usage: ffengine %s%s%s", command->name, *command->operands ? " " : "", command->operands);
	for (int i = 0; i < command->n_options; i++) {
		const struct ff_option *option = &command->options[i];
		if (ff_command_begins_instead(command, option))
			continue;
		if (option->value)
			fprintf(stream, " [--%s %s]%s", option->name, option->value,
			        option->kind == FF_OPTION_LIST ? "..." : "");
		else if (strcmp(option->name, "help") != 0)
			fprintf(stream, " [--%s]", option->name);
	}
	fputc('\n', stream);
	if (command->instead)
		fprintf(stream, "       ffengine %s %s\n", command->name, command->instead);
}

/* A line of the text per line, indented. */
static void print_examples(const char *text, FILE *stream)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		fprintf(stream, "  %.*s\n", (int)(end - text), text);
}

void ff_help_command(const struct ff_command *command, FILE *stream)
{
	char rest[FF_MAX_PARAGRAPH];
	print_usage(command, stream);
	fputc('\n', stream);
	ff_wrap_print(stream, 0, 0, COLUMNS, command->about);
	if (command->rest) {
		command->rest(rest, sizeof rest);
		fputc('\n', stream);
		ff_wrap_print(stream, 0, 0, COLUMNS, rest);
	}
	fputs("\nOptions:\n", stream);
	for (int i = 0; i < command->n_options; i++)
		print_option(&command->options[i], stream);
	fputs("\nExamples:\n", stream);
	print_examples(command->examples, stream);
	if (command->next) {
		fputc('\n', stream);
		ff_wrap_print(stream, 0, 0, COLUMNS, command->next);
	}
}

static void print_summary(const struct ff_command *command, FILE *stream)
{
	fprintf(stream, "  %-12s %s\n", command->name, command->summary);
}

bool ff_help_group(const char *name, FILE *stream)
{
	size_t length = strlen(name);
	bool found = false;
	for (int i = 0; i < ff_n_commands; i++) {
		if (strncmp(ff_commands[i].name, name, length) != 0 || ff_commands[i].name[length] != ' ')
			continue;
		if (!found)
			fprintf(stream, "usage: ffengine %s COMMAND\n\n", name);
		found = true;
		print_summary(&ff_commands[i], stream);
	}
	if (found)
		fprintf(stream, "\n`ffengine help %s COMMAND` explains one of them.\n", name);
	return found;
}

void ff_help_overview(FILE *stream)
{
	fprintf(stream,
	        "ffengine %s trains neural networks with the Forward-Forward algorithm on many-core CPUs.\n\n"
	        "usage: ffengine COMMAND [ARGUMENT]... [OPTION]...\n\n",
	        ff_version());
	for (int i = 0; i < ff_n_commands; i++)
		print_summary(&ff_commands[i], stream);
	fputs("\nFirst steps:\n"
	      "  ffengine data list                           which datasets are on this machine\n"
	      "  ffengine run experiments/quickstart.yaml     train on Fashion-MNIST, in less than a minute\n"
	      "  ffengine help experiment                     every key of an experiment file\n"
	      "\n`ffengine COMMAND --help` explains a command. The man page ffengine(1) has the exit codes.\n",
	      stream);
}

static void help_experiment(FILE *stream)
{
	fputs("An experiment file is YAML. Every key but layers.widths has a default, so this is a complete one:\n\n"
	      "  dataset: {name: mnist}\n"
	      "  layers: {widths: [64, 32]}\n\n"
	      "`ffengine check FILE` prints a file with every key spelt out. --set KEY=VALUE overrides a key:\n"
	      "--set layers.widths='[64,32]'. Keys reserved for later versions are rejected with an error.\n\n",
	      stream);
	ff_experiment_print_keys(stream);
}

static void help_glossary(FILE *stream)
{
	for (int i = 0; i < ff_n_terms; i++)
		ff_wrap_print(stream, fprintf(stream, "%s", ff_glossary[i].term), TERM_COLUMN, COLUMNS,
		              ff_glossary[i].meaning);
}

/* Pages of help that are not about a command. */
static const struct topic {
	const char *name;
	void (*print)(FILE *stream);
} TOPICS[] = {{"experiment", help_experiment}, {"glossary", help_glossary}};
enum { N_TOPICS = sizeof TOPICS / sizeof *TOPICS };

/* The topic that a word names, or is near to; NULL if there is none. */
static const struct topic *find_topic(const char *word, bool exactly)
{
	for (int i = 0; i < N_TOPICS; i++)
		if (exactly ? strcmp(word, TOPICS[i].name) == 0
		            : ff_word_is_near(word, TOPICS[i].name, ff_edit_distance(word, TOPICS[i].name)))
			return &TOPICS[i];
	return NULL;
}

static ff_status unknown_topic(const char *word, struct ff_error *error)
{
	char hint[64];
	const struct topic *topic = find_topic(word, false);
	if (!topic)
		return FF_ERROR_USAGE; /* ff_command_find() has said why */
	snprintf(hint, sizeof hint, "did you mean `ffengine help %s`?", topic->name);
	return ff_fail_at(error, FF_ERROR_USAGE, "help", hint, "unknown command '%s'", word);
}

ff_status ff_command_help(const struct ff_arguments *arguments, struct ff_error *error)
{
	const struct ff_words *words = &arguments->operands;
	int used = 0;
	if (words->n == 0) {
		ff_help_overview(stdout);
		return FF_OK;
	}
	const struct topic *topic = words->n == 1 ? find_topic(words->items[0], true) : NULL;
	if (topic) {
		topic->print(stdout);
		return FF_OK;
	}
	if (words->n == 1 && ff_help_group(words->items[0], stdout))
		return FF_OK;
	const struct ff_command *command = ff_command_find(words->items, words->n, &used, error);
	if (!command)
		return unknown_topic(words->items[0], error);
	if (used < words->n)
		return ff_fail_at(error, FF_ERROR_USAGE, "help", NULL, "unexpected argument '%s'", words->items[used]);
	ff_help_command(command, stdout);
	return FF_OK;
}

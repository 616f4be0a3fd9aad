#include <stdio.h>
#include <string.h>

#include "config/value.h"

enum { INDENT = 32, COLUMNS = 98 };

/* Writes text behind column INDENT, wrapped between words; the first line starts at column `at`. */
static void print_wrapped(FILE *stream, int at, const char *text)
{
	for (int column = at; *text;) {
		int length = (int)strcspn(text, " ");
		if (column < INDENT || (column > INDENT && column + 1 + length > COLUMNS)) {
			if (column > INDENT) {
				fputc('\n', stream);
				column = 0;
			}
			fprintf(stream, "%*s", INDENT - column, "");
			column = INDENT;
		} else if (column > INDENT) {
			fputc(' ', stream);
			column++;
		}
		fprintf(stream, "%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}

static const char *section_of(const struct ff_key *key, char *section)
{
	snprintf(section, FF_MAX_KEY_PATH, "%.*s",
	         strchr(key->path, '.') ? (int)strcspn(key->path, ".") : (int)strlen(key->path), key->path);
	return section;
}

/* "a number, at least 0, at most 1, or auto; default auto". */
static void print_key(FILE *stream, const struct ff_key *key)
{
	char limits[FF_MAX_DESCRIBED], line[2 * FF_MAX_DESCRIBED];
	ff_value_describe(key, true, limits);
	bool noun = !key->words && key->type < FF_KEY_SWEEP;
	snprintf(line, sizeof line, "%s%s%s%s%s%s", noun ? ff_value_noun(key) : "", noun && *limits ? ", " : "", limits,
	         key->initial ? "; default " : "", key->initial ? key->initial : "",
	         key->type == FF_KEY_RESERVED ? "reserved for a later version" : "");
	print_wrapped(stream, fprintf(stream, "%s", key->path), line);
	print_wrapped(stream, 0, key->doc);
}

void ff_experiment_print_keys(FILE *stream)
{
	struct ff_numeric numeric;
	char section[2][FF_MAX_KEY_PATH], names[FF_ERROR_TEXT];
	bool plain = ff_numeric_begin(&numeric, NULL) == FF_OK; /* without memory, a comma may stand for a point */
	for (int k = 0; k < ff_schema_size; k++) {
		bool grouped = strchr(ff_schema[k].path, '.') || (k > 0 && strchr(ff_schema[k - 1].path, '.'));
		section_of(&ff_schema[k], section[k % 2]);
		if (k > 0 && grouped && strcmp(section[0], section[1]) != 0)
			fputc('\n', stream);
		print_key(stream, &ff_schema[k]);
	}
	ff_schema_names("", true, names, sizeof names);
	fputs("\nKeys of an entry of layers.each:\n", stream);
	print_wrapped(stream, 0, names);
	if (plain)
		ff_numeric_end(&numeric);
}

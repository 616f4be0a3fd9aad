#include "config/key_help.h"

#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "config/value.h"

enum { INDENT = 32, COLUMNS = 99 };

void ff_key_describe(const struct ff_key *key, char *line)
{
	char limits[FF_MAX_DESCRIBED];
	if (key->type == FF_KEY_RESERVED) {
		snprintf(line, FF_MAX_KEY_LINE, "reserved for a later version");
		return;
	}
	ff_value_describe(key, true, limits);
	bool noun = !key->words && key->type != FF_KEY_SWEEP;
	snprintf(line, FF_MAX_KEY_LINE, "%s%s%s%s%s", noun ? ff_value_noun(key) : "", noun && *limits ? ", " : "",
	         limits, key->initial ? "; default " : "", key->initial ? key->initial : "");
}

static const char *section_of(const struct ff_key *key, char *section)
{
	snprintf(section, FF_MAX_KEY_PATH, "%.*s",
	         strchr(key->path, '.') ? (int)strcspn(key->path, ".") : (int)strlen(key->path), key->path);
	return section;
}

static void print_key(FILE *stream, const struct ff_key *key)
{
	char line[FF_MAX_KEY_LINE];
	ff_key_describe(key, line);
	int at = fprintf(stream, "%s", key->path);
	if (*line)
		ff_wrap_print(stream, at, INDENT, COLUMNS, line);
	ff_wrap_print(stream, *line ? 0 : at, INDENT, COLUMNS, key->doc);
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
	ff_wrap_print(stream, 0, INDENT, COLUMNS, names);
	if (plain)
		ff_numeric_end(&numeric);
}

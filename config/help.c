/* ff_experiment_print_keys(): the table of all keys, for people. */
#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "config/value.h"

enum { MARGIN = 4, WIDTH = 96 };

/* Prints text in lines of at most WIDTH columns behind the margin. */
static void print_wrapped(FILE *stream, const char *text)
{
	int column = 0;
	while (*text) {
		int word = (int)strcspn(text, " ");
		if (column == 0)
			column = fprintf(stream, "%*s%.*s", MARGIN, "", word, text);
		else if (column + 1 + word > WIDTH) {
			fputc('\n', stream);
			column = fprintf(stream, "%*s%.*s", MARGIN, "", word, text);
		} else
			column += fprintf(stream, " %.*s", word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}

static void print_entry(FILE *stream, const struct ff_key *key)
{
	char takes[1024], text[2048];
	ff_value_describe(key, true, takes, sizeof takes);
	fprintf(stream, "  %s", key->path);
	if (key->initial)
		fprintf(stream, " = %s", key->initial);
	fputs(key->unbuilt || key->type == FF_KEY_UNBUILT ? "  (not built yet)\n" : "\n", stream);
	if (key->type == FF_KEY_UNBUILT)
		snprintf(text, sizeof text, "%s.", key->doc);
	else
		snprintf(text, sizeof text, "%s. Takes %s.%s", key->doc, takes,
		         key->each && !strchr(key->path, '[') ? " Also a key of layers.each." : "");
	print_wrapped(stream, text);
}

void ff_experiment_print_keys(FILE *stream)
{
	const char *before = "";
	fputs("The keys of an experiment file, with their defaults. Sections nest: `train.batch: 50` is\n"
	      "written `train: {batch: 50}`; on the command line it is --set train.batch=50.\n",
	      stream);
	for (int i = 0; i < ff_schema_size; i++) {
		const char *path = ff_schema[i].path;
		size_t section = strcspn(path, ".");
		if (i == 0 || strncmp(before, path, section + 1) != 0 || strcspn(before, ".") != section)
			if (path[section] == '.' || i == 0 || before[strcspn(before, ".")] == '.')
				fputc('\n', stream);
		print_entry(stream, &ff_schema[i]);
		before = path;
	}
}

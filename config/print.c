/* ff_experiment_print(): the experiment as YAML, every key spelt out. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "config/value.h"

enum { MAX_VALUE = 2 * FF_MAX_PATH + 4 }; /* a path, escaped and quoted */

/* "a.b" of "a.b.c" is 3 long; 0 at the top. */
static size_t section_length(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? (size_t)(dot - path) : 0;
}

static void indent(FILE *stream, int depth)
{
	fprintf(stream, "%*s", 2 * depth, "");
}

/* Opens the sections that path is in and the key before it was not; returns how deep path lies. */
static int open_sections(FILE *stream, const char *before, const char *path)
{
	int depth = 0;
	for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
		size_t n = (size_t)(dot - path);
		const char *name = path + n;
		while (name > path && name[-1] != '.')
			name--;
		if (strncmp(before, path, n + 1) != 0) {
			indent(stream, depth);
			fprintf(stream, "%.*s:\n", (int)(dot - name), name);
		}
		depth++;
	}
	return depth;
}

static void print_widths(const struct ff_experiment *e, FILE *stream)
{
	for (int l = 0; l < e->n_layers; l++)
		fprintf(stream, "%s%d", l ? ", " : "[", e->layers[l].width);
	fputs("]", stream);
}

static void print_layer_set(const struct ff_experiment *e, FILE *stream)
{
	int n = 0;
	for (int l = 0; l < e->n_layers; l++)
		n += ff_layer_set_has(&e->evaluate.layers, l);
	if (n == e->n_layers) {
		fputs("all", stream);
		return;
	}
	const char *separator = "[";
	for (int l = 0; l < e->n_layers; l++)
		if (ff_layer_set_has(&e->evaluate.layers, l)) {
			fprintf(stream, "%s%d", separator, l + 1);
			separator = ", ";
		}
	fputs("]", stream);
}

/* The keys in which layer l differs from the first layer, whose values stand as the defaults. */
static void print_entry(const struct ff_experiment *e, int l, FILE *stream)
{
	char text[MAX_VALUE];
	const char *separator = "{";
	for (int i = 0; i < ff_schema_size; i++) {
		const struct ff_key *key = &ff_schema[i];
		const char *field = (const char *)&e->layers[l] + key->offset;
		const char *first = (const char *)&e->layers[0] + key->offset;
		if (!key->each || strcmp(key->each, "width") == 0 || memcmp(field, first, key->size) == 0)
			continue;
		ff_value_print(key, field, text, sizeof text);
		fprintf(stream, "%s%s: %s", separator, key->each, text);
		separator = ", ";
	}
	fputs(*separator == '{' ? "{}" : "}", stream);
}

static bool layers_differ(const struct ff_experiment *e)
{
	for (int l = 1; l < e->n_layers; l++) {
		struct ff_layer_config layer = e->layers[l];
		layer.width = e->layers[0].width;
		if (memcmp(&layer, &e->layers[0], sizeof layer) != 0)
			return true;
	}
	return false;
}

static void print_each(const struct ff_experiment *e, int depth, FILE *stream)
{
	indent(stream, depth);
	fputs("each:\n", stream);
	for (int l = 0; l < e->n_layers; l++) {
		indent(stream, depth + 1);
		fputs("- ", stream);
		print_entry(e, l, stream);
		fputc('\n', stream);
	}
}

static bool is_printed(const struct ff_experiment *e, const struct ff_key *key)
{
	if (strchr(key->path, '[') || key->type == FF_KEY_UNBUILT)
		return false;
	if (key->type == FF_KEY_FILE)
		return *((const char *)e + key->offset) != '\0';
	return key->type != FF_KEY_EACH || layers_differ(e);
}

static void print_key(const struct ff_experiment *e, const struct ff_key *key, int depth, FILE *stream)
{
	char text[MAX_VALUE];
	size_t section = section_length(key->path);
	if (key->type == FF_KEY_EACH) {
		print_each(e, depth, stream);
		return;
	}
	indent(stream, depth);
	fprintf(stream, "%s: ", key->path + section + (section > 0));
	if (key->type == FF_KEY_WIDTHS) {
		print_widths(e, stream);
	} else if (key->type == FF_KEY_LAYER_SET) {
		print_layer_set(e, stream);
	} else {
		const char *base = key->in_layer ? (const char *)&e->layers[0] : (const char *)e;
		ff_value_print(key, base + key->offset, text, sizeof text);
		fputs(text, stream);
	}
	fputc('\n', stream);
}

ff_status ff_experiment_print(const struct ff_experiment *experiment, FILE *stream, struct ff_error *error)
{
	struct ff_numeric numeric;
	FF_TRY(ff_numeric_begin(&numeric, error));
	const char *before = "";
	for (int i = 0; i < ff_schema_size; i++) {
		const struct ff_key *key = &ff_schema[i];
		if (!is_printed(experiment, key))
			continue;
		print_key(experiment, key, open_sections(stream, before, key->path), stream);
		before = key->path;
	}
	ff_numeric_end(&numeric);
	if (fflush(stream) == 0 && !ferror(stream))
		return FF_OK;
	return ff_fail(error, FF_ERROR_IO, "cannot write the experiment: %s", strerror(errno ? errno : EIO));
}

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/layer_set.h"
#include "config/value.h"

/* One code point at *text; moves *text behind it. The text came from YAML: it is UTF-8. A stray byte stands for itself. */
static unsigned next_code_point(const unsigned char **text)
{
	const unsigned char *p = *text;
	unsigned point = *p++;
	int more = point >= 0xF0 ? 3 : point >= 0xE0 ? 2 : point >= 0xC0 ? 1 : 0;
	if (more)
		point &= 0x3FU >> more;
	for (; more && (*p & 0xC0) == 0x80; more--)
		point = point << 6 | (*p++ & 0x3FU);
	*text = p;
	return point;
}

/* Stands for itself between quotation marks, in libyaml's eyes too. */
static bool is_printable(unsigned point)
{
	return (point >= 0x20 && point < 0x7F && point != '"' && point != '\\') || (point >= 0xA0 && point < 0x2028) ||
	       (point > 0x2029 && point < 0xD800) || (point >= 0xE000 && point < 0xFFFE && point != 0xFEFF) ||
	       point >= 0x10000;
}

static void print_quoted(FILE *stream, const char *string)
{
	const unsigned char *text = (const unsigned char *)string;
	fputc('"', stream);
	while (*text) {
		const unsigned char *start = text;
		unsigned point = next_code_point(&text);
		if (is_printable(point))
			fwrite(start, 1, (size_t)(text - start), stream);
		else
			fprintf(stream, "\\u%04X", point);
	}
	fputc('"', stream);
}

/* Opens the sections that path lies in and `open` does not: "a:" lines; notes them in open (FF_MAX_KEY_PATH bytes).
 * Returns how deep path lies. */
static int print_sections(FILE *stream, const char *path, char *open)
{
	int depth = 0;
	for (const char *name = path, *dot = strchr(path, '.'); dot; name = dot + 1, dot = strchr(name, '.'), depth++) {
		size_t n = (size_t)(dot - path);
		if (strncmp(open, path, n) == 0 && (open[n] == '.' || open[n] == '\0'))
			continue;
		fprintf(stream, "%*s%.*s:\n", 2 * depth, "", (int)(dot - name), name);
		snprintf(open, FF_MAX_KEY_PATH, "%.*s", (int)n, path);
	}
	return depth;
}

/* The value that most layers have for a key; the first of them in a draw. */
static const void *common_value(const struct ff_experiment *e, const struct ff_key *key)
{
	int best = 0, most = 0;
	for (int l = 0; l < e->n_layers; l++) {
		int equal = 0;
		for (int m = l; m < e->n_layers; m++)
			equal += memcmp((const char *)&e->layers[l] + key->offset,
			                (const char *)&e->layers[m] + key->offset, key->size) == 0;
		if (equal > most) {
			most = equal;
			best = l;
		}
	}
	return (const char *)&e->layers[best] + key->offset;
}

static void print_widths(FILE *stream, const struct ff_experiment *e)
{
	for (int l = 0; l < e->n_layers; l++)
		fprintf(stream, "%s%d", l ? ", " : "[", e->layers[l].width);
	fputs("]\n", stream);
}

static void print_layer_set(FILE *stream, const struct ff_key *key, const struct ff_layer_set *set, int n_layers)
{
	struct ff_layer_set initial = {0};
	int n = 0;
	ff_layer_set_auto(n_layers, &initial);
	if (strcmp(key->initial, "auto") == 0 && memcmp(set, &initial, sizeof initial) == 0) {
		fputs("auto\n", stream); /* so that it holds if an override changes layers.widths */
		return;
	}
	for (int l = 0; l < n_layers; l++)
		n += ff_layer_set_has(set, l);
	if (n == n_layers) {
		fputs("all\n", stream);
		return;
	}
	n = 0;
	for (int l = 0; l < n_layers; l++)
		if (ff_layer_set_has(set, l))
			fprintf(stream, "%s%d", n++ ? ", " : "[", l + 1);
	fputs("]\n", stream);
}

/* Where a layer's value of a key differs from the common one; the width stands in layers.widths. */
static bool differs(const struct ff_experiment *e, const struct ff_key *key, int l)
{
	if (!key->in_layer || strcmp(key->each, "width") == 0)
		return false;
	/* an entry's own key has no default above it to be common in */
	char initial[sizeof(double)] = {0};
	bool own = strchr(key->path, '[') != NULL;
	if (own)
		ff_value_default(key, initial);
	return memcmp((const char *)&e->layers[l] + key->offset, own ? initial : common_value(e, key), key->size) != 0;
}

static bool print_entry(FILE *stream, const struct ff_experiment *e, int l)
{
	int n = 0;
	fputs("    - {", stream);
	for (int k = 0; k < ff_schema_size; k++) {
		char text[FF_MAX_VALUE];
		if (!differs(e, &ff_schema[k], l))
			continue;
		if (!ff_value_print(&ff_schema[k], (const char *)&e->layers[l] + ff_schema[k].offset, text))
			return false;
		fprintf(stream, "%s%s: %s", n++ ? ", " : "", ff_schema[k].each, text);
	}
	fputs("}\n", stream);
	return true;
}

/* layers.each, if some layer differs from the others. */
static bool print_each(FILE *stream, const struct ff_experiment *e)
{
	bool any = false;
	for (int l = 0; l < e->n_layers && !any; l++)
		for (int k = 0; k < ff_schema_size; k++)
			any |= differs(e, &ff_schema[k], l);
	if (!any)
		return true;
	fputs("  each:\n", stream);
	for (int l = 0; l < e->n_layers; l++)
		if (!print_entry(stream, e, l))
			return false;
	return true;
}

/* The value of a key behind its name; false if the field holds none. */
static bool print_value(FILE *stream, const struct ff_experiment *e, const struct ff_key *key)
{
	char text[FF_MAX_VALUE];
	const void *field = key->in_layer ? common_value(e, key) : (const char *)e + key->offset;
	switch (key->type) {
	case FF_KEY_WIDTHS:
		print_widths(stream, e);
		return true;
	case FF_KEY_LAYER_SET:
		print_layer_set(stream, key, (const void *)((const char *)e + key->offset), e->n_layers);
		return true;
	case FF_KEY_NAME:
	case FF_KEY_FILE:
		print_quoted(stream, field);
		fputc('\n', stream);
		return true;
	default:
		if (!ff_value_print(key, field, text))
			return false;
		fprintf(stream, "%s\n", text);
		return true;
	}
}

static bool is_printed(const struct ff_experiment *e, const struct ff_key *key)
{
	if (key->type == FF_KEY_RESERVED || key->type == FF_KEY_SWEEP || strchr(key->path, '['))
		return false;
	return key->type != FF_KEY_FILE || *((const char *)e + key->offset);
}

ff_status ff_experiment_print(const struct ff_experiment *experiment, FILE *stream, struct ff_error *error)
{
	struct ff_numeric numeric;
	char open[FF_MAX_KEY_PATH] = "";
	bool ok = experiment->n_layers > 0 && experiment->n_layers <= FF_MAX_LAYERS;
	if (!ok)
		return ff_fail(error, FF_ERROR_USAGE, "the experiment has %d layers", experiment->n_layers);
	FF_TRY(ff_numeric_begin(&numeric, error));
	for (int k = 0; ok && k < ff_schema_size; k++) {
		const struct ff_key *key = &ff_schema[k];
		if (!is_printed(experiment, key))
			continue;
		int depth = print_sections(stream, key->path, open);
		if (key->type == FF_KEY_EACH) {
			ok = print_each(stream, experiment);
		} else {
			const char *dot = strrchr(key->path, '.');
			fprintf(stream, "%*s%s: ", 2 * depth, "", dot ? dot + 1 : key->path);
			ok = print_value(stream, experiment, key);
		}
		if (!ok)
			ff_fail(error, FF_ERROR_USAGE, "the experiment's %s holds no valid value", key->path);
	}
	ff_numeric_end(&numeric);
	if (!ok)
		return FF_ERROR_USAGE;
	if (fflush(stream) != 0 || ferror(stream))
		return ff_fail(error, FF_ERROR_IO, "cannot write the experiment: %s", strerror(errno));
	return FF_OK;
}

#include "config/sweep_raw.h"

#include <stdlib.h>
#include <string.h>

void ff_raw_sweep_free(struct ff_raw_sweep *raw)
{
	for (int p = 0; p < raw->n_points; p++)
		for (int k = 0; k < FF_MAX_SWEEP_KEYS; k++)
			free(raw->points[p].settings[k].text);
	for (int k = 0; k < raw->n_keys; k++)
		free(raw->keys[k]);
	free(raw->points);
	*raw = (struct ff_raw_sweep){.complaints = raw->complaints};
}

static void no_memory(struct ff_raw_sweep *raw)
{
	raw->failed = true;
	ff_complain_status(raw->complaints, FF_ERROR_MEMORY, NULL, "no memory for the points of a sweep");
}

int ff_raw_sweep_key(struct ff_raw_sweep *raw, struct ff_node key)
{
	struct ff_scalar name = ff_node_scalar(key);
	struct ff_place place = ff_node_place(key);
	if (!name.text || strlen(name.text) != name.length || !*name.text || strchr(name.text, '=')) {
		raw->failed = true;
		ff_complain(raw->complaints, place, "such as layers.widths",
		            "a swept key must be the name of a key of the experiment");
		return -1;
	}
	if (strcmp(name.text, "sweep") == 0 || strncmp(name.text, "sweep.", 6) == 0) {
		raw->failed = true;
		ff_complain(raw->complaints, place, "leave it out",
		            "a point of a sweep cannot have a sweep of its own");
		return -1;
	}
	for (int k = 0; k < raw->n_keys; k++)
		if (strcmp(raw->keys[k], name.text) == 0)
			return k;
	if (raw->n_keys == FF_MAX_SWEEP_KEYS) {
		raw->failed = true;
		ff_complain(raw->complaints, place, NULL, "a sweep has more than %d keys", FF_MAX_SWEEP_KEYS);
		return -1;
	}
	raw->keys[raw->n_keys] = strdup(name.text);
	if (!raw->keys[raw->n_keys]) {
		no_memory(raw);
		return -1;
	}
	return raw->n_keys++;
}

struct ff_raw_point *ff_raw_sweep_add(struct ff_raw_sweep *raw)
{
	if (raw->n_points == raw->capacity) {
		int capacity = raw->capacity ? 2 * raw->capacity : 16;
		struct ff_raw_point *points = realloc(raw->points, (size_t)capacity * sizeof *points);
		if (!points) {
			no_memory(raw);
			return NULL;
		}
		raw->points = points;
		raw->capacity = capacity;
	}
	struct ff_raw_point *point = &raw->points[raw->n_points++];
	memset(point, 0, sizeof *point);
	return point;
}

void ff_raw_sweep_set(struct ff_raw_sweep *raw, struct ff_raw_point *point, int k, const char *value,
                      struct ff_place key_place, struct ff_place value_place)
{
	size_t size = strlen(raw->keys[k]) + strlen(value) + 2;
	struct ff_raw_setting *setting = &point->settings[k];
	free(setting->text);
	*setting = (struct ff_raw_setting){malloc(size), key_place, value_place};
	if (setting->text)
		snprintf(setting->text, size, "%s=%s", raw->keys[k], value);
	else
		no_memory(raw);
}

/* Whether a plain scalar stays one in a list or a map on one line. */
static bool stays_plain(struct ff_scalar scalar)
{
	return scalar.plain && scalar.length && strlen(scalar.text) == scalar.length &&
	       !strpbrk(scalar.text, ",[]{}#:&*!|>'\"%@`\n\r\t\\");
}

static void write_quoted(struct ff_scalar scalar, FILE *stream)
{
	fputc('"', stream);
	for (size_t i = 0; i < scalar.length; i++) {
		unsigned char c = (unsigned char)scalar.text[i];
		if (c < ' ' || c == 0x7F)
			fprintf(stream, "\\x%02x", c);
		else
			fprintf(stream, "%s%c", c == '"' || c == '\\' ? "\\" : "", c);
	}
	fputc('"', stream);
}

static void write_node(struct ff_node node, FILE *stream)
{
	struct ff_scalar scalar = ff_node_scalar(node);
	bool map = ff_node_is_map(node);
	if (scalar.text && (stays_plain(scalar) || ff_scalar_is_null(scalar)))
		fputs(*scalar.text ? scalar.text : "~", stream);
	else if (scalar.text)
		write_quoted(scalar, stream);
	if (scalar.text)
		return;
	fputc(map ? '{' : '[', stream);
	for (int i = 0; i < ff_node_count(node); i++) {
		fputs(i ? ", " : "", stream);
		if (map) {
			struct ff_node key, value = ff_node_pair(node, i, &key);
			write_node(key, stream);
			fputs(": ", stream);
			write_node(value, stream);
		} else {
			write_node(ff_node_item(node, i), stream);
		}
	}
	fputc(map ? '}' : ']', stream);
}

char *ff_node_text(struct ff_node node)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return NULL;
	write_node(node, stream);
	bool failed = ferror(stream) != 0;
	failed |= fclose(stream) != 0;
	if (!failed)
		return text;
	free(text);
	return NULL;
}

#include "run/settings.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

enum { MAX_DEPTH = 8, MAX_PATH = 256, MAX_SETTINGS = 5000 };

/* The state of a reading. */
struct reader {
	yaml_document_t document;
	json_t *settings;
	struct ff_error *error;
};

static ff_status refuse(struct ff_error *error, const char *what)
{
	return ff_fail(error, FF_ERROR_DATA, "not an experiment: %s", what);
}

/* The value of a scalar: a number if it is one in JSON, else text. An integer that is too large stays text, so that no
 * digit is lost. */
static json_t *value_of(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	json_t *value = NULL;
	if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		value = json_loadb(text, node->data.scalar.length, JSON_DECODE_ANY, NULL);
	if (json_is_number(value))
		return value;
	json_decref(value);
	return json_string(text);
}

static ff_status put(struct reader *r, const char *path, json_t *value)
{
	if (json_object_size(r->settings) >= MAX_SETTINGS) {
		json_decref(value);
		return refuse(r->error, "it has too many keys");
	}
	if (json_object_set_new(r->settings, path, value) == 0)
		return FF_OK;
	return ff_fail(r->error, FF_ERROR_MEMORY, "no memory for the experiment's keys");
}

/* Adds a list of scalars as one line of text. */
static ff_status put_list(struct reader *r, const char *path, const yaml_node_t *node)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return ff_fail(r->error, FF_ERROR_MEMORY, "no memory for the experiment's keys");
	fputc('[', stream);
	for (const yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
		const yaml_node_t *item = yaml_document_get_node(&r->document, *i);
		fprintf(stream, "%s%s", i > node->data.sequence.items.start ? ", " : "",
		        item->type == YAML_SCALAR_NODE ? (const char *)item->data.scalar.value : "...");
	}
	fputc(']', stream);
	bool failed = fclose(stream) != 0;
	ff_status status = put(r, path, failed ? NULL : json_string(text));
	free(text);
	return status;
}

static ff_status flatten(struct reader *r, const yaml_node_t *node, const char *path, int depth);

/* Adds the entry of a map or list under its path. */
static ff_status enter(struct reader *r, int item, const char *path, int depth)
{
	if (strlen(path) >= MAX_PATH - 1)
		return refuse(r->error, "a key is too long");
	return flatten(r, yaml_document_get_node(&r->document, item), path, depth + 1);
}

static ff_status flatten_map(struct reader *r, const yaml_node_t *node, const char *path, int depth)
{
	char below[MAX_PATH];
	for (const yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top; p++) {
		const yaml_node_t *key = yaml_document_get_node(&r->document, p->key);
		if (key->type != YAML_SCALAR_NODE)
			return refuse(r->error, "a key is not a word");
		snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", (char *)key->data.scalar.value);
		FF_TRY(enter(r, p->value, below, depth));
	}
	return FF_OK;
}

static ff_status flatten_list(struct reader *r, const yaml_node_t *node, const char *path, int depth)
{
	char below[MAX_PATH];
	const yaml_node_item_t *first = node->data.sequence.items.start, *end = node->data.sequence.items.top;
	if (first == end || yaml_document_get_node(&r->document, *first)->type != YAML_MAPPING_NODE)
		return put_list(r, path, node);
	for (const yaml_node_item_t *i = first; i < end; i++) {
		snprintf(below, sizeof below, "%s[%d]", path, (int)(i - first) + 1);
		FF_TRY(enter(r, *i, below, depth));
	}
	return FF_OK;
}

static ff_status flatten(struct reader *r, const yaml_node_t *node, const char *path, int depth)
{
	if (depth > MAX_DEPTH)
		return refuse(r->error, "its sections are nested too deep");
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return flatten_map(r, node, path, depth);
	case YAML_SEQUENCE_NODE:
		return flatten_list(r, node, path, depth);
	default:
		return put(r, path, value_of(node));
	}
}

static ff_status read_document(struct reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(&r->document);
	if (!root || root->type != YAML_MAPPING_NODE)
		return refuse(r->error, "it has no keys");
	r->settings = json_object();
	return r->settings ? flatten(r, root, "", 0)
	                   : ff_fail(r->error, FF_ERROR_MEMORY, "no memory for the experiment's keys");
}

ff_status ff_settings_read(const char *text, size_t size, json_t **settings, struct ff_error *error)
{
	struct reader reader = {.error = error};
	yaml_parser_t parser;
	*settings = NULL;
	if (!yaml_parser_initialize(&parser))
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to read the experiment");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	ff_status status = FF_ERROR_DATA;
	if (yaml_parser_load(&parser, &reader.document)) {
		status = read_document(&reader);
		yaml_document_delete(&reader.document);
	} else {
		refuse(error, parser.problem ? parser.problem : "it is not YAML");
	}
	yaml_parser_delete(&parser);
	if (status == FF_OK)
		*settings = reader.settings;
	else
		json_decref(reader.settings);
	return status;
}

/* Whether a key only affects the execution; a layer's threads do too: layers.each[2].threads. */
static bool is_execution(const char *key)
{
	size_t n = strlen(key), tail = sizeof "].threads" - 1;
	return strncmp(key, "execution.", 10) == 0 || (n > tail && strcmp(key + n - tail, "].threads") == 0);
}

static uint64_t add(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	while (*text++); /* with the terminator, so that ("ab", "c") and ("a", "bc") differ */
	return hash;
}

void ff_settings_hash(const json_t *settings, char hash[FF_SETTINGS_HASH])
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)settings, key, value)
	{
		char number[40] = "";
		if (is_execution(key))
			continue;
		if (!json_is_string(value))
			(void)json_dumpb(value, number, sizeof number - 1, JSON_ENCODE_ANY);
		sum = add(add(sum, key), json_is_string(value) ? json_string_value(value) : number);
	}
	snprintf(hash, FF_SETTINGS_HASH, "%016" PRIx64, sum);
}

ff_status ff_settings_hash_of(const struct ff_experiment *experiment, char hash[FF_SETTINGS_HASH],
                              struct ff_error *error)
{
	char *text = NULL;
	size_t size = 0;
	json_t *settings = NULL;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the experiment's keys");
	ff_status status = ff_experiment_print(experiment, stream, error);
	if (fclose(stream) != 0 && status == FF_OK)
		status = ff_fail(error, FF_ERROR_MEMORY, "no memory for the experiment's keys");
	if (status == FF_OK)
		status = ff_settings_read(text, size, &settings, error);
	if (status == FF_OK)
		ff_settings_hash(settings, hash);
	json_decref(settings);
	free(text);
	return status;
}

#include "config/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- views of nodes ---- */

static struct ff_setting at(const struct ff_setting *setting, int index)
{
	yaml_node_t *node = yaml_document_get_node(setting->document, index);
	return (struct ff_setting){
	    .document = setting->document,
	    .node = node,
	    .place = {setting->place.source, node->start_mark.line + 1, node->start_mark.column + 1},
	};
}

struct ff_setting ff_setting_item(const struct ff_setting *setting, int i)
{
	return at(setting, setting->node->data.sequence.items.start[i]);
}

struct ff_setting ff_setting_key(const struct ff_setting *setting, int i)
{
	return at(setting, setting->node->data.mapping.pairs.start[i].key);
}

struct ff_setting ff_setting_value(const struct ff_setting *setting, int i)
{
	return at(setting, setting->node->data.mapping.pairs.start[i].value);
}

int ff_setting_count(const struct ff_setting *setting)
{
	const yaml_node_t *node = setting->node;
	if (node->type == YAML_SEQUENCE_NODE)
		return (int)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (node->type == YAML_MAPPING_NODE)
		return (int)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
	return 0;
}

const char *ff_setting_describe(const struct ff_setting *setting, char *quote)
{
	const yaml_node_t *node = setting->node;
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (node->type == YAML_MAPPING_NODE)
		return "a map";
	return ff_quote(quote, (const char *)node->data.scalar.value, node->data.scalar.length);
}

/* ---- limits ---- */

/* Visits everything below a node as often as it is referred to, so that aliases cannot hide depth or size. */
static bool within_limits(struct ff_tree *tree, const struct ff_setting *setting, int depth)
{
	if (depth > FF_MAX_DEPTH)
		return ff_complain(tree->complaints, setting->place, NULL,
		                   "lists and maps are nested more than %d deep (or an alias holds itself)",
		                   FF_MAX_DEPTH);
	if (++tree->visited > FF_MAX_NODES)
		return ff_complain(tree->complaints, setting->place, NULL,
		                   "more than %d values, each alias counted with all it stands for", FF_MAX_NODES);
	int n = ff_setting_count(setting);
	bool map = setting->node->type == YAML_MAPPING_NODE;
	for (int i = 0; i < n; i++) {
		struct ff_setting key = map ? ff_setting_key(setting, i) : (struct ff_setting){0};
		struct ff_setting value = map ? ff_setting_value(setting, i) : ff_setting_item(setting, i);
		if ((map && !within_limits(tree, &key, depth + 1)) || !within_limits(tree, &value, depth + 1))
			return false;
	}
	return true;
}

/* ---- keys ---- */

static void collect(struct ff_tree *tree, const char *path, const struct ff_setting *value, struct ff_place key_place);

static void complain_unknown(struct ff_tree *tree, const char *path, struct ff_place place)
{
	char quote[FF_MAX_QUOTE], nearest[FF_MAX_KEY_PATH], hint[FF_MAX_KEY_PATH + 32];
	ff_schema_nearest(path, false, nearest);
	if (*nearest)
		snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
	else
		snprintf(hint, sizeof hint, "`ffengine help experiment` lists all keys");
	ff_complain(tree->complaints, place, hint, "unknown key %s", ff_quote(quote, path, strlen(path)));
}

/* The pairs of a map below `path` ("" at the top). */
static void collect_map(struct ff_tree *tree, const char *path, const struct ff_setting *map)
{
	char below[2 * FF_MAX_KEY_PATH];
	for (int i = 0; i < ff_setting_count(map); i++) {
		struct ff_setting key = ff_setting_key(map, i), value = ff_setting_value(map, i);
		if (key.node->type != YAML_SCALAR_NODE) {
			ff_complain(tree->complaints, key.place, NULL, "a key must be a word, not a list or map");
			continue;
		}
		const char *name = (const char *)key.node->data.scalar.value;
		if (strcmp(name, "<<") == 0) {
			ff_complain(tree->complaints, key.place, "write the keys out", "merge keys are not supported");
			continue;
		}
		snprintf(below, sizeof below, "%s%s%.*s", path, *path ? "." : "", FF_MAX_KEY_PATH, name);
		if (strlen(name) != key.node->data.scalar.length || strchr(name, '.'))
			complain_unknown(tree, below, key.place);
		else
			collect(tree, below, &value, key.place);
	}
}

static void set(struct ff_tree *tree, int index, const struct ff_setting *value, struct ff_place key_place)
{
	struct ff_setting *setting = &tree->settings[index];
	if (ff_schema[index].type == FF_KEY_UNBUILT) {
		ff_complain(tree->complaints, key_place, "this version cannot use it: leave it out",
		            "'%s' is not built yet", ff_schema[index].path);
		return;
	}
	if (setting->node && setting->place.source == value->place.source) {
		ff_complain(tree->complaints, key_place, NULL, "duplicate key '%s', first given in line %zu",
		            ff_schema[index].path, setting->place.line);
		return;
	}
	*setting = *value;
}

/* The value of the key or section `path`. */
static void collect(struct ff_tree *tree, const char *path, const struct ff_setting *value, struct ff_place key_place)
{
	char quote[FF_MAX_QUOTE];
	int index = ff_schema_find(path);
	if (index >= 0)
		set(tree, index, value, key_place);
	else if (!ff_schema_is_section(path))
		complain_unknown(tree, path, key_place);
	else if (value->node->type == YAML_MAPPING_NODE)
		collect_map(tree, path, value);
	else
		ff_complain(tree->complaints, value->place, NULL, "%s: %s is not a map of keys", path,
		            ff_setting_describe(value, quote));
}

/* ---- documents ---- */

static void complain_parser(struct ff_tree *tree, const yaml_parser_t *parser, int source)
{
	struct ff_place place = {source, parser->problem_mark.line + 1, parser->problem_mark.column + 1};
	if (parser->error == YAML_MEMORY_ERROR)
		ff_complain_status(tree->complaints, FF_ERROR_MEMORY, NULL, "no memory to read YAML");
	else if (parser->error == YAML_READER_ERROR)
		ff_complain(tree->complaints, (struct ff_place){source, 1, 1}, "save it as UTF-8 text",
		            "is not valid text: %s at byte %zu", parser->problem, parser->problem_offset);
	else
		ff_complain(tree->complaints, place, "see the YAML around this place", "YAML: %s%s%s",
		            parser->context ? parser->context : "", parser->context ? ": " : "", parser->problem);
}

static bool one_document_only(struct ff_tree *tree, yaml_parser_t *parser, int source)
{
	yaml_document_t second;
	if (!yaml_parser_load(parser, &second)) {
		complain_parser(tree, parser, source);
		return false;
	}
	const yaml_node_t *root = yaml_document_get_root_node(&second);
	if (root)
		ff_complain(tree->complaints,
		            (struct ff_place){source, root->start_mark.line + 1, root->start_mark.column + 1},
		            "keep one experiment a file", "a second YAML document");
	yaml_document_delete(&second);
	return root == NULL;
}

/* Parses text as document number `source`; gives its root, whose node is NULL if it cannot be used. */
static struct ff_setting parse(struct ff_tree *tree, const char *text, size_t size, int source)
{
	struct ff_setting root = {.place = {source, 1, 1}};
	yaml_parser_t parser;
	yaml_document_t *document = &tree->documents[tree->n_documents];
	if (!yaml_parser_initialize(&parser)) {
		ff_complain_status(tree->complaints, FF_ERROR_MEMORY, NULL, "no memory to read YAML");
		return root;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml_parser_load(&parser, document)) {
		complain_parser(tree, &parser, source);
		yaml_parser_delete(&parser);
		return root;
	}
	tree->n_documents++;
	root.document = document;
	yaml_node_t *node = yaml_document_get_root_node(document);
	if (!node) {
		ff_complain(tree->complaints, root.place, "see `ffengine help experiment`",
		            source ? "no value" : "the file holds no keys");
	} else if (one_document_only(tree, &parser, source)) {
		root.node = node;
		root.place.line = node->start_mark.line + 1;
		root.place.column = node->start_mark.column + 1;
		if (!within_limits(tree, &root, 0))
			root.node = NULL;
	}
	yaml_parser_delete(&parser);
	return root;
}

/* The file's bytes, which the caller frees; NULL with a complaint if they cannot be had. */
static char *read_file(struct ff_tree *tree, const char *path, size_t *size)
{
	struct stat st;
	FILE *file = fopen(path, "re");
	if (!file || fstat(fileno(file), &st) != 0 || S_ISDIR(st.st_mode)) {
		ff_complain_status(tree->complaints, FF_ERROR_IO, NULL, "cannot read: %s",
		                   strerror(file && S_ISDIR(st.st_mode) ? EISDIR : errno));
		if (file)
			fclose(file);
		return NULL;
	}
	char *text = malloc(FF_MAX_FILE + 1);
	*size = text ? fread(text, 1, FF_MAX_FILE + 1, file) : 0;
	bool failed = ferror(file) != 0;
	fclose(file);
	if (!text)
		ff_complain_status(tree->complaints, FF_ERROR_MEMORY, NULL, "no memory to read it");
	else if (failed)
		ff_complain_status(tree->complaints, FF_ERROR_IO, NULL, "cannot read: %s", strerror(errno));
	else if (*size > FF_MAX_FILE)
		ff_complain_status(tree->complaints, FF_ERROR_CONFIG, NULL, "is larger than %d bytes", FF_MAX_FILE);
	else
		return text;
	free(text);
	return NULL;
}

static bool read_experiment(struct ff_tree *tree, const char *path)
{
	size_t size;
	char *text = read_file(tree, path, &size), quote[FF_MAX_QUOTE];
	if (!text)
		return false;
	struct ff_setting root = parse(tree, text, size, 0);
	free(text);
	if (!root.node)
		return false;
	if (root.node->type == YAML_MAPPING_NODE)
		collect_map(tree, "", &root);
	else
		ff_complain(tree->complaints, root.place, "write `key: value` lines", "%s is not a map of keys",
		            ff_setting_describe(&root, quote));
	return true;
}

static void read_override(struct ff_tree *tree, const char *override, int source)
{
	const char *equals = strchr(override, '=');
	char path[2 * FF_MAX_KEY_PATH];
	struct ff_place place = {source, 1, 1};
	if (!equals || equals == override) {
		ff_complain(tree->complaints, place, "write KEY=VALUE, such as layers.widths=[64,32]",
		            "is not a key and a value");
		return;
	}
	snprintf(path, sizeof path, "%.*s",
	         (int)(equals - override < (int)sizeof path ? equals - override : (int)sizeof path), override);
	if (strncmp(path, "layers.each[", 12) == 0) {
		ff_complain(tree->complaints, place, "override the whole list: layers.each=[{...}, {...}]",
		            "a single entry of layers.each cannot be overridden");
		return;
	}
	struct ff_setting root = parse(tree, equals + 1, strlen(equals + 1), source);
	if (root.node)
		collect(tree, path, &root, place);
}

bool ff_tree_read(struct ff_tree *tree, const char *path, const char *const overrides[], int n_overrides,
                  struct ff_complaints *complaints)
{
	*tree = (struct ff_tree){
	    .complaints = complaints,
	    .documents = calloc((size_t)n_overrides + 1, sizeof(yaml_document_t)),
	};
	if (!tree->documents)
		return ff_complain_status(complaints, FF_ERROR_MEMORY, NULL, "no memory for %d overrides", n_overrides);
	if (path && !read_experiment(tree, path))
		return false;
	for (int i = 0; i < n_overrides; i++)
		read_override(tree, overrides[i], i + 1);
	return true;
}

void ff_tree_fini(struct ff_tree *tree)
{
	for (int i = 0; i < tree->n_documents; i++)
		yaml_document_delete(&tree->documents[i]);
	free(tree->documents);
	*tree = (struct ff_tree){0};
}

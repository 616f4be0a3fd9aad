/* The net of an experiment: layers.widths, layers.each, and sets of layers. */
#include <stdio.h>
#include <string.h>

#include "config/load.h"
#include "config/value.h"

static const struct ff_setting *given(const struct ff_tree *tree, const char *path)
{
	const struct ff_setting *setting = &tree->settings[ff_schema_find(path)];
	return setting->node ? setting : NULL;
}

/* The setting if it is a list of 1 to FF_MAX_LAYERS items, else NULL (with a complaint if it was given). */
static const struct ff_setting *list_of_layers(struct ff_tree *tree, const char *path)
{
	char quote[FF_MAX_QUOTE];
	const struct ff_setting *setting = given(tree, path);
	if (!setting)
		return NULL;
	int n = ff_setting_count(setting);
	if (setting->node->type != YAML_SEQUENCE_NODE)
		ff_complain(tree->complaints, setting->place, "write a list, such as [500, 500]",
		            "%s: %s is not a list", path, ff_setting_describe(setting, quote));
	else if (n < 1 || n > FF_MAX_LAYERS)
		ff_complain(tree->complaints, setting->place, NULL, "%s has %d layers; a net has 1 to %d", path, n,
		            FF_MAX_LAYERS);
	else
		return setting;
	return NULL;
}

static void load_entry_key(struct ff_tree *tree, const struct ff_setting *key, const struct ff_setting *value,
                           struct ff_layer_config *layer)
{
	char quote[FF_MAX_QUOTE], nearest[FF_MAX_KEY_PATH], hint[FF_MAX_KEY_PATH + 32] = "";
	const char *name = key->node->type == YAML_SCALAR_NODE ? (const char *)key->node->data.scalar.value : "";
	const struct ff_key *known = ff_schema_find_each(name);
	if (known) {
		(void)ff_setting_read(tree, known, value, (char *)layer + known->offset);
		return;
	}
	ff_schema_nearest(name, true, nearest);
	if (*nearest)
		snprintf(hint, sizeof hint, "did you mean '%s'?", nearest);
	ff_complain(tree->complaints, key->place, *hint ? hint : NULL, "unknown key %s in an entry of layers.each",
	            ff_setting_describe(key, quote));
}

/* True if an earlier pair of the map has the same key. */
static bool is_duplicate(const struct ff_setting *map, int i)
{
	struct ff_setting key = ff_setting_key(map, i);
	for (int j = 0; j < i; j++) {
		struct ff_setting other = ff_setting_key(map, j);
		if (key.node->type == YAML_SCALAR_NODE && other.node->type == YAML_SCALAR_NODE &&
		    strcmp((const char *)key.node->data.scalar.value, (const char *)other.node->data.scalar.value) == 0)
			return true;
	}
	return false;
}

static void load_entry(struct ff_tree *tree, const struct ff_setting *entry, int l, struct ff_layer_config *layer)
{
	char quote[FF_MAX_QUOTE];
	if (entry->node->type != YAML_MAPPING_NODE) {
		ff_complain(tree->complaints, entry->place, "write {} for a layer without keys of its own",
		            "layers.each: %s is not a map", ff_setting_describe(entry, quote));
		return;
	}
	for (int i = 0; i < ff_setting_count(entry); i++) {
		struct ff_setting key = ff_setting_key(entry, i), value = ff_setting_value(entry, i);
		if (is_duplicate(entry, i))
			ff_complain(tree->complaints, key.place, NULL, "duplicate key %s in an entry of layers.each",
			            ff_setting_describe(&key, quote));
		else
			load_entry_key(tree, &key, &value, layer);
	}
	if (layer->width == 0)
		ff_complain(tree->complaints, entry->place, "give it a width, or list all widths in layers.widths",
		            "layer %d has no width", l + 1);
}

static void load_widths(struct ff_tree *tree, const struct ff_setting *widths, struct ff_experiment *experiment)
{
	struct ff_key width = *ff_schema_find_each("width");
	width.path = "layers.widths";
	for (int l = 0; l < experiment->n_layers; l++) {
		struct ff_setting item = ff_setting_item(widths, l);
		if (!ff_setting_read(tree, &width, &item, &experiment->layers[l].width))
			experiment->layers[l].width = 1; /* complained of; one complaint is enough */
	}
}

void ff_layers_load(struct ff_tree *tree, const struct ff_layer_config *defaults, struct ff_experiment *experiment)
{
	bool asked = given(tree, "layers.widths") || given(tree, "layers.each");
	const struct ff_setting *widths = list_of_layers(tree, "layers.widths");
	const struct ff_setting *each = list_of_layers(tree, "layers.each");
	if (!asked)
		ff_complain(tree->complaints, (struct ff_place){0}, "add `layers: {widths: [500, 500]}`",
		            "layers.widths is missing");
	if (!widths && !each)
		return;
	experiment->n_layers = ff_setting_count(widths ? widths : each);
	for (int l = 0; l < experiment->n_layers; l++)
		memcpy(&experiment->layers[l], defaults, sizeof *defaults);
	if (widths)
		load_widths(tree, widths, experiment);
	if (!each)
		return;
	int entries = ff_setting_count(each);
	if (entries != experiment->n_layers)
		ff_complain(tree->complaints, each->place, "make them equally long",
		            "layers.each has %d entries for the %d layers of layers.widths", entries,
		            experiment->n_layers);
	for (int l = 0; l < entries; l++) {
		struct ff_setting entry = ff_setting_item(each, l);
		struct ff_layer_config beyond = *defaults;
		load_entry(tree, &entry, l, l < experiment->n_layers ? &experiment->layers[l] : &beyond);
	}
}

/* ---- sets of layers ---- */

enum { OPEN_END = INT32_MAX };

/* "N", "N..", "N..M" or "all" as [*from, *to]; *to = OPEN_END up to the last layer. */
static bool parse_range(const char *text, size_t length, int64_t *from, int64_t *to)
{
	char first[24];
	if (strlen(text) != length)
		return false;
	if (strcmp(text, "all") == 0) {
		*from = 1, *to = OPEN_END;
		return true;
	}
	const char *dots = strstr(text, "..");
	size_t n = dots ? (size_t)(dots - text) : length;
	if (n >= sizeof first)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)n, text);
	if (!ff_integer_parse((struct ff_scalar){first, n, true}, from))
		return false;
	*to = dots ? OPEN_END : *from;
	return !dots || dots[2] == '\0' || ff_integer_parse((struct ff_scalar){dots + 2, strlen(dots + 2), true}, to);
}

static void add_range(struct ff_tree *tree, const struct ff_setting *item, struct ff_experiment *experiment)
{
	char quote[FF_MAX_QUOTE];
	int64_t from, to;
	const yaml_node_t *node = item->node;
	if (node->type != YAML_SCALAR_NODE ||
	    !parse_range((const char *)node->data.scalar.value, node->data.scalar.length, &from, &to)) {
		ff_complain(tree->complaints, item->place, "it takes all, N, N.., N..M, or a list of these",
		            "evaluate.layers: %s names no layers", ff_setting_describe(item, quote));
		return;
	}
	int64_t n = experiment->n_layers;
	to = to == OPEN_END ? n : to;
	if (n == 0)
		return; /* there is no net to hold it against; that was complained of */
	if (from < 1 || to < from || to > n) {
		ff_complain(tree->complaints, item->place, NULL,
		            "evaluate.layers: %s is not within the net's layers 1 to %d",
		            ff_setting_describe(item, quote), experiment->n_layers);
		return;
	}
	for (int64_t l = from - 1; l < to; l++)
		experiment->evaluate.layers.bits[l / 64] |= UINT64_C(1) << (l % 64);
}

void ff_layer_set_load(struct ff_tree *tree, struct ff_experiment *experiment)
{
	const struct ff_setting *setting = given(tree, "evaluate.layers");
	if (!setting) {
		for (int l = 0; l < experiment->n_layers; l++)
			experiment->evaluate.layers.bits[l / 64] |= UINT64_C(1) << (l % 64);
		return;
	}
	if (setting->node->type != YAML_SEQUENCE_NODE) {
		add_range(tree, setting, experiment);
		return;
	}
	if (ff_setting_count(setting) == 0)
		ff_complain(tree->complaints, setting->place, NULL, "evaluate.layers: the list is empty");
	for (int i = 0; i < ff_setting_count(setting); i++) {
		struct ff_setting item = ff_setting_item(setting, i);
		add_range(tree, &item, experiment);
	}
}

#include "config/layers.h"

#include <stdio.h>
#include <string.h>

#include "config/layer_set.h"
#include "config/walk.h"

/* layers.widths and layers.each, and what is known about them so far. */
struct layer_lists {
	struct ff_node widths, each; /* the settings; node NULL = not given */
	int n_widths, n_each;        /* -1 = given, but with faults */
	bool has_width[FF_MAX_LAYERS];
};

/* Length of a list with one item a layer, or -1 after a complaint. */
static int list_length(struct ff_loader *loader, const char *path, struct ff_node list)
{
	char quote[FF_MAX_QUOTE], hint[FF_MAX_DESCRIBED];
	const struct ff_key *key = &ff_schema[ff_schema_find(path)];
	ff_value_describe(key, false, hint);
	if (!ff_node_is_list(list)) {
		ff_complain(&loader->complaints, ff_node_place(list), hint, "%s needs %s, not %s", path,
		            ff_value_noun(key), ff_node_quote(list, quote));
		return -1;
	}
	int n = ff_node_count(list);
	if (n == 0)
		ff_complain(&loader->complaints, ff_node_place(list), hint, "%s is empty", path);
	else if (n > FF_MAX_LAYERS)
		ff_complain(&loader->complaints, ff_node_place(list), NULL, "%s has %d layers, more than %d", path, n,
		            FF_MAX_LAYERS);
	return n > 0 && n <= FF_MAX_LAYERS ? n : -1;
}

static void load_widths(struct ff_loader *loader, struct layer_lists *lists)
{
	if (!lists->widths.node)
		return;
	const struct ff_key *key = ff_schema_find_each("width");
	lists->n_widths = list_length(loader, "layers.widths", lists->widths);
	bool ok = lists->n_widths > 0;
	for (int l = 0; l < lists->n_widths; l++) {
		char label[FF_MAX_KEY_PATH];
		snprintf(label, sizeof label, "width of layer %d", l + 1);
		ok &= ff_loader_value(loader, key, label, ff_node_item(lists->widths, l),
		                      &loader->experiment.layers[l].width);
		lists->has_width[l] = true;
	}
	if (!ok)
		lists->n_widths = -1;
}

/* A width in layers.each beside layers.widths: the one set later wins; in one and the same source they must agree. */
static bool settle_width(struct ff_loader *loader, struct layer_lists *lists, int l, int width, struct ff_node value)
{
	int *field = &loader->experiment.layers[l].width;
	bool both = lists->n_widths > l;
	if (both && lists->widths.tree->source > value.tree->source)
		return true;
	if (both && lists->widths.tree->source == value.tree->source && *field != width)
		return ff_complain(&loader->complaints, ff_node_place(value), "give the width in one place",
		                   "width of layer %d is %d, but %d in layers.widths", l + 1, width, *field);
	*field = width;
	lists->has_width[l] = true;
	return true;
}

/* One key of the entry for layer l. */
static bool load_entry_key(struct ff_loader *loader, struct layer_lists *lists, int l, struct ff_node name_node,
                           struct ff_node value)
{
	struct ff_scalar name = ff_node_scalar(name_node);
	if (!name.text || (name.plain && strcmp(name.text, "<<") == 0))
		return false; /* complained about with the tree */
	const struct ff_key *key = strlen(name.text) == name.length ? ff_schema_find_each(name.text) : NULL;
	if (!key) {
		ff_complain_unknown(loader, ff_node_place(name_node), name.text, true);
		return false;
	}
	char label[FF_MAX_KEY_PATH];
	snprintf(label, sizeof label, "%s of layer %d", key->each, l + 1);
	int width;
	if (strcmp(key->each, "width") == 0)
		return ff_loader_value(loader, key, label, value, &width) &&
		       settle_width(loader, lists, l, width, value);
	return ff_loader_value(loader, key, label, value, (char *)&loader->experiment.layers[l] + key->offset);
}

static void load_each(struct ff_loader *loader, struct layer_lists *lists)
{
	char quote[FF_MAX_QUOTE];
	if (!lists->each.node)
		return;
	lists->n_each = list_length(loader, "layers.each", lists->each);
	bool ok = lists->n_each > 0;
	for (int l = 0; l < lists->n_each; l++) {
		struct ff_node entry = ff_node_item(lists->each, l), key;
		if (!ff_node_is_map(entry)) {
			ok = ff_complain(&loader->complaints, ff_node_place(entry), "write {} if nothing differs",
			                 "entry %d of layers.each must be a map, not %s", l + 1,
			                 ff_node_quote(entry, quote));
			continue;
		}
		for (int i = 0; i < ff_node_count(entry); i++) {
			struct ff_node value = ff_node_pair(entry, i, &key);
			ok &= load_entry_key(loader, lists, l, key, value);
		}
		if (!lists->widths.node && !lists->has_width[l])
			ok = ff_complain(&loader->complaints, ff_node_place(entry),
			                 "give layers.widths, or a width in every entry", "layer %d has no width",
			                 l + 1);
	}
	if (!ok)
		lists->n_each = -1;
}

/* Every layer starts from the defaults that `layers`, `objective` and `optimizer` set. */
static void load_defaults(struct ff_loader *loader)
{
	struct ff_layer_config common;
	memset(&common, 0, sizeof common);
	for (int k = 0; k < ff_schema_size; k++) {
		const struct ff_key *key = &ff_schema[k];
		if (!key->in_layer)
			continue;
		char *field = (char *)&common + key->offset;
		ff_value_default(key, field);
		if (loader->settings[k].node)
			loader->bad[k] = !ff_loader_value(loader, key, key->path, loader->settings[k], field);
	}
	for (int l = 0; l < FF_MAX_LAYERS; l++)
		memcpy(&loader->experiment.layers[l], &common, sizeof common);
}

/* Complains about an override of a default that every layer overrides again in the file: it would change nothing. */
static void check_hidden_defaults(struct ff_loader *loader, const struct layer_lists *lists)
{
	for (int k = 0; k < ff_schema_size; k++) {
		struct ff_node common = loader->settings[k], key;
		if (!ff_schema[k].in_layer || !common.node || common.tree->source <= lists->each.tree->source)
			continue;
		int hidden = 0;
		for (int l = 0; l < lists->n_each; l++) {
			struct ff_node entry = ff_node_item(lists->each, l);
			for (int i = 0; i < ff_node_count(entry); i++) {
				(void)ff_node_pair(entry, i, &key);
				hidden += strcmp(ff_node_scalar(key).text, ff_schema[k].each) == 0;
			}
		}
		if (hidden == lists->n_each)
			ff_complain(&loader->complaints, ff_node_place(common), "override layers.each instead",
			            "%s has no effect: every entry of layers.each has a %s of its own",
			            ff_schema[k].path, ff_schema[k].each);
	}
}

static void check_lengths(struct ff_loader *loader, const struct layer_lists *lists)
{
	static const char *const PATHS[] = {"layers.widths", "layers.each", NULL};
	const struct ff_place start = {0, loader->complaints.path != NULL, 1}, given = loader->layers_place;
	bool missing = !lists->widths.node && !lists->each.node;
	if (missing && !loader->layers_at_fault)
		ff_complain(&loader->complaints, given.source || given.line ? given : start,
		            "such as layers: {widths: [500, 500]}", "layers.widths is missing");
	else if (lists->n_widths > 0 && lists->n_each > 0 && lists->n_widths != lists->n_each)
		ff_complain(&loader->complaints, ff_loader_place(loader, PATHS), "they must have the same length",
		            "layers.widths has %d layers, but layers.each has %d", lists->n_widths, lists->n_each);
	else if (!missing && lists->n_each >= 0 && lists->n_widths >= 0)
		loader->experiment.n_layers = lists->n_widths ? lists->n_widths : lists->n_each;
}

void ff_load_layers(struct ff_loader *loader)
{
	struct layer_lists lists = {.widths = ff_loader_setting(loader, "layers.widths"),
	                            .each = ff_loader_setting(loader, "layers.each")};
	load_defaults(loader);
	load_widths(loader, &lists);
	load_each(loader, &lists);
	if (lists.n_each > 0)
		check_hidden_defaults(loader, &lists);
	check_lengths(loader, &lists);
	int n = loader->experiment.n_layers;
	memset(&loader->experiment.layers[n], 0, (size_t)(FF_MAX_LAYERS - n) * sizeof *loader->experiment.layers);
}

/* Adds the layers that one node names to the set of a key. */
static bool add_layers(struct ff_loader *loader, const struct ff_key *key, struct ff_node node,
                       struct ff_layer_set *set)
{
	char quote[FF_MAX_QUOTE];
	struct ff_error fault;
	struct ff_scalar scalar = ff_node_scalar(node);
	if (!scalar.text)
		return ff_complain(&loader->complaints, ff_node_place(node), "all, N, N.., N..M or a list of these",
		                   "%s cannot hold %s", key->path, ff_node_quote(node, quote));
	if (!ff_layer_set_parse(key->path, scalar, loader->experiment.n_layers, set, &fault))
		return ff_complain(&loader->complaints, ff_node_place(node), fault.hint, "%s", fault.what);
	return true;
}

static bool is_auto(const struct ff_key *key, struct ff_node node)
{
	struct ff_scalar scalar = node.node ? ff_node_scalar(node) : (struct ff_scalar){0};
	return strcmp(key->initial, "auto") == 0 && (!node.node || (scalar.plain && strcmp(scalar.text, "auto") == 0));
}

static bool load_set(struct ff_loader *loader, const struct ff_key *key, struct ff_node node, struct ff_layer_set *set)
{
	bool ok = true;
	int n_layers = loader->experiment.n_layers;
	struct ff_scalar initial = {key->initial, strlen(key->initial), true};
	if (is_auto(key, node))
		ff_layer_set_auto(n_layers, set);
	else if (!node.node)
		ok = ff_layer_set_parse(key->path, initial, n_layers, set, NULL);
	else if (!ff_node_is_list(node))
		ok = add_layers(loader, key, node, set);
	else if (ff_node_count(node) == 0)
		ok = ff_complain(&loader->complaints, ff_node_place(node), "leave it out for the default",
		                 "%s is empty", key->path);
	for (int i = 0; node.node && ff_node_is_list(node) && i < ff_node_count(node); i++)
		ok &= add_layers(loader, key, ff_node_item(node, i), set);
	return ok;
}

void ff_load_layer_sets(struct ff_loader *loader)
{
	for (int k = 0; k < ff_schema_size; k++) {
		const struct ff_key *key = &ff_schema[k];
		if (key->type == FF_KEY_LAYER_SET)
			loader->bad[k] = !load_set(loader, key, loader->settings[k],
			                           (void *)((char *)&loader->experiment + key->offset));
	}
}

#include "config/loader.h"

#include <stdlib.h>

struct ff_loader *ff_loader_create(const char *path, const char *const overrides[], int n, struct ff_diagnostics *out)
{
	struct ff_loader *loader = calloc(1, sizeof *loader);
	struct ff_tree *trees = calloc((size_t)n + 1, sizeof *trees);
	if (!loader || !trees) {
		free(loader);
		free(trees);
		return NULL;
	}
	loader->complaints.path = path;
	loader->complaints.overrides = overrides;
	loader->complaints.out = out;
	loader->trees = trees;
	loader->n_trees = n + 1;
	return loader;
}

void ff_loader_destroy(struct ff_loader *loader)
{
	for (int i = 0; i < loader->n_trees; i++)
		ff_tree_fini(&loader->trees[i]);
	free(loader->trees);
	free(loader);
}

bool ff_loader_sweeps(const struct ff_loader *loader)
{
	return loader->sweep_place.line || loader->sweep_place.source;
}

struct ff_node ff_loader_setting(const struct ff_loader *loader, const char *path)
{
	return loader->settings[ff_schema_find(path)];
}

bool ff_loader_given(const struct ff_loader *loader, const char *path)
{
	return ff_loader_setting(loader, path).node != NULL;
}

bool ff_loader_value(struct ff_loader *loader, const struct ff_key *key, const char *label, struct ff_node node,
                     void *field)
{
	struct ff_error fault;
	char quote[FF_MAX_QUOTE], hint[FF_MAX_DESCRIBED];
	struct ff_scalar scalar = ff_node_scalar(node);
	if (!scalar.text && key->type != FF_KEY_RESERVED) {
		ff_value_describe(key, false, hint);
		return ff_complain(&loader->complaints, ff_node_place(node), hint, "%s needs %s, not %s", label,
		                   ff_value_noun(key), ff_node_quote(node, quote));
	}
	if (!scalar.text)
		scalar = (struct ff_scalar){"", 0, true};
	if (ff_value_parse(key, label, scalar, field, &fault))
		return true;
	return ff_complain(&loader->complaints, ff_node_place(node), fault.hint, "%s", fault.what);
}

bool ff_loader_sound(const struct ff_loader *loader, const char *const paths[])
{
	for (; *paths; paths++)
		if (loader->bad[ff_schema_find(*paths)])
			return false;
	return true;
}

struct ff_place ff_loader_place(const struct ff_loader *loader, const char *const paths[])
{
	struct ff_place last = {0};
	for (; *paths; paths++) {
		struct ff_node node = ff_loader_setting(loader, *paths);
		if (node.node && ff_place_compare(ff_node_place(node), last) > 0)
			last = ff_node_place(node);
	}
	return last;
}

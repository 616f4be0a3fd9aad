#include "config/load.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

struct ff_place ff_place_of(const struct ff_tree *tree, const char *path)
{
	int index = ff_schema_find(path);
	return index >= 0 ? tree->settings[index].place : (struct ff_place){0};
}

bool ff_setting_read(struct ff_tree *tree, const struct ff_key *key, const struct ff_setting *setting, void *field)
{
	char quote[FF_MAX_QUOTE], takes[FF_ERROR_TEXT - 16], hint[FF_ERROR_TEXT];
	const yaml_node_t *node = setting->node;
	if (node->type != YAML_SCALAR_NODE) {
		ff_value_describe(key, false, takes, sizeof takes);
		snprintf(hint, sizeof hint, "it takes %s", takes);
		return ff_complain(tree->complaints, setting->place, hint, "%s: %s is not a single value", key->path,
		                   ff_setting_describe(setting, quote));
	}
	struct ff_scalar scalar = {(const char *)node->data.scalar.value, node->data.scalar.length,
	                           node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE};
	struct ff_refusal refusal;
	if (ff_value_parse(key, scalar, field, &refusal))
		return true;
	return ff_complain(tree->complaints, setting->place, *refusal.hint ? refusal.hint : NULL, "%s", refusal.what);
}

/* The experiment's name when none is given: the file's without its folder and ending. */
static void default_name(const char *path, char name[FF_MAX_NAME])
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *stem = slash ? slash + 1 : path ? path : "";
	const char *dot = strrchr(stem, '.');
	size_t n = dot && dot != stem ? (size_t)(dot - stem) : strlen(stem);
	if (n == 0) {
		snprintf(name, FF_MAX_NAME, "experiment");
		return;
	}
	snprintf(name, FF_MAX_NAME, "%.*s", (int)n, stem);
	for (char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '_';
	if (*name == '.')
		*name = '_';
}

/* All keys that hold one value; those of layers go into *defaults. */
static void load_scalars(struct ff_tree *tree, struct ff_experiment *experiment, struct ff_layer_config *defaults)
{
	for (int i = 0; i < ff_schema_size; i++) {
		const struct ff_key *key = &ff_schema[i];
		if (key->size == 0 || key->type == FF_KEY_LAYER_SET)
			continue;
		char *base = key->in_layer ? (char *)defaults : (char *)experiment;
		ff_value_default(key, base + key->offset);
		if (tree->settings[i].node)
			(void)ff_setting_read(tree, key, &tree->settings[i], base + key->offset);
	}
	if (!*experiment->name)
		default_name(tree->complaints->path, experiment->name);
}

static void load(struct ff_tree *tree, struct ff_experiment *experiment)
{
	struct ff_layer_config defaults;
	memset(&defaults, 0, sizeof defaults);
	load_scalars(tree, experiment, &defaults);
	ff_layers_load(tree, &defaults, experiment);
	ff_layer_set_load(tree, experiment);
	ff_experiment_check(tree, experiment);
}

/* What a load needs besides its result; large, so on the heap. */
struct workspace {
	struct ff_complaints complaints;
	struct ff_tree tree;
	struct ff_experiment experiment;
};

ff_status ff_experiment_load(const char *path, const char *const overrides[], int n_overrides,
                             struct ff_experiment *experiment, struct ff_diagnostics *diagnostics)
{
	struct ff_numeric numeric;
	struct workspace *w = calloc(1, sizeof *w); /* zero padding: equal experiments have equal bytes */
	struct ff_error *first = diagnostics ? &diagnostics->items[0] : NULL;
	if (diagnostics)
		diagnostics->count = 1; /* until there is room to count */
	if (!w)
		return ff_fail(first, FF_ERROR_MEMORY, "no memory to load an experiment");
	ff_status status = ff_numeric_begin(&numeric, first);
	if (status != FF_OK) {
		free(w);
		return status;
	}
	w->complaints = (struct ff_complaints){.path = path, .overrides = overrides, .out = diagnostics};
	if (ff_tree_read(&w->tree, path, overrides, n_overrides, &w->complaints))
		load(&w->tree, &w->experiment);
	ff_tree_fini(&w->tree);
	ff_numeric_end(&numeric);
	status = w->complaints.status;
	if (diagnostics)
		diagnostics->count = w->complaints.count;
	if (status == FF_OK)
		memcpy(experiment, &w->experiment, sizeof *experiment);
	free(w);
	return status;
}

/* The steps of ff_experiment_load(), in their order: settings (tree.h) -> scalar keys -> layers -> relations. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "config/tree.h"

/* Reads a scalar setting into the key's field, or complains at its place. */
bool ff_setting_read(struct ff_tree *tree, const struct ff_key *key, const struct ff_setting *setting, void *field);

/* Fills experiment->layers from widths, the defaults and each. */
void ff_layers_load(struct ff_tree *tree, const struct ff_layer_config *defaults, struct ff_experiment *experiment);

/* Fills evaluate.layers; bits beyond the net are never set. */
void ff_layer_set_load(struct ff_tree *tree, struct ff_experiment *experiment);

/* Complains of keys that do not go together. */
void ff_experiment_check(struct ff_tree *tree, const struct ff_experiment *experiment);

/* The place of a key's value, or of the whole file if it was not given. */
struct ff_place ff_place_of(const struct ff_tree *tree, const char *path);

#endif

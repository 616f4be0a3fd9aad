/* What the parts of one load share. Private to ff_experiment_load(); one thread. */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/tree.h"

struct ff_loader {
	struct ff_complaints complaints;
	struct ff_tree *trees; /* [1 + number of overrides]; the file's is the first */
	int n_trees;
	struct ff_node settings[FF_MAX_KEYS]; /* by index in ff_schema: the last node that set the key, or none */
	bool bad[FF_MAX_KEYS];                /* complained about */
	bool layers_at_fault;                 /* `layers`, or something spelt like it, was complained about */
	struct ff_place layers_place;         /* where `layers` was last given as a whole; line and source 0: nowhere */
	struct ff_place sweep_place; /* where a sweep was last given; line and source 0: nowhere, or it is off */
	struct ff_experiment experiment;
};

/* A loader of the file and n overrides, which complains into *out (may be NULL); NULL without memory. */
struct ff_loader *ff_loader_create(const char *path, const char *const overrides[], int n, struct ff_diagnostics *out);
void ff_loader_destroy(struct ff_loader *loader);

/* Notes the settings of the file and the overrides; false if some cannot be read. */
FF_NODISCARD bool ff_loader_read(struct ff_loader *loader);

/* Whether the settings describe a sweep. */
bool ff_loader_sweeps(const struct ff_loader *loader);

/* ff_experiment_load(), with the complaints and their places; between ff_numeric_begin() and ff_numeric_end(). */
FF_NODISCARD ff_status ff_loader_run(const char *path, const char *const overrides[], int n,
                                     struct ff_experiment *experiment, struct ff_complaints *complaints,
                                     struct ff_diagnostics *out);

/* Notes the settings of a map of keys; complains about unknown keys and sections that are no maps. False if the root is
 * no map. */
FF_NODISCARD bool ff_walk_file(struct ff_loader *loader, struct ff_node root);

/* Notes the settings of override i (from 0), "key.path=value"; false if its form leaves open what it sets. */
FF_NODISCARD bool ff_walk_override(struct ff_loader *loader, int i);

/* Complains about key, which `section` (or, with in_each, an entry of layers.each) does not have. */
void ff_complain_unknown(struct ff_loader *loader, struct ff_place place, const char *path, bool in_each);

/* Reads a node into a key's field; complains under the name `label`. */
FF_NODISCARD bool ff_loader_value(struct ff_loader *loader, const struct ff_key *key, const char *label,
                                  struct ff_node node, void *field);

/* Fills n_layers and layers from the settings of layers.widths, layers.each and every key with a field in a layer.
 * n_layers stays 0 if they have faults. */
void ff_load_layers(struct ff_loader *loader);

/* Fills every key that is a set of layers; after ff_load_layers(). */
void ff_load_layer_sets(struct ff_loader *loader);

/* Settles what depends on the mode where the experiment leaves it open. */
void ff_settle_mode(struct ff_loader *loader);

/* Complains about values that are each allowed but not together. */
void ff_check_relations(struct ff_loader *loader);

/* The same for the mode and its negatives, the head, and early stopping; a part of ff_check_relations(). */
void ff_check_modes(struct ff_loader *loader);

/* Whether the file or an override sets the key; path must be in the schema. */
bool ff_loader_given(const struct ff_loader *loader, const char *path);

/* No fault was found in any of the keys (a list ended by NULL), so their values may be compared. */
bool ff_loader_sound(const struct ff_loader *loader, const char *const paths[]);

/* Images in the two parts of the named dataset; 0 if the configuration cannot know. */
void ff_loader_known_size(const struct ff_loader *loader, int64_t *train, int64_t *test);

/* The last of the places that set one of the keys (a list ended by NULL); the whole file if none does. */
struct ff_place ff_loader_place(const struct ff_loader *loader, const char *const paths[]);

#endif

/* An experiment while it is loaded: the settings found, the faults found, and the values read so far. Private to
 * config/; one thread. */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/tree.h"

struct ff_loader {
	struct ff_complaints complaints;
	struct ff_tree *trees; /* [1 + number of overrides]; the file's is the first */
	int n_trees;
	struct ff_node settings[FF_MAX_KEYS]; /* by index in ff_schema: the last node that set the key, or none */
	bool bad[FF_MAX_KEYS];                /* complained about */
	bool layers_at_fault;                 /* `layers`, or a misspelling of it, was complained about */
	struct ff_place layers_place;         /* where `layers` was last given as a whole; line and source 0: nowhere */
	struct ff_place sweep_place; /* where a sweep was last given; line and source 0: nowhere, or `sweep: off` */
	struct ff_experiment experiment;
};

/* A loader of the file and n overrides, which complains into *out (may be NULL). Returns NULL if there is no memory. */
struct ff_loader *ff_loader_create(const char *path, const char *const overrides[], int n, struct ff_diagnostics *out);
void ff_loader_destroy(struct ff_loader *loader);

/* Whether the settings describe a sweep. */
bool ff_loader_sweeps(const struct ff_loader *loader);

/* The last node that set a key; none if the experiment leaves it out. The path must be in the schema. */
struct ff_node ff_loader_setting(const struct ff_loader *loader, const char *path);

/* Whether the file or an override sets the key. */
bool ff_loader_given(const struct ff_loader *loader, const char *path);

/* Reads a node into a key's field; complains under the name `label`. */
FF_NODISCARD bool ff_loader_value(struct ff_loader *loader, const struct ff_key *key, const char *label,
                                  struct ff_node node, void *field);

/* True if no fault was found in any of the keys (a list that ends with NULL), so that their values may be compared. */
bool ff_loader_sound(const struct ff_loader *loader, const char *const paths[]);
#define FF_SOUND(loader, ...) ff_loader_sound(loader, (const char *const[]){__VA_ARGS__, NULL})

/* Where to complain about several keys: the last place that sets one of them; the whole file if none is set. */
struct ff_place ff_loader_place(const struct ff_loader *loader, const char *const paths[]);
#define FF_PLACE(loader, ...) ff_loader_place(loader, (const char *const[]){__VA_ARGS__, NULL})

#endif

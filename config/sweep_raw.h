/* The points of a sweep as text, before their experiments are loaded. One thread. */
#ifndef CONFIG_SWEEP_RAW_H
#define CONFIG_SWEEP_RAW_H

#include "config/tree.h"
#include "ffengine/sweep.h"

/* A key of a raw point with its value as YAML text; the places are for complaints. */
struct ff_raw_setting {
	char *text; /* "KEY=VALUE"; NULL: not set */
	struct ff_place key, value;
};

struct ff_raw_point {
	struct ff_raw_setting settings[FF_MAX_SWEEP_KEYS]; /* by index in keys */
};

struct ff_raw_sweep {
	struct ff_complaints *complaints;
	char *keys[FF_MAX_SWEEP_KEYS]; /* owned */
	int n_keys, n_points, capacity;
	struct ff_raw_point *points; /* owned, with their texts */
	bool failed;                 /* complained about */
};

void ff_raw_sweep_free(struct ff_raw_sweep *raw);

/* Index of a key, which is added if it is new; -1 if it cannot be swept (complained about). */
int ff_raw_sweep_key(struct ff_raw_sweep *raw, struct ff_node key);

/* Adds a point without settings; NULL if there are too many or no memory (complained about). */
struct ff_raw_point *ff_raw_sweep_add(struct ff_raw_sweep *raw);

/* Sets key k of a point to VALUE; takes no ownership. */
void ff_raw_sweep_set(struct ff_raw_sweep *raw, struct ff_raw_point *point, int k, const char *value,
                      struct ff_place key_place, struct ff_place value_place);

/* A value as YAML on one line, for the caller to free; NULL without memory. */
char *ff_node_text(struct ff_node node);

#endif

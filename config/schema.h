/* The schema: one static table of every key an experiment may have. Defaults, loading, range checks, printing and the
 * help page all read it. Constant data: any thread may read it. */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "ffengine/experiment.h"

enum {
	FF_MAX_KEYS = 96,
	FF_MAX_KEY_PATH = 64, /* of a dotted path, with its end */
};

/* Of a name, which may also hold . and - behind its first letter. Not isalnum(): that depends on the locale. */
#define FF_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

enum ff_key_type {
	FF_KEY_WORD,    /* an enum, by one of `words` */
	FF_KEY_CHOICE,  /* a char array that holds one of `words` */
	FF_KEY_NAME,    /* a char array: letters, digits and . _ - */
	FF_KEY_FILE,    /* a char array: the path of a file; empty if not given */
	FF_KEY_BOOL,    /* bool; from here on, never in quotation marks */
	FF_KEY_INTEGER, /* int or int64_t, by `size` */
	FF_KEY_SEED,    /* uint64_t, all of it */
	FF_KEY_BYTES,   /* int64_t, with a suffix such as MiB */
	FF_KEY_REAL,    /* double */
	FF_KEY_LAYER_SET,
	FF_KEY_WIDTHS,  /* the list of widths */
	FF_KEY_EACH,    /* the list of maps, one a layer */
	FF_KEY_SWEEP,   /* a part of a sweep: without storage, read by ff_sweep_load() */
	FF_KEY_RESERVED /* for a later version: without storage, any use is an error */
};

struct ff_word {
	const char *text; /* NULL ends a list */
	int value;
	bool reserved; /* for a later version: an error */
};

struct ff_key {
	const char *path; /* dotted; "layers.each[].NAME" for a key that only an entry of layers.each has */
	enum ff_key_type type;
	bool in_layer;       /* offset is into struct ff_layer_config, not struct ff_experiment */
	size_t offset, size; /* of the field; size 0 = none */
	const char *initial; /* the default as YAML text; NULL = none */
	double min, max;
	bool above_min, below_max; /* min, max are themselves outside the range */
	const struct ff_word *words;
	const char *special; /* a word that stands for `sentinel`, or NULL */
	double sentinel;
	const char *each; /* the key's name in an entry of layers.each, or NULL */
	const char *doc;
};

extern const struct ff_key ff_schema[];
extern const int ff_schema_size;

/* Index of the key with this dotted path, or -1. */
int ff_schema_find(const char *path);

/* The key that an entry of layers.each calls `name`, or NULL. */
const struct ff_key *ff_schema_find_each(const char *name);

/* True if some key lies below path ("optimizer", "execution.threads"). */
bool ff_schema_is_section(const char *path);

/* The known key or section nearest to a misspelt dotted path, or (`in_each`) to a name in an entry of layers.each.
 * Writes "" if nothing is near. nearest holds FF_MAX_KEY_PATH bytes. */
void ff_schema_nearest(const char *path, bool in_each, char *nearest);

/* What to write for a name under which a key may be looked for, as a hint; NULL if the path is no such name. */
const char *ff_schema_other_name(const char *path);

/* Writes the names directly below a section ("" = the experiment), or of an entry of layers.each: "kind, rate". */
void ff_schema_names(const char *section, bool in_each, char *text, size_t size);

#endif

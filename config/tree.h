/* From YAML text to settings: which value, from which place, each key of the schema was given.
 *
 * The file and each override is a YAML document of its own; a later one replaces what an earlier one set. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <yaml.h>

#include "config/complain.h"
#include "config/schema.h"

enum {
	FF_MAX_FILE = 1 << 20, /* bytes of an experiment file */
	FF_MAX_DEPTH = 16,     /* of nested lists and maps */
	FF_MAX_NODES = 20000,  /* visited, aliases followed: an alias that multiplies ends here */
};

/* A value as it was given: a node of a document, and where it stands. node NULL = not given. */
struct ff_setting {
	yaml_document_t *document; /* owned by the tree */
	yaml_node_t *node;
	struct ff_place place;
};

struct ff_tree {
	struct ff_complaints *complaints;
	struct ff_setting settings[FF_MAX_KEYS]; /* by index in the schema */
	yaml_document_t *documents;              /* [n_documents] the file's and the overrides'; owned */
	int n_documents;
	int visited;
};

/* Reads the file (unless path is NULL) and the overrides; complains of everything that is not a known key in a known
 * place. False if memory ran out or the file cannot be read (complained of too). End it with ff_tree_fini() either
 * way. */
bool ff_tree_read(struct ff_tree *tree, const char *path, const char *const overrides[], int n_overrides,
                  struct ff_complaints *complaints);

void ff_tree_fini(struct ff_tree *tree);

/* Item i of a sequence, the value of pair i of a mapping or its key; places are their own. */
struct ff_setting ff_setting_item(const struct ff_setting *setting, int i);
struct ff_setting ff_setting_key(const struct ff_setting *setting, int i);
struct ff_setting ff_setting_value(const struct ff_setting *setting, int i);

/* How many items or pairs; 0 for a scalar. */
int ff_setting_count(const struct ff_setting *setting);

/* "a list", "a map", or the scalar's text in quotation marks (quote holds FF_MAX_QUOTE bytes). */
const char *ff_setting_describe(const struct ff_setting *setting, char *quote);

#endif

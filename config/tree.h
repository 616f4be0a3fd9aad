/* YAML text as a tree whose nodes know their places, within limits that keep a hostile file cheap. One thread. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <yaml.h>

#include "config/complain.h"
#include "config/value.h"

enum {
	FF_MAX_YAML_BYTES = 1 << 20,
	FF_MAX_YAML_DEPTH = 16,
	FF_MAX_YAML_NODES = 10000, /* counting what aliases repeat */
};

struct ff_tree {
	yaml_document_t document; /* libyaml's; loaded tells whether there is one */
	bool loaded;
	int source; /* as in struct ff_place */
};

/* A node of a tree. Lists have `count` items; maps have `count` pairs. Views: the tree owns what they show. */
struct ff_node {
	struct ff_tree *tree;
	yaml_node_t *node; /* NULL = none */
};

/* Parses text, `length` bytes of UTF-8. Complains about syntax, a second document, depth, size, tags, aliases that
 * recur or repeat too much, keys that are no scalars, double keys and merge keys. True if there is a tree to walk; it
 * may have faults of the last four kinds. Call ff_tree_fini() in every case. */
FF_NODISCARD bool ff_tree_parse(struct ff_tree *tree, const char *text, size_t length, int source,
                                struct ff_complaints *complaints);
void ff_tree_fini(struct ff_tree *tree);

/* The part of ff_tree_parse() that looks at the finished tree. */
FF_NODISCARD bool ff_tree_inspect(struct ff_tree *tree, struct ff_complaints *complaints);

/* Its node is NULL if the document is empty. */
struct ff_node ff_tree_root(struct ff_tree *tree);

struct ff_place ff_node_place(struct ff_node node);
bool ff_node_is_map(struct ff_node node);
bool ff_node_is_list(struct ff_node node);
bool ff_node_is_null(struct ff_node node);
int ff_node_count(struct ff_node node);

/* The scalar; for a list or a map, one with text NULL. */
struct ff_scalar ff_node_scalar(struct ff_node node);

struct ff_node ff_node_item(struct ff_node list, int i);
/* The i-th value of a map, and its key in *key, whose text is NULL if it is no scalar. */
struct ff_node ff_node_pair(struct ff_node map, int i, struct ff_node *key);

/* "a list", "a map" or the scalar in quotation marks. quote holds FF_MAX_QUOTE bytes. */
const char *ff_node_quote(struct ff_node node, char *quote);

#endif

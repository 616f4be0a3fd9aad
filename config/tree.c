#include "config/tree.h"

#include <stdlib.h>
#include <string.h>

struct ff_node ff_tree_root(struct ff_tree *tree)
{
	return (struct ff_node){tree, tree->loaded ? yaml_document_get_root_node(&tree->document) : NULL};
}

static struct ff_node node_at(struct ff_tree *tree, int index)
{
	return (struct ff_node){tree, yaml_document_get_node(&tree->document, index)};
}

static struct ff_place place_at(int source, yaml_mark_t mark)
{
	return (struct ff_place){source, mark.line + 1, mark.column + 1};
}

struct ff_place ff_node_place(struct ff_node node)
{
	return place_at(node.tree->source, node.node->start_mark);
}

bool ff_node_is_map(struct ff_node node)
{
	return node.node->type == YAML_MAPPING_NODE;
}

bool ff_node_is_list(struct ff_node node)
{
	return node.node->type == YAML_SEQUENCE_NODE;
}

bool ff_node_is_null(struct ff_node node)
{
	struct ff_scalar scalar = ff_node_scalar(node);
	return scalar.text && ff_scalar_is_null(scalar);
}

int ff_node_count(struct ff_node node)
{
	if (ff_node_is_map(node))
		return (int)(node.node->data.mapping.pairs.top - node.node->data.mapping.pairs.start);
	if (ff_node_is_list(node))
		return (int)(node.node->data.sequence.items.top - node.node->data.sequence.items.start);
	return 0;
}

struct ff_scalar ff_node_scalar(struct ff_node node)
{
	if (node.node->type != YAML_SCALAR_NODE)
		return (struct ff_scalar){0};
	return (struct ff_scalar){(const char *)node.node->data.scalar.value, node.node->data.scalar.length,
	                          node.node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE};
}

struct ff_node ff_node_item(struct ff_node list, int i)
{
	return node_at(list.tree, list.node->data.sequence.items.start[i]);
}

struct ff_node ff_node_pair(struct ff_node map, int i, struct ff_node *key)
{
	yaml_node_pair_t pair = map.node->data.mapping.pairs.start[i];
	*key = node_at(map.tree, pair.key);
	return node_at(map.tree, pair.value);
}

const char *ff_node_quote(struct ff_node node, char *quote)
{
	struct ff_scalar scalar = ff_node_scalar(node);
	if (scalar.text)
		return ff_quote(quote, scalar.text, scalar.length);
	return ff_node_is_map(node) ? "a map" : "a list";
}

/* The walk that checks the structure. Nodes may be shared (aliases), so each keeps what its subtree measures. */
enum visit { UNSEEN, OPEN, DONE };
struct measure {
	enum visit visit;
	int height, size;
};
struct inspection {
	struct ff_tree *tree;
	struct ff_complaints *complaints;
	struct measure *measures; /* [number of nodes], by index - 1 */
};

/* Complains about keys that are no scalars, merge keys and keys given twice. */
static void inspect_keys(const struct inspection *in, struct ff_node map)
{
	char quote[FF_MAX_QUOTE];
	struct ff_node key, other;
	for (int i = 0; i < ff_node_count(map); i++) {
		(void)ff_node_pair(map, i, &key);
		struct ff_scalar name = ff_node_scalar(key);
		if (!name.text)
			ff_complain(in->complaints, ff_node_place(key), "such as seed", "a key is a word, not %s",
			            ff_node_quote(key, quote));
		else if (name.plain && strcmp(name.text, "<<") == 0)
			ff_complain(in->complaints, ff_node_place(key), "write the keys out",
			            "merge keys ('<<') are not supported");
		for (int j = 0; name.text && j < i; j++) {
			(void)ff_node_pair(map, j, &other);
			struct ff_scalar earlier = ff_node_scalar(other);
			if (!earlier.text || strcmp(name.text, earlier.text) != 0)
				continue;
			struct ff_place first = ff_node_place(other);
			ff_complain(in->complaints, ff_node_place(key), "keep one of them",
			            "key %s is given twice, first in line %zu column %zu", ff_node_quote(key, quote),
			            first.line, first.column);
			break;
		}
	}
}

static bool inspect(const struct inspection *in, int index, int depth);

static bool inspect_child(const struct inspection *in, struct measure *parent, int index, int depth)
{
	if (!inspect(in, index, depth + 1))
		return false;
	const struct measure *child = in->measures + index - 1;
	parent->height = parent->height > child->height ? parent->height : child->height + 1;
	parent->size += child->size;
	if (parent->size <= FF_MAX_YAML_NODES)
		return true;
	return ff_complain(in->complaints, ff_node_place(node_at(in->tree, index)), "write the values without aliases",
	                   "aliases repeat more than %d values", FF_MAX_YAML_NODES);
}

/* Measures the subtree at index; false if it cannot be walked (a complaint then says why). */
static bool inspect(const struct inspection *in, int index, int depth)
{
	struct measure *m = in->measures + index - 1;
	struct ff_node node = node_at(in->tree, index);
	if (m->visit == OPEN)
		return ff_complain(in->complaints, ff_node_place(node), "write the values out",
		                   "an alias contains itself");
	if (depth + m->height > FF_MAX_YAML_DEPTH)
		return ff_complain(in->complaints, ff_node_place(node), "no key is nested more than a few levels deep",
		                   "nested deeper than %d levels", FF_MAX_YAML_DEPTH);
	if (m->visit == DONE)
		return true;
	*m = (struct measure){OPEN, 0, 1};
	for (int i = 0; i < ff_node_count(node); i++) {
		if (ff_node_is_list(node)) {
			if (!inspect_child(in, m, node.node->data.sequence.items.start[i], depth))
				return false;
			continue;
		}
		yaml_node_pair_t pair = node.node->data.mapping.pairs.start[i];
		if (!inspect_child(in, m, pair.key, depth) || !inspect_child(in, m, pair.value, depth))
			return false;
	}
	if (ff_node_is_map(node))
		inspect_keys(in, node);
	m->visit = DONE;
	return true;
}

bool ff_tree_inspect(struct ff_tree *tree, struct ff_complaints *complaints)
{
	size_t n = (size_t)(tree->document.nodes.top - tree->document.nodes.start);
	if (n == 0)
		return true;
	struct inspection in = {tree, complaints, calloc(n, sizeof(struct measure))};
	if (!in.measures)
		return ff_complain_status(complaints, FF_ERROR_MEMORY, NULL, "no memory for the experiment file");
	bool ok = inspect(&in, 1, 0);
	free(in.measures);
	return ok;
}

void ff_tree_fini(struct ff_tree *tree)
{
	if (tree->loaded)
		yaml_document_delete(&tree->document);
	tree->loaded = false;
}

#include "config/sweep_expand.h"

#include <stdlib.h>
#include <string.h>

static void complain(struct ff_raw_sweep *raw, struct ff_node node, const char *hint, const char *what)
{
	char quote[FF_MAX_QUOTE];
	raw->failed = true;
	ff_complain(raw->complaints, ff_node_place(node), hint, "%s, not %s", what, ff_node_quote(node, quote));
}

static void set_node(struct ff_raw_sweep *raw, struct ff_raw_point *point, int k, struct ff_node key,
                     struct ff_node value)
{
	char *text = ff_node_text(value);
	if (text)
		ff_raw_sweep_set(raw, point, k, text, ff_node_place(key), ff_node_place(value));
	else
		raw->failed = true;
	if (!text)
		ff_complain_status(raw->complaints, FF_ERROR_MEMORY, NULL, "no memory for the points of a sweep");
	free(text);
}

static void too_many(struct ff_raw_sweep *raw, struct ff_node node)
{
	raw->failed = true;
	ff_complain(raw->complaints, ff_node_place(node), "sweep fewer values, or draw some with random",
	            "a sweep of more than %d points", FF_MAX_SWEEP_POINTS);
}

/* One key of a grid: its list of values. */
struct axis {
	int k;
	struct ff_node key, values;
};

/* Reads the axes [FF_MAX_SWEEP_KEYS]; returns the number of points, 0 if something is wrong. */
static int read_axes(struct ff_raw_sweep *raw, struct ff_node grid, struct axis *axes)
{
	int n = 1;
	for (int i = 0; i < ff_node_count(grid); i++) {
		struct ff_node key, values = ff_node_pair(grid, i, &key);
		int k = ff_raw_sweep_key(raw, key);
		if (k < 0)
			continue;
		axes[k] = (struct axis){k, key, values};
		if (!ff_node_is_list(values)) {
			complain(raw, values, "such as train.batch: [50, 100]",
			         "a key of a grid takes a list of values");
		} else if (ff_node_count(values) == 0) {
			raw->failed = true;
			ff_complain(raw->complaints, ff_node_place(values), "give it values, or leave the key out",
			            "%s has no values", raw->keys[k]);
		} else if (ff_node_count(values) > FF_MAX_SWEEP_POINTS / n) {
			too_many(raw, values);
			return 0;
		} else {
			n *= ff_node_count(values);
		}
	}
	return raw->failed ? 0 : n;
}

void ff_expand_grid(struct ff_raw_sweep *raw, struct ff_node grid)
{
	struct axis axes[FF_MAX_SWEEP_KEYS];
	if (!ff_node_is_map(grid)) {
		complain(raw, grid, "such as {train.batch: [50, 100]}",
		         "sweep.grid is a map of keys with lists of values");
		return;
	}
	if (ff_node_count(grid) == 0) {
		raw->failed = true;
		ff_complain(raw->complaints, ff_node_place(grid), "such as {train.batch: [50, 100]}",
		            "sweep.grid is empty");
		return;
	}
	int n = read_axes(raw, grid, axes);
	for (int p = 0; p < n && !raw->failed; p++) {
		struct ff_raw_point *point = ff_raw_sweep_add(raw);
		int rest = p;
		for (int k = raw->n_keys - 1; point && k >= 0; k--) {
			int count = ff_node_count(axes[k].values);
			set_node(raw, point, k, axes[k].key, ff_node_item(axes[k].values, rest % count));
			rest /= count;
		}
	}
}

static void list_point(struct ff_raw_sweep *raw, struct ff_node map)
{
	if (!ff_node_is_map(map)) {
		complain(raw, map, "such as {train.batch: 50}", "a point of sweep.list is a map of keys");
		return;
	}
	struct ff_raw_point *point = ff_raw_sweep_add(raw);
	for (int i = 0; point && i < ff_node_count(map); i++) {
		struct ff_node key, value = ff_node_pair(map, i, &key);
		int k = ff_raw_sweep_key(raw, key);
		if (k >= 0)
			set_node(raw, point, k, key, value);
	}
}

void ff_expand_list(struct ff_raw_sweep *raw, struct ff_node list)
{
	if (!ff_node_is_list(list)) {
		complain(raw, list, "such as [{train.batch: 50}, {train.batch: 100}]",
		         "sweep.list is a list of points");
		return;
	}
	if (ff_node_count(list) == 0) {
		raw->failed = true;
		ff_complain(raw->complaints, ff_node_place(list), "such as [{train.batch: 50}]", "sweep.list is empty");
	}
	if (ff_node_count(list) > FF_MAX_SWEEP_POINTS) {
		too_many(raw, list);
		return;
	}
	for (int i = 0; i < ff_node_count(list); i++)
		list_point(raw, ff_node_item(list, i));
}

/* Index of the key `seed`; -1 if a point sets it already, or there are too many keys. */
static int seed_key(struct ff_raw_sweep *raw, struct ff_node seeds)
{
	for (int k = 0; k < raw->n_keys; k++)
		if (strcmp(raw->keys[k], "seed") == 0) {
			raw->failed = true;
			ff_complain(raw->complaints, ff_node_place(seeds), "keep one of them",
			            "sweep.seeds, and the points set seed too");
			return -1;
		}
	char *name = raw->n_keys < FF_MAX_SWEEP_KEYS ? strdup("seed") : NULL;
	if (!name) {
		raw->failed = true;
		ff_complain(raw->complaints, ff_node_place(seeds), NULL, "a sweep has more than %d keys",
		            FF_MAX_SWEEP_KEYS);
		return -1;
	}
	raw->keys[raw->n_keys] = name;
	return raw->n_keys++;
}

/* Copies a point's settings. */
static void copy_point(struct ff_raw_sweep *raw, const struct ff_raw_point *from, struct ff_raw_point *to)
{
	for (int k = 0; k < raw->n_keys; k++)
		if (from->settings[k].text)
			ff_raw_sweep_set(raw, to, k, strchr(from->settings[k].text, '=') + 1, from->settings[k].key,
			                 from->settings[k].value);
}

void ff_expand_seeds(struct ff_raw_sweep *raw, struct ff_node seeds)
{
	struct ff_raw_sweep before = *raw;
	if (!ff_node_is_list(seeds)) {
		complain(raw, seeds, "such as [1, 2, 3]", "sweep.seeds is a list of seeds");
		return;
	}
	int n = ff_node_count(seeds);
	if (n == 0) {
		raw->failed = true;
		ff_complain(raw->complaints, ff_node_place(seeds), "such as [1, 2, 3]", "sweep.seeds is empty");
		return;
	}
	if (n > FF_MAX_SWEEP_POINTS / (before.n_points ? before.n_points : 1)) {
		too_many(raw, seeds);
		return;
	}
	int k = seed_key(raw, seeds);
	if (k < 0)
		return;
	raw->points = NULL;
	raw->n_points = raw->capacity = 0;
	for (int p = 0; p < before.n_points && !raw->failed; p++)
		for (int s = 0; s < n && !raw->failed; s++) {
			struct ff_raw_point *point = ff_raw_sweep_add(raw);
			if (!point)
				break;
			copy_point(raw, &before.points[p], point);
			set_node(raw, point, k, ff_node_item(seeds, s), ff_node_item(seeds, s));
		}
	before.n_keys = 0; /* they are raw's */
	ff_raw_sweep_free(&before);
}

/* ff_sweep_load(): finds the section, has its points expanded, loads and checks the experiment of each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "config/sweep_expand.h"
#include "config/sweep_random.h"

static const char OFF[] = "sweep=off";

/* A sweep while it is loaded. A point is loaded with the caller's overrides, then OFF, then its own settings. */
struct sweep_load {
	struct ff_loader *loader; /* of the file: its nodes and the complaints */
	const char *path;
	const char *const *overrides;
	int n_overrides;
	struct ff_raw_sweep raw;
	struct ff_sweep *sweep;
	struct ff_diagnostics *point_diagnostics;
};

static void expand(struct sweep_load *load)
{
	struct ff_node grid = ff_loader_setting(load->loader, "sweep.grid"),
	               list = ff_loader_setting(load->loader, "sweep.list"),
	               random = ff_loader_setting(load->loader, "sweep.random"),
	               seeds = ff_loader_setting(load->loader, "sweep.seeds");
	struct ff_node seed = ff_loader_setting(load->loader, "seed"), second = random.node ? random : list;
	struct ff_raw_sweep *raw = &load->raw;
	uint64_t drawn = 1;
	if ((grid.node != NULL) + (list.node != NULL) + (random.node != NULL) > 1) {
		raw->failed = true;
		ff_complain(raw->complaints, ff_node_place(second), "keep one of them; a sweep may have seeds besides",
		            "a sweep has one of grid, list and random");
		return;
	}
	if (seed.node && !ff_loader_value(load->loader, &ff_schema[ff_schema_find("seed")], "seed", seed, &drawn))
		raw->failed = true;
	else if (grid.node)
		ff_expand_grid(raw, grid);
	else if (list.node)
		ff_expand_list(raw, list);
	else if (random.node)
		ff_expand_random(raw, random, drawn);
	else if (seeds.node)
		(void)!ff_raw_sweep_add(raw);
	else
		raw->failed =
		    !ff_complain(raw->complaints, load->loader->sweep_place, "such as grid: {train.batch: [50, 100]}",
		                 "the sweep has no points: no grid, list, random or seeds");
	if (seeds.node && !raw->failed)
		ff_expand_seeds(raw, seeds);
}

/* Complains if one key of a point is part of another: it would depend on their order which value counts. */
static void check_overlaps(struct sweep_load *load)
{
	const struct ff_raw_sweep *raw = &load->raw;
	for (int p = 0; p < raw->n_points; p++)
		for (int a = 0; a < raw->n_keys; a++)
			for (int b = 0; b < raw->n_keys; b++) {
				size_t n = strlen(raw->keys[a]);
				const struct ff_raw_setting *sa = &raw->points[p].settings[a],
				                            *sb = &raw->points[p].settings[b];
				if (a == b || !sa->text || !sb->text || strncmp(raw->keys[a], raw->keys[b], n) != 0 ||
				    raw->keys[b][n] != '.')
					continue;
				ff_complain(raw->complaints, sb->key, "keep one of them",
				            "%s is part of %s, which the point sets too", raw->keys[b], raw->keys[a]);
				load->raw.failed = true;
				return;
			}
}

/* Complains about a --set of a key that all points set: it would have no effect. */
static void check_overrides(struct sweep_load *load)
{
	for (int i = 0; i < load->n_overrides; i++)
		for (int k = 0; k < load->raw.n_keys; k++) {
			size_t n = strlen(load->raw.keys[k]);
			if (strncmp(load->overrides[i], load->raw.keys[k], n) != 0 || load->overrides[i][n] != '=')
				continue;
			ff_complain(load->raw.complaints, (struct ff_place){1 + i, 0, 0}, "leave it out",
			            "%s is swept, so every point sets it itself", load->raw.keys[k]);
			load->raw.failed = true;
		}
}

/* Where a complaint about a point belongs: at its key or value in the sweep, else where it is. */
static struct ff_place place_of(const struct sweep_load *load, const struct ff_raw_point *point, struct ff_place place)
{
	int wanted = place.source - load->n_overrides - 2, i = 0;
	if (wanted < 0)
		return place;
	for (int k = 0; k < load->raw.n_keys; k++) {
		if (!point->settings[k].text)
			continue;
		if (i++ == wanted)
			return place.line ? point->settings[k].value : point->settings[k].key;
	}
	return place;
}

/* Whether this complaint was made about an earlier point. */
static bool known(const struct ff_complaints *complaints, struct ff_place place, const char *what)
{
	int n = complaints->count < FF_MAX_DIAGNOSTICS ? complaints->count : FF_MAX_DIAGNOSTICS;
	for (int i = 0; i < n; i++)
		if (ff_place_compare(complaints->places[i], place) == 0 &&
		    (!complaints->out || strncmp(complaints->out->items[i].what, what, strlen(what)) == 0))
			return true;
	return false;
}

/* Hands on what is wrong with point p, once for all points that share it. */
static void pass_on(struct sweep_load *load, int p, const struct ff_complaints *found)
{
	struct ff_complaints *complaints = load->raw.complaints;
	int n = found->count < FF_MAX_DIAGNOSTICS ? found->count : FF_MAX_DIAGNOSTICS;
	for (int i = 0; i < n; i++) {
		const struct ff_error *item = &found->out->items[i];
		struct ff_place place = place_of(load, &load->raw.points[p], found->places[i]);
		if (known(complaints, place, item->what))
			continue;
		if (item->status != FF_ERROR_CONFIG)
			ff_complain_status(complaints, item->status, item->hint, "%s", item->what);
		else if (place.source == found->places[i].source)
			ff_complain(complaints, place, item->hint, "%s (in point %d)", item->what, p + 1);
		else
			ff_complain(complaints, place, item->hint, "%s", item->what);
	}
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

/* The hash of the experiment with every key spelt out; false without memory. */
static bool hash_experiment(const struct ff_experiment *experiment, uint64_t *hash)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return false;
	bool ok = ff_experiment_print(experiment, stream, NULL) == FF_OK;
	ok = fclose(stream) == 0 && ok;
	if (ok)
		*hash = hash_text(text);
	free(text);
	return ok;
}

static bool no_memory(struct sweep_load *load)
{
	load->raw.failed = true;
	return ff_complain_status(load->raw.complaints, FF_ERROR_MEMORY, NULL, "no memory for a point");
}

/* The overrides of a point, and in *n their number; the array is the caller's. NULL without memory. */
static const char **overrides_of(const struct sweep_load *load, const struct ff_raw_point *raw, int *n)
{
	const char **words = calloc((size_t)load->n_overrides + FF_MAX_SWEEP_KEYS + 1, sizeof *words);
	*n = 0;
	for (int i = 0; words && i < load->n_overrides; i++)
		words[(*n)++] = load->overrides[i];
	if (words)
		words[(*n)++] = OFF;
	for (int k = 0; words && k < load->raw.n_keys; k++)
		if (raw->settings[k].text)
			words[(*n)++] = raw->settings[k].text;
	return words;
}

/* Gives the settings of a raw point to a point of the sweep; false without memory. */
static bool copy_settings(const struct ff_raw_point *raw, int n_keys, struct ff_sweep_point *point)
{
	point->settings = calloc((size_t)n_keys + 1, sizeof *point->settings);
	for (int k = 0; point->settings && k < n_keys; k++) {
		if (!raw->settings[k].text)
			continue;
		point->settings[k] = strdup(raw->settings[k].text);
		if (!point->settings[k])
			return false;
	}
	return point->settings != NULL;
}

/* Loads and names point p; false, with complaints, if something is wrong with it. */
static bool load_point(struct sweep_load *load, int p)
{
	struct ff_sweep_point *point = &load->sweep->points[p];
	int n;
	const char **words = overrides_of(load, &load->raw.points[p], &n);
	struct ff_complaints *found = calloc(1, sizeof *found);
	bool memory = words && found && copy_settings(&load->raw.points[p], load->raw.n_keys, point);
	bool ok =
	    memory && ff_load_point(load->path, words, n, &point->experiment, found, load->point_diagnostics) == FF_OK;
	if (memory && !ok) {
		pass_on(load, p, found);
		load->raw.failed = true;
	}
	free(found);
	free(words);
	if (!memory || (ok && !hash_experiment(&point->experiment, &point->hash)))
		return no_memory(load);
	if (ok)
		snprintf(point->name, sizeof point->name, "p%016" PRIx64, point->hash);
	return ok;
}

static void check_double(struct sweep_load *load, int p)
{
	const struct ff_raw_point *point = &load->raw.points[p];
	struct ff_place place = load->loader->sweep_place;
	for (int k = load->raw.n_keys - 1; k >= 0; k--)
		if (point->settings[k].text)
			place = point->settings[k].value;
	const struct ff_sweep_point *points = load->sweep->points;
	for (int other = 0; other < p; other++)
		if (points[other].hash == points[p].hash) {
			load->raw.failed = true;
			ff_complain(load->raw.complaints, place, "each point must be another experiment",
			            "points %d and %d are the same experiment", other + 1, p + 1);
			return;
		}
}

static void load_points(struct sweep_load *load)
{
	int n = load->raw.n_points;
	struct ff_sweep *sweep = load->sweep;
	sweep->points = calloc((size_t)n, sizeof *sweep->points);
	sweep->keys = calloc((size_t)load->raw.n_keys + 1, sizeof *sweep->keys);
	load->point_diagnostics = calloc(1, sizeof *load->point_diagnostics);
	if (!sweep->points || !sweep->keys || !load->point_diagnostics) {
		load->raw.failed = true;
		ff_complain_status(load->raw.complaints, FF_ERROR_MEMORY, NULL, "no memory for %d points", n);
	} else {
		sweep->n_points = n;
		sweep->n_keys = load->raw.n_keys;
		for (int k = 0; k < sweep->n_keys; k++) {
			sweep->keys[k] = load->raw.keys[k];
			load->raw.keys[k] = NULL;
		}
		for (int p = 0; p < n; p++)
			if (load_point(load, p))
				check_double(load, p);
	}
	free(load->point_diagnostics);
}

/* sweep.parallel: auto, or so many points at once. */
static void load_parallel(struct sweep_load *load)
{
	const struct ff_key KEY = {.path = "sweep.parallel",
	                           .type = FF_KEY_INTEGER,
	                           .size = sizeof(int64_t),
	                           .min = 1,
	                           .max = FF_MAX_THREADS,
	                           .special = "auto",
	                           .sentinel = FF_AUTO};
	struct ff_node node = ff_loader_setting(load->loader, KEY.path);
	load->sweep->parallel = FF_AUTO;
	if (node.node && !ff_loader_value(load->loader, &KEY, KEY.path, node, &load->sweep->parallel))
		load->raw.failed = true;
}

static void load_all(struct sweep_load *load)
{
	struct ff_complaints *complaints = load->raw.complaints;
	if (!ff_load_settings(load->loader) || complaints->count || !ff_loader_sweeps(load->loader))
		return;
	load_parallel(load);
	expand(load);
	check_overlaps(load);
	check_overrides(load);
	if (!load->raw.failed && complaints->count == 0)
		load_points(load);
	ff_raw_sweep_free(&load->raw);
}

ff_status ff_sweep_load(const char *path, const char *const overrides[], int n_overrides, struct ff_sweep *sweep,
                        struct ff_diagnostics *diagnostics)
{
	struct ff_numeric numeric;
	*sweep = (struct ff_sweep){0};
	struct ff_diagnostics *out = calloc(1, sizeof *out); /* known() reads them */
	struct ff_loader *loader = out ? ff_loader_create(path, overrides, n_overrides, out) : NULL;
	if (diagnostics)
		diagnostics->count = 0;
	if (!loader || ff_numeric_begin(&numeric, NULL) != FF_OK) {
		if (loader)
			ff_loader_destroy(loader);
		free(out);
		return FF_ERROR_MEMORY;
	}
	struct sweep_load load = {loader, path, overrides, n_overrides, {.complaints = &loader->complaints},
	                          sweep,  NULL};
	load_all(&load);
	ff_numeric_end(&numeric);
	ff_status status = loader->complaints.status;
	out->count = loader->complaints.count;
	if (diagnostics)
		*diagnostics = *out;
	if (status != FF_OK)
		ff_sweep_free(sweep);
	sweep->given = ff_loader_sweeps(loader);
	ff_loader_destroy(loader);
	free(out);
	return status;
}

void ff_sweep_free(struct ff_sweep *sweep)
{
	for (int p = 0; p < sweep->n_points; p++) {
		for (int k = 0; sweep->points[p].settings && k < sweep->n_keys; k++)
			free(sweep->points[p].settings[k]);
		free(sweep->points[p].settings);
	}
	for (int k = 0; k < sweep->n_keys; k++)
		free(sweep->keys[k]);
	free(sweep->points);
	free(sweep->keys);
	*sweep = (struct ff_sweep){0};
}

const char *ff_sweep_value(const struct ff_sweep *sweep, const struct ff_sweep_point *point, int k)
{
	const char *setting = k < sweep->n_keys ? point->settings[k] : NULL;
	return setting ? setting + strlen(sweep->keys[k]) + 1 : NULL;
}

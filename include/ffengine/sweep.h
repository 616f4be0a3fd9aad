/* A sweep: the experiments that the section `sweep` of a file describes, each one a point.
 *
 *     sweep: {grid: {layers.widths: [[64], [128]], train.batch: [50, 100]}, seeds: [1, 2]}           8 points
 *     sweep: {list: [{train.batch: 50}, {train.batch: 100, optimizer.rate: 0.002}]}                  2 points
 *     sweep: {random: {points: 20, optimizer.rate: {min: 1e-4, max: 1e-2, scale: log}}}             20 points
 *
 * Points are in the order of the file. In a grid the last key changes fastest, and the seeds change faster than any key. */
#ifndef FFENGINE_SWEEP_H
#define FFENGINE_SWEEP_H

#include "ffengine/experiment.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	FF_MAX_SWEEP_POINTS = 4096,
	FF_MAX_SWEEP_KEYS = 32,
	FF_POINT_NAME = 18,
};

/* One point. */
struct ff_sweep_point {
	uint64_t hash;                   /* of the resolved experiment, wherever it stands */
	char name[FF_POINT_NAME];        /* "p1f2e3d4c5b6a7988": its letter keeps tables from taking it for a number */
	char **settings;                 /* [n_keys] "KEY=VALUE", as --set takes it; NULL: the point does not set it */
	struct ff_experiment experiment; /* loaded and checked */
};

struct ff_sweep {
	int n_points, n_keys;
	struct ff_sweep_point *points;
	char **keys;      /* swept keys, in the order of their first use; the seeds' is `seed`, the last */
	int64_t parallel; /* points at once, or FF_AUTO */
	bool given;       /* the file has a sweep; also true of one with faults */
};

/* Loads the sweep of the file `path` with `overrides` applied before those of the points, and checks each point's
 * experiment. Without a section `sweep`, or with `sweep: off`, *sweep has no points, and nothing else is checked.
 * *diagnostics names every fault with its place, as ff_experiment_load() does; one that several points share, once.
 * Errors: FF_ERROR_CONFIG, FF_ERROR_IO, FF_ERROR_MEMORY; *sweep is then empty. Thread-safe. The caller owns *sweep. */
FF_API FF_NODISCARD ff_status ff_sweep_load(const char *path, const char *const overrides[], int n_overrides,
                                            struct ff_sweep *sweep, struct ff_diagnostics *diagnostics);

/* Fine on a zero struct. */
FF_API void ff_sweep_free(struct ff_sweep *sweep);

/* What the point gives the k-th key, as YAML; NULL if it does not set it. */
FF_API const char *ff_sweep_value(const struct ff_sweep *sweep, const struct ff_sweep_point *point, int k);

#ifdef __cplusplus
}
#endif
#endif

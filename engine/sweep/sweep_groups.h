/* Points grouped by the value they give a key, for the chart and the picture. */
#ifndef ENGINE_SWEEP_SWEEP_GROUPS_H
#define ENGINE_SWEEP_SWEEP_GROUPS_H

#include "sweep/sweep_state.h"

struct ff_sweep_group {
	const char *text;    /* the value */
	double x;            /* as a number; its rank if not all values are numbers */
	int n;               /* points that are done */
	double error, speed; /* their means */
};

/* Fills groups [n_points] with those of key k that have points that are done, ordered by x, or as in the file. Returns
 * their number. *numeric: all values are numbers; a list of equal numbers counts as that number. */
int ff_sweep_groups(const struct ff_sweep_run *run, int k, struct ff_sweep_group *groups, bool *numeric);

/* The index of a point's group; -1: none. */
int ff_sweep_group_of(const struct ff_sweep_run *run, int k, int point, const struct ff_sweep_group *groups, int n);

#endif

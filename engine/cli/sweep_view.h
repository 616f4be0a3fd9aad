/* A sweep on the screen: while it runs a table that redraws itself on a terminal, else a line an event, on standard
 * error; in the end a table and a chart on standard output. One thread. */
#ifndef ENGINE_CLI_SWEEP_VIEW_H
#define ENGINE_CLI_SWEEP_VIEW_H

#include <stdio.h>

#include "sweep/sweep_groups.h"
#include "sweep/sweep_state.h"

struct ff_sweep_view {
	bool quiet, terminal;
	int drawn; /* lines that stand on the terminal */
	double last;
};

void ff_sweep_view_init(struct ff_sweep_view *view, bool quiet);

/* The callbacks of ff_sweep_options; user is the view. */
void ff_sweep_view_event(void *user, const struct ff_sweep_run *run, int point);
void ff_sweep_view_tick(void *user, const struct ff_sweep_run *run);

/* Clears what stands on the terminal. */
void ff_sweep_view_end(struct ff_sweep_view *view);

/* A line a point, and for each key bars of its values' errors and speeds. */
void ff_sweep_print(const struct ff_sweep_run *run);

/* What a point sets: "layers.widths=[64] seed=1"; text is cut to its size. */
const char *ff_sweep_settings(const struct ff_sweep *sweep, int point, char *text, size_t size);

/* The points of a sweep as YAML: the name and the settings of each. */
void ff_sweep_print_points(const struct ff_sweep *sweep, FILE *stream);

#endif

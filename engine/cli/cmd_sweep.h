/* What the commands sweep and check share. */
#ifndef ENGINE_CLI_CMD_SWEEP_H
#define ENGINE_CLI_CMD_SWEEP_H

#include "cli/cli.h"
#include "ffengine/sweep.h"

/* Loads the sweep of operand 0 with --set applied; faults go to standard error as those of
 * ff_load_experiment(). Without a sweep in the file it has no points. */
FF_NODISCARD ff_status ff_load_sweep(const struct ff_arguments *arguments, struct ff_sweep *sweep,
                                     struct ff_error *error);

/* The points of a sweep, as YAML: its number, name and settings a point. */
void ff_sweep_list_points(const struct ff_sweep *sweep, FILE *stream);

#endif

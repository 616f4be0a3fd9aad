/* The experiment or sweep that a command line names, loaded with the command's options. */
#ifndef ENGINE_CLI_EXPERIMENT_FILE_H
#define ENGINE_CLI_EXPERIMENT_FILE_H

#include "cli/cli.h"
#include "ffengine/sweep.h"

/* Loads operand 0 with --set and --threads applied. The faults of the file go to standard error, one per line as
 * file:line:column: what. Errors: those of ff_experiment_load(), FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_load_experiment(const struct ff_arguments *arguments, struct ff_experiment *experiment,
                                          struct ff_error *error);

/* The same for the sweep of operand 0, with --set applied. If the file has no sweep, *sweep has no points. */
FF_NODISCARD ff_status ff_load_sweep(const struct ff_arguments *arguments, struct ff_sweep *sweep,
                                     struct ff_error *error);

#endif

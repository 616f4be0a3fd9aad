/* Runs a sweep: decides which point runs when and on which processors. */
#ifndef ENGINE_SWEEP_SWEEP_RUN_H
#define ENGINE_SWEEP_SWEEP_RUN_H

#include "sweep/sweep_state.h"

/* Runs all points that are not done. A point that fails, or needs more memory than there is, is recorded, and the other
 * points go on. Call ff_sweep_run_fini() in any case.
 * Errors before the first point starts: FF_ERROR_USAGE (the folder is in use, or is not a sweep's), FF_ERROR_CONFIG
 * (more points at once than processors), FF_ERROR_IO, FF_ERROR_MEMORY; later: FF_ERROR_IO for the sweep's own files. */
FF_NODISCARD ff_status ff_sweep_run(const struct ff_sweep *sweep, const struct ff_sweep_options *options,
                                    struct ff_sweep_run *run, struct ff_error *error);

#endif

/* Prepares the folder of a point for its run, after an earlier attempt that did not finish. */
#ifndef ENGINE_SWEEP_SWEEP_POINT_H
#define ENGINE_SWEEP_SWEEP_POINT_H

#include "sweep/sweep_state.h"

/* Prepares the folder of a point that is not done. *resume: its run resumes from a checkpoint; otherwise the folder is
 * gone. Errors: FF_ERROR_IO, FF_ERROR_USAGE (another process uses it). */
FF_NODISCARD ff_status ff_sweep_make_ready(const struct ff_sweep_run *run, int point, bool *resume,
                                           struct ff_error *error);

/* Removes the folder of a point that is not done. Errors: as above. */
FF_NODISCARD ff_status ff_sweep_clear(const struct ff_sweep_run *run, int point, struct ff_error *error);

#endif

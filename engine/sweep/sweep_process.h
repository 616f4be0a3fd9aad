/* The processes of a sweep's points. */
#ifndef ENGINE_SWEEP_SWEEP_PROCESS_H
#define ENGINE_SWEEP_SWEEP_PROCESS_H

#include "sweep/sweep_state.h"

/* Starts the process of a point on the processors of its slot. Errors: FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_sweep_start(struct ff_sweep_run *run, int point, struct ff_error *error);

/* Whether a running point has ended; if so, fills its result. Does not wait. */
bool ff_sweep_reap(struct ff_sweep_run *run, int point);

#endif

/* A job: one point of a sweep, run by a batch system. */
#ifndef ENGINE_SWEEP_SWEEP_JOB_H
#define ENGINE_SWEEP_SWEEP_JOB_H

#include "sweep/sweep_state.h"

/* Creates the sweep's folder if necessary and becomes `ffengine run`, which resumes the point from the checkpoint of an
 * earlier attempt; without one, the leftovers of that attempt are removed. Returns only if the point was already done
 * (*done) or on failure. Errors: FF_ERROR_USAGE (a sweep uses the folder, another job runs the point, or the folder is
 * not a sweep's), FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_sweep_job(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point,
                                    bool *done, struct ff_error *error);

#endif

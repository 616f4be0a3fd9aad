/* The results of a sweep as a picture: for each key, error and speed against its values, with a dot for each point and
 * a line through the means. */
#ifndef ENGINE_SWEEP_SWEEP_PICTURE_H
#define ENGINE_SWEEP_SWEEP_PICTURE_H

#include "sweep/sweep_state.h"

/* Writes SWEEP/sweep.svg. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_sweep_write_picture(const struct ff_sweep_run *run, struct ff_error *error);

#endif

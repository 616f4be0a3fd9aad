/* The results of a sweep as JSON and as a table. */
#ifndef ENGINE_SWEEP_SWEEP_REPORT_H
#define ENGINE_SWEEP_SWEEP_REPORT_H

#include "sweep/sweep_state.h"

/* The text of sweep.json, which the caller frees; NULL without memory. */
char *ff_sweep_format(const struct ff_sweep_run *run);

/* Writes SWEEP/results.csv. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_sweep_write_table(const struct ff_sweep_run *run, struct ff_error *error);

#endif

/* The folder of a sweep: its locks, and the results of its points. */
#ifndef ENGINE_SWEEP_SWEEP_FOLDER_H
#define ENGINE_SWEEP_SWEEP_FOLDER_H

#include "sweep/sweep_state.h"

/* Creates and locks the folder for a sweep. The locks end with their descriptors, which the sweep's points inherit.
 * Errors: FF_ERROR_USAGE (in use, or not a sweep's), FF_ERROR_IO. */
FF_NODISCARD ff_status ff_sweep_folder_open(struct ff_sweep_run *run, struct ff_error *error);

/* The same for a job, which shares the folder with other jobs and locks one point. */
FF_NODISCARD ff_status ff_sweep_folder_join(struct ff_sweep_run *run, int point, struct ff_error *error);

/* Counts the folders in points/ that do not belong to this sweep. */
int ff_sweep_others(const struct ff_sweep_run *run);

/* Reads the point's result.json: its numbers if it is done, else why it failed. Returns whether it is done. */
bool ff_sweep_read_result(const struct ff_sweep_run *run, int point);

#endif

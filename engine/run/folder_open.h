/* Creates the folder of a new run. */
#ifndef ENGINE_RUN_FOLDER_OPEN_H
#define ENGINE_RUN_FOLDER_OPEN_H

#include "run/folder.h"

/* Creates the folder, writes resolved.yaml, and opens metrics.jsonl and log.txt. The folder is `requested` or, if that
 * is NULL, runs/NAME-YYYYMMDD-HHMMSS, with -2, -3... appended if it exists. A requested folder that is not empty is
 * refused and left as it is. A failure removes what was created.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_USAGE (not empty, or used by another run). */
FF_NODISCARD ff_status ff_run_folder_open(const char *requested, const struct ff_experiment *experiment,
                                          struct ff_run_folder *folder, struct ff_error *error);

#endif

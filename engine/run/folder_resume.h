/* Opens the folder of an interrupted run, to resume the run or to remove the folder. */
#ifndef ENGINE_RUN_FOLDER_RESUME_H
#define ENGINE_RUN_FOLDER_RESUME_H

#include "run/folder.h"

/* Opens and locks the folder and changes nothing in it. Close *folder in any case.
 * Errors: FF_ERROR_IO (missing, not writable), FF_ERROR_USAGE (not a run's folder, or another process uses it). */
FF_NODISCARD ff_status ff_run_folder_reopen(const char *path, struct ff_run_folder *folder, struct ff_error *error);

/* Truncates metrics.jsonl of a reopened folder to so many bytes, removes result.json and model.safetensors, and opens
 * log.txt. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_run_folder_rewind(struct ff_run_folder *folder, int64_t metrics_bytes,
                                            struct ff_error *error);

/* Locks a folder that is about to be removed, so that no process resumes its run. Close *folder in any case.
 * Errors: FF_ERROR_USAGE (another process uses it). */
FF_NODISCARD ff_status ff_run_folder_hold(const char *path, struct ff_run_folder *folder, struct ff_error *error);

#endif

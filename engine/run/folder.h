/* A run's folder: the files that a run leaves behind.
 *
 *     resolved.yaml      the experiment with every key written out
 *     run.json           when and where the run began (run/origin.h)
 *     metrics.jsonl      one JSON object per epoch, appended and flushed as the epoch ends
 *     log.txt            dated messages; starts with the version and the machine
 *     checkpoint.bin     the state to resume from (run/checkpointing.h); removed when the run has finished
 *     model.safetensors  the final weights (run/model_file.h)
 *     result.json        the outcome, also of a failed run (run/result.h)
 *
 * This file writes to an open folder. folder_open.h creates one for a new run, folder_resume.h opens the folder of an
 * interrupted run. The caller owns the struct, and ff_run_folder_close() closes its streams. One thread at a time. */
#ifndef ENGINE_RUN_FOLDER_H
#define ENGINE_RUN_FOLDER_H

#include <stdio.h>

#include "base/error.h"
#include "ffengine/run.h"

struct ff_run_folder {
	char path[FF_MAX_PATH];
	FILE *metrics, *log;
	bool resumed; /* it belongs to a run that is being resumed */
};

/* Fills path with the path of a file in the folder. Errors: FF_ERROR_IO if it is too long. */
FF_NODISCARD ff_status ff_run_folder_file(const struct ff_run_folder *folder, const char *name, char path[FF_MAX_PATH],
                                          struct ff_error *error);

/* Takes the folder's lock, which closing the folder releases. Errors: FF_ERROR_USAGE (another process has it). */
FF_NODISCARD ff_status ff_run_folder_lock(const struct ff_run_folder *folder, struct ff_error *error);

/* Writes resolved.yaml and replaces an older one. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_run_folder_resolved(const struct ff_run_folder *folder,
                                              const struct ff_experiment *experiment, struct ff_error *error);

/* Appends an epoch's line to metrics.jsonl and flushes it. NaN becomes null; arrays per layer hold n_layers numbers.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY. After an error, such as a full disk, the earlier lines are unchanged. */
FF_NODISCARD ff_status ff_run_folder_epoch(struct ff_run_folder *folder, const struct ff_epoch_metrics *metrics,
                                           struct ff_error *error);

/* Flushes metrics.jsonl to the disk. *metrics_bytes: its length. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_run_folder_sync(struct ff_run_folder *folder, int64_t *metrics_bytes, struct ff_error *error);

/* Appends a dated line to log.txt. A run does not fail because its log cannot be written. */
void ff_run_folder_log(struct ff_run_folder *folder, const char *format, ...) FF_PRINTF(2, 3);

/* Writes result.json, of a finished run or, if failure is not NULL, of a failed one. Errors: FF_ERROR_IO,
 * FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_run_folder_result(const struct ff_run_folder *folder, const struct ff_result *result,
                                            const struct ff_error *failure, struct ff_error *error);

/* Closes the streams. A zero or a closed struct is fine. Errors: FF_ERROR_IO if appended metrics cannot be written. */
FF_NODISCARD ff_status ff_run_folder_close(struct ff_run_folder *folder, struct ff_error *error);

/* ---- for the other files of engine/run ---- */

/* Fills *error from errno, with a hint that suits the folder. Returns FF_ERROR_IO. */
ff_status ff_run_folder_fail(const struct ff_run_folder *folder, const char *path, const char *what,
                             struct ff_error *error);

/* Adds the hint to use another folder to a failure without a hint. Returns status. */
ff_status ff_run_folder_add_hint(const struct ff_run_folder *folder, ff_status status, struct ff_error *error);

#endif

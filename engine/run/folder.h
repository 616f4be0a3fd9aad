/* A run's folder: what a run leaves behind.
 *
 *     resolved.yaml      the experiment with every key spelt out
 *     run.json           when and where the run began; written by ff_origin_write()
 *     metrics.jsonl      one JSON object an epoch, appended and flushed as the epoch ends
 *     log.txt            dated messages; begins with the version and the machine
 *     checkpoint.bin     where to go on (run/checkpointing.h); removed when the run has finished
 *     model.safetensors  the final weights: layers.0.weight [O x I], layers.0.bias [O], ...
 *     result.json        the outcome; also of a run that failed
 *
 * One thread at a time. The folder struct is the caller's; its streams are released by ff_run_folder_close(). */
#ifndef ENGINE_RUN_FOLDER_H
#define ENGINE_RUN_FOLDER_H

#include "base/error.h"
#include "ffengine/run.h"
#include "run/safetensors.h"

struct ff_run_folder {
	char path[FF_MAX_PATH];
	FILE *metrics, *log;
	bool resumed; /* it was there before */
};

/* Creates the folder (`requested`, or runs/NAME-YYYYMMDD-HHMMSS with -2, -3... appended if that exists), writes
 * resolved.yaml and opens the growing files. A requested folder that exists and is not empty is refused and left alone.
 * Errors: FF_ERROR_IO, FF_ERROR_USAGE (not empty). */
FF_NODISCARD ff_status ff_run_folder_open(const char *requested, const struct ff_experiment *experiment,
                                          struct ff_run_folder *folder, struct ff_error *error);

/* Writes resolved.yaml, in the place of what is there. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_run_folder_resolved(const struct ff_run_folder *folder,
                                              const struct ff_experiment *experiment, struct ff_error *error);

/* Opens the folder of a run that has ended before its end, and changes nothing in it. While it is open it is the
 * caller's alone, as one of ff_run_folder_open() is. Errors: FF_ERROR_IO (not there, not writable), FF_ERROR_USAGE (no
 * run's folder, or another process is at work on it). Close it in any case. */
FF_NODISCARD ff_status ff_run_folder_reopen(const char *path, struct ff_run_folder *folder, struct ff_error *error);

/* Holds the lock of whatever folder is there, so that no run goes on in it until it is closed; to remove it.
 * Errors: FF_ERROR_USAGE (another process is at work on it). Close it in any case. */
FF_NODISCARD ff_status ff_run_folder_hold(const char *path, struct ff_run_folder *folder, struct ff_error *error);

/* Goes on in such a folder where metrics.jsonl had so many bytes: what is behind them is removed, and
 * result.json and model.safetensors.
 * Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_run_folder_rewind(struct ff_run_folder *folder, int64_t metrics_bytes,
                                            struct ff_error *error);

/* Brings metrics.jsonl to the disk; *metrics_bytes: its length. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_run_folder_sync(struct ff_run_folder *folder, int64_t *metrics_bytes, struct ff_error *error);

/* Fills path with that of a file in the folder. Errors: FF_ERROR_IO if it is too long. */
FF_NODISCARD ff_status ff_run_folder_file(const struct ff_run_folder *folder, const char *name, char path[FF_MAX_PATH],
                                          struct ff_error *error);

/* Takes the lock of an open folder, which ends with it. Errors: FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_run_folder_lock(const struct ff_run_folder *folder, struct ff_error *error);

/* Appends the epoch's line and flushes it. NaN is written as null; per-layer arrays hold n_layers numbers.
 * Errors: FF_ERROR_IO (a full disk, say: the lines before it stay as they are). */
FF_NODISCARD ff_status ff_run_folder_epoch(struct ff_run_folder *folder, const struct ff_epoch_metrics *metrics,
                                           struct ff_error *error);

/* Appends a dated line to log.txt. A log that cannot be written never stops a run. */
void ff_run_folder_log(struct ff_run_folder *folder, const char *format, ...) FF_PRINTF(2, 3);

/* Writes model.safetensors with the experiment's name, seed and ffengine's version as metadata.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_run_folder_model(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                                           const struct ff_tensor *tensors, size_t n_tensors, struct ff_error *error);

/* Writes result.json: of a finished run (failure == NULL), or of a failed one (name, seed, status "failed", the error's
 * fields, what is known so far). Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_run_folder_result(const struct ff_run_folder *folder, const struct ff_result *result,
                                            const struct ff_error *failure, struct ff_error *error);

/* Closes the streams; fine on a zero or closed struct. Errors: FF_ERROR_IO if the metrics that were appended cannot be
 * written (a log that cannot never stops a run). */
FF_NODISCARD ff_status ff_run_folder_close(struct ff_run_folder *folder, struct ff_error *error);

#endif

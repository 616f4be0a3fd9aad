/* Going on with a run that ended before its end: what is in its folder, and whether it fits. Until all is found to fit,
 * nothing in the folder is changed. */
#ifndef ENGINE_RUN_RESUME_H
#define ENGINE_RUN_RESUME_H

#include "run/checkpointing.h"

struct ff_resume {
	struct ff_checkpoint checkpoint;
	struct ff_record record;
};

/* Whether there is something to go on with: a folder of a run that has not finished, that no process is at work on,
 * with a checkpoint. Errors: FF_ERROR_USAGE, FF_ERROR_IO. */
FF_NODISCARD ff_status ff_resume_look(const char *path, struct ff_error *error);

/* The same, and opens the folder, which is this run's alone from then on, and the checkpoint. Errors: those of
 * ff_resume_look(), ff_checkpoint_open() and ff_record_read(); FF_ERROR_USAGE (of another experiment), FF_ERROR_DATA
 * (metrics.jsonl is shorter than it was). Close *folder and *resume in any case. */
FF_NODISCARD ff_status ff_resume_open(const char *path, const struct ff_experiment *experiment,
                                      struct ff_run_folder *folder, struct ff_resume *resume, struct ff_error *error);

/* Whether the checkpoint is of this net and these images; `data` is complete. Errors: FF_ERROR_DATA. */
FF_NODISCARD ff_status ff_resume_check(const struct ff_resume *resume, struct ff_net *net,
                                       const struct ff_fingerprint *data, struct ff_error *error);

/* Takes the folder back to its checkpoint, in a process that went on with the run `elapsed` seconds ago:
 * metrics.jsonl ends where it did, and there is no result.json and no model. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_resume_begin(const struct ff_resume *resume, double elapsed, struct ff_run_folder *folder,
                                       struct ff_error *error);

/* Fine on one that is closed. */
void ff_resume_close(struct ff_resume *resume);

#endif

/* Resumes an interrupted run from the checkpoint in its folder. The folder is not changed before everything has been
 * checked. */
#ifndef ENGINE_RUN_RESUME_H
#define ENGINE_RUN_RESUME_H

#include "run/checkpointing.h"

struct ff_resume {
	struct ff_checkpoint checkpoint;
	struct ff_record record;
};

/* Checks that a run can be resumed: its folder exists, no process uses it, the run has not finished, and there is a
 * checkpoint. Errors: FF_ERROR_USAGE, FF_ERROR_IO. */
FF_NODISCARD ff_status ff_resume_possible(const char *path, struct ff_error *error);

/* Checks the same, locks and opens the folder, and opens the checkpoint. Close *folder and *resume in any case.
 * Errors: those of ff_resume_possible(), ff_checkpoint_open() and ff_record_read(); FF_ERROR_USAGE (of another experiment),
 * FF_ERROR_DATA (metrics.jsonl is shorter than at the checkpoint). */
FF_NODISCARD ff_status ff_resume_open(const char *path, const struct ff_experiment *experiment,
                                      struct ff_run_folder *folder, struct ff_resume *resume, struct ff_error *error);

/* Checks that the checkpoint is of this net and these images. `data` is complete. Errors: FF_ERROR_DATA. */
FF_NODISCARD ff_status ff_resume_check(const struct ff_resume *resume, struct ff_net *net,
                                       const struct ff_fingerprint *data, struct ff_error *error);

/* Takes the folder back to its checkpoint: truncates metrics.jsonl, removes result.json and the model, and updates
 * run.json. This process resumed the run `elapsed` seconds ago. Errors: FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_resume_begin(const struct ff_resume *resume, double elapsed, struct ff_run_folder *folder,
                                       struct ff_error *error);

/* Closes the checkpoint. A closed struct is fine. */
void ff_resume_close(struct ff_resume *resume);

#endif

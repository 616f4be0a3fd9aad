/* Writes a run's checkpoints into its folder. Each one replaces the one before. */
#ifndef ENGINE_RUN_CHECKPOINTING_H
#define ENGINE_RUN_CHECKPOINTING_H

#include "run/folder.h"
#include "run/record.h"

#define FF_CHECKPOINT_FILE "checkpoint.bin"

struct ff_checkpointing {
	struct ff_checkpoint_writer writer;
	const struct ff_dataset *dataset; /* borrowed */
	struct ff_record record;
	double interval; /* seconds; 0: no checkpoints */
	double last;     /* time at which the last one was begun; only the source uses it */
	double started;  /* time at which the run began, minus the time of its earlier processes */
};

/* Before the run trains. `seconds`: time that the run has taken so far, in all its processes. `data` is the dataset's
 * fingerprint; unless it is complete, the dataset keeps its pixels until the first commit. Errors: FF_ERROR_IO,
 * FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_checkpointing_begin(struct ff_checkpointing *checkpoints,
                                              const struct ff_experiment *experiment, struct ff_net *net,
                                              const struct ff_dataset *dataset, const struct ff_fingerprint *data,
                                              const struct ff_run_folder *folder, double seconds,
                                              struct ff_error *error);

/* Whether a run of this experiment writes checkpoints. */
bool ff_checkpointing_wanted(const struct ff_experiment *experiment);

/* Whether the next checkpoint is due. Called by the source. */
bool ff_checkpointing_due(struct ff_checkpointing *checkpoints);

/* Completes the checkpoint of the packet with this number. Called by the collector. Errors: FF_ERROR_IO,
 * FF_ERROR_MEMORY; the earlier checkpoint is then unchanged. */
FF_NODISCARD ff_status ff_checkpointing_commit(struct ff_checkpointing *checkpoints, uint64_t number,
                                               const struct ff_training_state *state, struct ff_run_folder *folder,
                                               struct ff_error *error);

/* When training has ended or failed: removes an incomplete checkpoint. A zero struct is fine. */
void ff_checkpointing_end(struct ff_checkpointing *checkpoints);

/* When result.json is written: removes the checkpoint of a finished run. Returns whether there still is one. */
bool ff_checkpointing_leave(const struct ff_checkpointing *checkpoints, bool finished);

#endif

/* The checkpoints that a run writes into its folder, one in the place of the other. */
#ifndef ENGINE_RUN_CHECKPOINTING_H
#define ENGINE_RUN_CHECKPOINTING_H

#include "run/folder.h"
#include "run/record.h"

#define FF_CHECKPOINT_FILE "checkpoint.bin"

struct ff_checkpointing {
	struct ff_checkpoint_writer writer;
	const struct ff_dataset *dataset; /* borrowed */
	struct ff_record record;
	double interval; /* seconds; 0: none */
	double last;     /* when the last was begun; the source's */
	double started;  /* the run, less what its earlier processes took */
};

/* For a run of `experiment` that is about to train in this folder, and that began `seconds` ago, but for its pauses.
 * `data` is of the dataset, whose pixels are there until the first commit unless it is complete. Errors: FF_ERROR_IO,
 * FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_checkpointing_begin(struct ff_checkpointing *checkpoints,
                                              const struct ff_experiment *experiment, struct ff_net *net,
                                              const struct ff_dataset *dataset, const struct ff_fingerprint *data,
                                              const struct ff_run_folder *folder, double seconds,
                                              struct ff_error *error);

/* Whether a run of this experiment writes any. */
bool ff_checkpointing_wanted(const struct ff_experiment *experiment);

/* Whether the time for one has come. By the source. */
bool ff_checkpointing_due(struct ff_checkpointing *checkpoints);

/* Completes the one under way, of the packet of this number. By the collector. Errors: FF_ERROR_IO, FF_ERROR_MEMORY:
 * the one before is as it was. */
FF_NODISCARD ff_status ff_checkpointing_commit(struct ff_checkpointing *checkpoints, uint64_t number,
                                               const struct ff_training_state *state, struct ff_run_folder *folder,
                                               struct ff_error *error);

/* When training has ended, in whatever way: removes what was under way. Fine on a zero struct. */
void ff_checkpointing_end(struct ff_checkpointing *checkpoints);

/* When the run's result is written: removes the last checkpoint of a run that has finished; whether one is left. */
bool ff_checkpointing_leave(const struct ff_checkpointing *checkpoints, bool finished);

#endif

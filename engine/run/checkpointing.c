#include "run/checkpointing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const double INTERVAL = 300; /* seconds; for execution.checkpoint: auto */

ff_status ff_checkpointing_begin(struct ff_checkpointing *checkpoints, const struct ff_experiment *experiment,
                                 struct ff_net *net, const struct ff_dataset *dataset,
                                 const struct ff_fingerprint *data, const struct ff_run_folder *folder, double seconds,
                                 struct ff_error *error)
{
	char path[FF_MAX_PATH];
	double interval = experiment->execution.checkpoint, now = ff_clock();
	*checkpoints = (struct ff_checkpointing){
	    .dataset = dataset,
	    .record = {.data = *data},
	    .interval = interval == FF_CHECKPOINT_AUTO ? INTERVAL : interval,
	    .last = now,
	    .started = now - seconds,
	};
	FF_TRY(ff_settings_hash_of(experiment, checkpoints->record.experiment, error));
	FF_TRY(ff_run_folder_file(folder, FF_CHECKPOINT_FILE, path, error));
	FF_TRY(ff_checkpoint_init(&checkpoints->writer, net, path, error));
	unlink(checkpoints->writer.temporary); /* left by a process that was killed */
	return FF_OK;
}

bool ff_checkpointing_wanted(const struct ff_experiment *experiment)
{
	return experiment->execution.checkpoint != 0;
}

bool ff_checkpointing_due(struct ff_checkpointing *checkpoints)
{
	double now = ff_clock();
	if (checkpoints->interval == 0 || now - checkpoints->last < checkpoints->interval ||
	    !ff_checkpoint_is_idle(&checkpoints->writer)) /* it is not if the disk is too slow */
		return false;
	checkpoints->last = now;
	return true;
}

ff_status ff_checkpointing_commit(struct ff_checkpointing *checkpoints, uint64_t number,
                                  const struct ff_training_state *state, struct ff_run_folder *folder,
                                  struct ff_error *error)
{
	struct ff_record *record = &checkpoints->record;
	ff_fingerprint_complete(&record->data, checkpoints->dataset);
	record->training = *state;
	record->seconds = ff_clock() - checkpoints->started;
	ff_status status = ff_run_folder_sync(folder, &record->metrics_bytes, error);
	char *text = status == FF_OK ? ff_record_format(record) : NULL;
	if (!text) {
		ff_checkpoint_abandon(&checkpoints->writer);
		return status != FF_OK ? status
		                       : ff_fail(error, FF_ERROR_MEMORY, "no memory for the record of the checkpoint");
	}
	status = ff_checkpoint_commit(&checkpoints->writer, number, text, strlen(text), error);
	free(text);
	return status;
}

void ff_checkpointing_end(struct ff_checkpointing *checkpoints)
{
	ff_checkpoint_abandon(&checkpoints->writer);
}

bool ff_checkpointing_leave(const struct ff_checkpointing *checkpoints, bool finished)
{
	if (finished)
		unlink(checkpoints->writer.path);
	return access(checkpoints->writer.path, F_OK) == 0;
}

#include "run/resume.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "run/folder_resume.h"
#include "run/origin.h"

static bool exists(const struct ff_run_folder *folder, const char *name)
{
	char path[FF_MAX_PATH];
	struct stat st;
	return ff_run_folder_file(folder, name, path, NULL) == FF_OK && stat(path, &st) == 0;
}

static bool is_finished(const struct ff_run_folder *folder)
{
	char path[FF_MAX_PATH];
	if (ff_run_folder_file(folder, "result.json", path, NULL) != FF_OK)
		return false;
	json_t *root = json_load_file(path, 0, NULL);
	const char *status = json_string_value(json_object_get(root, "status"));
	bool finished = status && strcmp(status, "finished") == 0;
	json_decref(root);
	return finished;
}

/* The checks of an open folder. */
static ff_status check_folder(const struct ff_run_folder *folder, struct ff_error *error)
{
	if (is_finished(folder))
		return ff_fail_at(error, FF_ERROR_USAGE, folder->path, NULL,
		                  "the run has finished, so there is nothing to resume");
	if (exists(folder, FF_CHECKPOINT_FILE))
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, folder->path,
	                  "start the run again; execution.checkpoint says how often a checkpoint is written",
	                  "there is no checkpoint to resume from (" FF_CHECKPOINT_FILE ")");
}

ff_status ff_resume_possible(const char *path, struct ff_error *error)
{
	struct ff_run_folder folder;
	ff_status status = ff_run_folder_reopen(path, &folder, error);
	if (status == FF_OK)
		status = check_folder(&folder, error);
	(void)!ff_run_folder_close(&folder, NULL);
	return status;
}

static ff_status check_experiment(const struct ff_resume *resume, const struct ff_experiment *experiment,
                                  struct ff_error *error)
{
	char hash[FF_SETTINGS_HASH];
	FF_TRY(ff_settings_hash_of(experiment, hash, error));
	if (strcmp(hash, resume->record.experiment) == 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, resume->checkpoint.path,
	                  "resume with the run's own resolved.yaml; only `execution` may change",
	                  "the checkpoint is of another experiment");
}

static ff_status check_metrics(const struct ff_resume *resume, const struct ff_run_folder *folder,
                               struct ff_error *error)
{
	struct stat st;
	if (fstat(fileno(folder->metrics), &st) == 0 && st.st_size >= resume->record.metrics_bytes)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_DATA, folder->path, "start the run again",
	                  "metrics.jsonl is shorter than at the checkpoint: %" PRId64 " bytes, not %" PRId64,
	                  (int64_t)st.st_size, resume->record.metrics_bytes);
}

ff_status ff_resume_open(const char *path, const struct ff_experiment *experiment, struct ff_run_folder *folder,
                         struct ff_resume *resume, struct ff_error *error)
{
	char file[FF_MAX_PATH];
	resume->checkpoint.fd = -1;
	FF_TRY(ff_run_folder_reopen(path, folder, error));
	FF_TRY(check_folder(folder, error));
	FF_TRY(ff_run_folder_file(folder, FF_CHECKPOINT_FILE, file, error));
	FF_TRY(ff_checkpoint_open(file, &resume->checkpoint, error));
	FF_TRY(ff_record_read(resume->checkpoint.record, file, &resume->record, error));
	FF_TRY(check_experiment(resume, experiment, error));
	return check_metrics(resume, folder, error);
}

ff_status ff_resume_check(const struct ff_resume *resume, struct ff_net *net, const struct ff_fingerprint *data,
                          struct ff_error *error)
{
	static const char HINT[] = "resume with the data that the run started with";
	const struct ff_fingerprint *then = &resume->record.data;
	const char *path = resume->checkpoint.path;
	if (memcmp(data->images, then->images, sizeof then->images) != 0)
		return ff_fail_at(error, FF_ERROR_DATA, path, HINT,
		                  "the dataset has other numbers of images than at the checkpoint");
	if (memcmp(data->sums, then->sums, sizeof then->sums) != 0)
		return ff_fail_at(error, FF_ERROR_DATA, path, HINT,
		                  "the dataset's images are not those that the run started with");
	if (!ff_checkpoint_fits(&resume->checkpoint, net))
		return ff_fail_at(error, FF_ERROR_DATA, path, "start the run again",
		                  "the checkpoint is of a net of another shape");
	return FF_OK;
}

ff_status ff_resume_begin(const struct ff_resume *resume, double elapsed, struct ff_run_folder *folder,
                          struct ff_error *error)
{
	FF_TRY(ff_run_folder_rewind(folder, resume->record.metrics_bytes, error));
	return ff_origin_resume(folder->path, elapsed, resume->record.seconds, error);
}

void ff_resume_close(struct ff_resume *resume)
{
	ff_checkpoint_close(&resume->checkpoint);
}

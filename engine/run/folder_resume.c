#include "run/folder_resume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens metrics.jsonl, which exists from a run's beginning and is never replaced, so its lock is the folder's. */
static ff_status open_metrics(struct ff_run_folder *folder, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, "metrics.jsonl", path, error));
	folder->metrics = fopen(path, "r+e");
	if (folder->metrics)
		return FF_OK;
	if (errno == ENOENT)
		return ff_fail_at(error, FF_ERROR_USAGE, folder->path, "name the folder of a run",
		                  "it is not the folder of a run: it has no metrics.jsonl");
	return ff_run_folder_fail(folder, path, "cannot open it to resume", error);
}

ff_status ff_run_folder_reopen(const char *path, struct ff_run_folder *folder, struct ff_error *error)
{
	struct stat st;
	*folder = (struct ff_run_folder){.resumed = true};
	if (snprintf(folder->path, sizeof folder->path, "%s", path) >= (int)sizeof folder->path)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "the path is too long");
	if (stat(path, &st) != 0)
		return ff_fail_at(error, FF_ERROR_IO, path, "is the path right?", "cannot open the run's folder: %s",
		                  strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return ff_fail_at(error, FF_ERROR_USAGE, path, "name the folder of a run", "it is not a folder");
	FF_TRY(open_metrics(folder, error));
	if (access(path, W_OK | X_OK) != 0)
		return ff_run_folder_fail(folder, path, "cannot resume in the run's folder", error);
	return ff_run_folder_lock(folder, error);
}

ff_status ff_run_folder_hold(const char *path, struct ff_run_folder *folder, struct ff_error *error)
{
	char file[FF_MAX_PATH];
	*folder = (struct ff_run_folder){0};
	snprintf(folder->path, sizeof folder->path, "%s", path);
	FF_TRY(ff_run_folder_file(folder, "metrics.jsonl", file, error));
	folder->metrics = fopen(file, "re");
	return folder->metrics ? ff_run_folder_lock(folder, error) : FF_OK; /* no run starts or resumes without it */
}

ff_status ff_run_folder_rewind(struct ff_run_folder *folder, int64_t metrics_bytes, struct ff_error *error)
{
	static const char *const OUTCOME[] = {"result.json",
	                                      "model.safetensors"}; /* that an interrupted run has written */
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, "metrics.jsonl", path, error));
	if (ftruncate(fileno(folder->metrics), (off_t)metrics_bytes) != 0 ||
	    fseeko(folder->metrics, (off_t)metrics_bytes, SEEK_SET) != 0)
		return ff_run_folder_fail(folder, path, "cannot truncate it to the checkpoint", error);
	for (size_t i = 0; i < sizeof OUTCOME / sizeof *OUTCOME; i++) {
		FF_TRY(ff_run_folder_file(folder, OUTCOME[i], path, error));
		if (unlink(path) != 0 && errno != ENOENT)
			return ff_run_folder_fail(folder, path, "cannot remove it", error);
	}
	FF_TRY(ff_run_folder_file(folder, "log.txt", path, error));
	folder->log = fopen(path, "ae"); /* a run does not fail because of its log */
	return FF_OK;
}

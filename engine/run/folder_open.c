#include "run/folder_open.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "ffengine/version.h"
#include "run/machine_type.h"

enum { MAX_SAME_SECOND = 1000 }; /* runs of one name that may begin in one second */

static ff_status set_path(struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	if (snprintf(folder->path, sizeof folder->path, "%s", path) < (int)sizeof folder->path)
		return FF_OK;
	errno = ENAMETOOLONG;
	return ff_run_folder_fail(folder, path, "cannot create the run's folder", error);
}

static ff_status check_empty(const struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	DIR *stream = opendir(path);
	if (!stream)
		return ff_run_folder_fail(folder, path, "cannot use it as the run's folder", error);
	bool empty = true;
	for (struct dirent *entry = readdir(stream); entry && empty; entry = readdir(stream))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(stream);
	if (empty)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, path, "name a new or an empty folder with --out",
	                  "the run's folder exists and is not empty");
}

/* Creates all but the last component, so that we alone create the last one or fail. */
static ff_status create_parent(const struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	char copy[FF_MAX_PATH];
	snprintf(copy, sizeof copy, "%s", path);
	return ff_run_folder_add_hint(folder, ff_folder_create(dirname(copy), error), error);
}

/* Creates `requested` (*made) or uses it if it is empty. */
static ff_status create_requested(const char *requested, struct ff_run_folder *folder, bool *made,
                                  struct ff_error *error)
{
	FF_TRY(set_path(folder, requested, error));
	FF_TRY(create_parent(folder, requested, error));
	*made = mkdir(requested, 0777) == 0;
	if (*made)
		return FF_OK;
	return errno == EEXIST ? check_empty(folder, requested, error)
	                       : ff_run_folder_fail(folder, requested, "cannot create folder", error);
}

/* Creates runs/NAME-TIME, or -2, -3... of it. mkdir decides between runs that begin in the same second. */
static ff_status create_dated(const char *name, struct ff_run_folder *folder, struct ff_error *error)
{
	char plain[FF_MAX_NAME], stamp[32], suffix[16] = "";
	time_t now = time(NULL);
	struct tm local;
	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
	snprintf(plain, sizeof plain, "%s", name);
	for (char *p = plain; *p; p++)
		if (*p == '/')
			*p = '_';
	if (mkdir("runs", 0777) != 0 && errno != EEXIST)
		return ff_run_folder_fail(folder, "runs", "cannot create folder", error);
	for (int i = 2; i <= MAX_SAME_SECOND; i++) {
		snprintf(folder->path, sizeof folder->path, "runs/%s-%s%s", plain, stamp, suffix);
		if (mkdir(folder->path, 0777) == 0)
			return FF_OK;
		if (errno != EEXIST)
			break;
		snprintf(suffix, sizeof suffix, "-%d", i);
	}
	return ff_run_folder_fail(folder, folder->path, "cannot create folder", error);
}

static ff_status open_growing(const struct ff_run_folder *folder, const char *name, FILE **stream,
                              struct ff_error *error)
{
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, name, path, error));
	*stream = fopen(path, "wxe");
	return *stream ? FF_OK : ff_run_folder_fail(folder, path, "cannot create", error);
}

/* Removes what was created of a folder that could not be opened. */
static void undo(struct ff_run_folder *folder, bool made)
{
	static const char *const NAMES[] = {"resolved.yaml", "metrics.jsonl", "log.txt"};
	char path[FF_MAX_PATH];
	(void)!ff_run_folder_close(folder, NULL);
	for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
		if (ff_run_folder_file(folder, NAMES[i], path, NULL) == FF_OK)
			unlink(path);
	if (made)
		rmdir(folder->path);
}

/* Logs the version and the machine type, so that two logs can be told apart. */
static void log_begin(struct ff_run_folder *folder, const struct ff_experiment *experiment)
{
	struct ff_machine machine;
	ff_machine_describe(&machine);
	ff_run_folder_log(folder, "ffengine %s, experiment %s, seed %" PRIu64, ff_version(), experiment->name,
	                  experiment->seed);
	ff_run_folder_log(folder, "%s, %s, %s, %s", machine.cpu, machine.matrices, machine.libc, machine.compiler);
}

ff_status ff_run_folder_open(const char *requested, const struct ff_experiment *experiment,
                             struct ff_run_folder *folder, struct ff_error *error)
{
	bool made = true;
	*folder = (struct ff_run_folder){0};
	if (requested)
		FF_TRY(create_requested(requested, folder, &made, error));
	else
		FF_TRY(create_dated(experiment->name, folder, error));
	ff_status status = open_growing(folder, "metrics.jsonl", &folder->metrics, error);
	bool taken = status != FF_OK && errno == EEXIST; /* it was empty a moment ago, so this file is not ours */
	if (status == FF_OK)
		status = ff_run_folder_lock(folder, error);
	if (status == FF_OK)
		status = open_growing(folder, "log.txt", &folder->log, error);
	if (status == FF_OK)
		status = ff_run_folder_resolved(folder, experiment, error);
	if (status == FF_OK)
		log_begin(folder, experiment);
	else if (taken)
		return ff_fail_at(error, FF_ERROR_USAGE, folder->path, "name a separate folder",
		                  "another run has just started in this folder");
	else
		undo(folder, made);
	return status;
}

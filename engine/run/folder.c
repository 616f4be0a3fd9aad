#include "run/folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "run/machine_type.h"
#include "run/result.h"

#include "ffengine/version.h"

enum { MAX_SAME_SECOND = 1000 }; /* runs of one name that may begin in one second */

static const char OTHER_FOLDER[] = "write to another folder with --out";

/* A run that goes on does so in its own folder. */
static ff_status io_error(const struct ff_run_folder *folder, struct ff_error *error, const char *path,
                          const char *what)
{
	const char *hint = folder->resumed ? NULL : OTHER_FOLDER;
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		hint = folder->resumed ? "free some space" : "free some space or write to another folder with --out";
	return ff_fail_at(error, FF_ERROR_IO, path, hint, "%s: %s", what, strerror(errno));
}

/* The same hint for a failure that has none. */
static ff_status point_elsewhere(const struct ff_run_folder *folder, ff_status status, struct ff_error *error)
{
	if (status != FF_OK && !folder->resumed && error && !*error->hint)
		snprintf(error->hint, sizeof error->hint, "%s", OTHER_FOLDER);
	return status;
}

ff_status ff_run_folder_file(const struct ff_run_folder *folder, const char *name, char path[FF_MAX_PATH],
                             struct ff_error *error)
{
	if (snprintf(path, FF_MAX_PATH, "%s/%s", folder->path, name) < FF_MAX_PATH)
		return FF_OK;
	errno = ENAMETOOLONG;
	return io_error(folder, error, folder->path, "cannot create a file");
}

static ff_status set_path(struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	if (snprintf(folder->path, sizeof folder->path, "%s", path) < (int)sizeof folder->path)
		return FF_OK;
	errno = ENAMETOOLONG;
	return io_error(folder, error, path, "cannot create the run's folder");
}

static ff_status check_empty(const struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	DIR *stream = opendir(path);
	if (!stream)
		return io_error(folder, error, path, "cannot use it as the run's folder");
	bool empty = true;
	for (struct dirent *entry = readdir(stream); entry && empty; entry = readdir(stream))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(stream);
	if (empty)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, path, "name a new or an empty folder with --out",
	                  "the run's folder exists and is not empty");
}

/* mkdir -p of all but the last component, so that the last one can be made by us or not at all. */
static ff_status create_parent(const struct ff_run_folder *folder, const char *path, struct ff_error *error)
{
	char copy[FF_MAX_PATH];
	snprintf(copy, sizeof copy, "%s", path);
	return point_elsewhere(folder, ff_folder_create(dirname(copy), error), error);
}

/* Makes or adopts `requested`; *made says which. */
static ff_status create_requested(const char *requested, struct ff_run_folder *folder, bool *made,
                                  struct ff_error *error)
{
	FF_TRY(set_path(folder, requested, error));
	FF_TRY(create_parent(folder, requested, error));
	*made = mkdir(requested, 0777) == 0;
	if (*made)
		return FF_OK;
	return errno == EEXIST ? check_empty(folder, requested, error)
	                       : io_error(folder, error, requested, "cannot create folder");
}

/* Makes runs/NAME-TIME, or -2, -3... of it; mkdir decides between runs that begin in the same second. */
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
		return io_error(folder, error, "runs", "cannot create folder");
	for (int i = 2; i <= MAX_SAME_SECOND; i++) {
		snprintf(folder->path, sizeof folder->path, "runs/%s-%s%s", plain, stamp, suffix);
		if (mkdir(folder->path, 0777) == 0)
			return FF_OK;
		if (errno != EEXIST)
			break;
		snprintf(suffix, sizeof suffix, "-%d", i);
	}
	return io_error(folder, error, folder->path, "cannot create folder");
}

ff_status ff_run_folder_resolved(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                                 struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct ff_file_writer writer;
	FF_TRY(ff_run_folder_file(folder, "resolved.yaml", path, error));
	FF_TRY(ff_file_create(&writer, path, error));
	ff_status status = ff_experiment_print(experiment, writer.stream, error);
	if (status == FF_OK || status == FF_ERROR_IO) /* what cannot be written is said with path and reason */
		return point_elsewhere(folder, ff_file_commit(&writer, error), error);
	ff_file_abandon(&writer);
	return status;
}

static ff_status open_growing(const struct ff_run_folder *folder, const char *name, FILE **stream,
                              struct ff_error *error)
{
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, name, path, error));
	*stream = fopen(path, "wxe");
	return *stream ? FF_OK : io_error(folder, error, path, "cannot create");
}

/* Leaves no trace of a folder that could not be opened. */
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

/* The machine type, so that two logs can be told apart. */
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
	bool taken = status != FF_OK && errno == EEXIST; /* it was empty when we looked: what is in it is not ours */
	if (status == FF_OK)
		status = ff_run_folder_lock(folder, error);
	if (status == FF_OK)
		status = open_growing(folder, "log.txt", &folder->log, error);
	if (status == FF_OK)
		status = ff_run_folder_resolved(folder, experiment, error);
	if (status == FF_OK)
		log_begin(folder, experiment);
	else if (taken)
		return ff_fail_at(error, FF_ERROR_USAGE, folder->path, "name a folder of its own",
		                  "another run has begun to use the run's folder");
	else
		undo(folder, made);
	return status;
}

ff_status ff_run_folder_epoch(struct ff_run_folder *folder, const struct ff_epoch_metrics *metrics,
                              struct ff_error *error)
{
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, "metrics.jsonl", path, error));
	char *line = ff_metrics_format(metrics);
	if (!line)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a line of %s", path);
	off_t whole = ftello(folder->metrics);
	errno = 0;
	bool failed = fputs(line, folder->metrics) == EOF || fflush(folder->metrics) != 0;
	int why = errno;
	free(line);
	if (!failed)
		return FF_OK;
	(void)!ftruncate(fileno(folder->metrics), whole); /* the lines before stay, no half one after them */
	errno = why;
	return io_error(folder, error, path, "cannot write");
}

void ff_run_folder_log(struct ff_run_folder *folder, const char *format, ...)
{
	char stamp[40];
	time_t now = time(NULL);
	struct tm local;
	if (!folder->log)
		return;
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
	fprintf(folder->log, "%s ", stamp);
	va_list args;
	va_start(args, format);
	vfprintf(folder->log, format, args);
	va_end(args);
	fputc('\n', folder->log);
	fflush(folder->log);
}

ff_status ff_run_folder_model(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                              const struct ff_tensor *tensors, size_t n_tensors, struct ff_error *error)
{
	char path[FF_MAX_PATH], seed[24];
	FF_TRY(ff_run_folder_file(folder, "model.safetensors", path, error));
	snprintf(seed, sizeof seed, "%" PRIu64, experiment->seed);
	const char *const metadata[] = {"format",           "pt",        "name", experiment->name, "seed", seed,
	                                "ffengine_version", ff_version()};
	return ff_safetensors_write(path, tensors, n_tensors, metadata, sizeof metadata / sizeof *metadata / 2, error);
}

ff_status ff_run_folder_result(const struct ff_run_folder *folder, const struct ff_result *result,
                               const struct ff_error *failure, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	FF_TRY(ff_run_folder_file(folder, "result.json", path, error));
	char *text = ff_result_format(result, failure);
	if (!text)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %s", path);
	ff_status status = ff_file_write(path, text, strlen(text), error);
	free(text);
	return status;
}

static ff_status close_growing(const struct ff_run_folder *folder, const char *name, FILE **stream,
                               struct ff_error *error)
{
	if (!*stream)
		return FF_OK;
	bool failed = ferror(*stream) != 0;
	errno = 0;
	failed = fclose(*stream) != 0 || failed;
	*stream = NULL;
	if (!failed)
		return FF_OK;
	char path[FF_MAX_PATH];
	errno = errno ? errno : EIO;
	int saved = errno;
	FF_TRY(ff_run_folder_file(folder, name, path, error));
	errno = saved;
	return io_error(folder, error, path, "cannot write");
}

ff_status ff_run_folder_close(struct ff_run_folder *folder, struct ff_error *error)
{
	ff_status metrics = close_growing(folder, "metrics.jsonl", &folder->metrics, error);
	(void)!close_growing(folder, "log.txt", &folder->log, NULL);
	return metrics;
}

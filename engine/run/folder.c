#include "run/folder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "run/result.h"

static const char OTHER_FOLDER[] = "write to another folder with --out";

ff_status ff_run_folder_fail(const struct ff_run_folder *folder, const char *path, const char *what,
                             struct ff_error *error)
{
	const char *hint = folder->resumed ? NULL : OTHER_FOLDER; /* a resumed run stays in its own folder */
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		hint = folder->resumed ? "free some space" : "free some space or write to another folder with --out";
	return ff_fail_at(error, FF_ERROR_IO, path, hint, "%s: %s", what, strerror(errno));
}

ff_status ff_run_folder_add_hint(const struct ff_run_folder *folder, ff_status status, struct ff_error *error)
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
	return ff_run_folder_fail(folder, folder->path, "cannot create a file", error);
}

ff_status ff_run_folder_resolved(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                                 struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct ff_file_writer writer;
	FF_TRY(ff_run_folder_file(folder, "resolved.yaml", path, error));
	FF_TRY(ff_file_create(&writer, path, error));
	ff_status status = ff_experiment_print(experiment, writer.stream, error);
	if (status == FF_OK || status == FF_ERROR_IO) /* commit reports an I/O error with path and reason */
		return ff_run_folder_add_hint(folder, ff_file_commit(&writer, error), error);
	ff_file_abandon(&writer);
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
	(void)!ftruncate(fileno(folder->metrics),
	                 whole); /* keeps the earlier lines, without an incomplete one behind them */
	errno = why;
	return ff_run_folder_fail(folder, path, "cannot write", error);
}

ff_status ff_run_folder_lock(const struct ff_run_folder *folder, struct ff_error *error)
{
	enum { TRIES = 10 }; /* half a second, as a process that was just killed still holds it */
	for (int i = 0; i < TRIES; i++) {
		if (flock(fileno(folder->metrics), LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR))
			return FF_OK; /* or the file system has no such locks */
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	return ff_fail_at(error, FF_ERROR_USAGE, folder->path, "wait for it, or end it first",
	                  "another process is working on this run");
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

ff_status ff_run_folder_sync(struct ff_run_folder *folder, int64_t *metrics_bytes, struct ff_error *error)
{
	off_t bytes = ftello(folder->metrics);
	*metrics_bytes = (int64_t)bytes;
	if (bytes >= 0 && fsync(fileno(folder->metrics)) == 0)
		return FF_OK;
	return ff_run_folder_fail(folder, folder->path, "cannot flush metrics.jsonl to the disk", error);
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
	return ff_run_folder_fail(folder, path, "cannot write", error);
}

ff_status ff_run_folder_close(struct ff_run_folder *folder, struct ff_error *error)
{
	ff_status metrics = close_growing(folder, "metrics.jsonl", &folder->metrics, error);
	(void)!close_growing(folder, "log.txt", &folder->log, NULL);
	return metrics;
}

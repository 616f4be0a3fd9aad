#define _GNU_SOURCE
#include "sweep/sweep_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/file.h"

/* Accepts an empty folder or a sweep's, which has the file `sweep.lock` from the start. */
static ff_status check_folder(const struct ff_sweep_run *run, struct ff_error *error)
{
	char lock[FF_MAX_PATH];
	const char *path = run->options->folder;
	bool empty = true;
	DIR *stream = opendir(path);
	if (!stream)
		return ff_fail_at(error, FF_ERROR_IO, path, "name another folder with --out",
		                  "cannot use it as the sweep's folder: %s", strerror(errno));
	for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream))
		empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(stream);
	if (empty || (ff_sweep_path(run->options, "", "sweep.lock", "", lock) && access(lock, F_OK) == 0))
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, path, "name another folder with --out",
	                  "the folder is not empty, and not the folder of a sweep");
}

static ff_status open_lock(const struct ff_sweep_run *run, const char *name, int flags, int *fd, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	if (!ff_sweep_path(run->options, "", name, "", path))
		return ff_fail_at(error, FF_ERROR_IO, run->options->folder, NULL, "the path is too long");
	*fd = open(path, O_RDWR | O_CREAT | flags, 0666);
	if (*fd < 0)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "cannot create: %s", strerror(errno));
	return FF_OK;
}

static ff_status cannot_lock(const struct ff_sweep_run *run, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_IO, run->options->folder,
	                  "name a folder on a file system that has locks, with --out", "cannot lock it: %s",
	                  strerror(errno));
}

enum { BRIEF = 10 }; /* pauses: half a second */

static void nap(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

/* Locks bytes of SWEEP/running. Waits for a process that was killed, which must have ended before its folder is
 * touched. */
static ff_status lock_points(const struct ff_sweep_run *run, int64_t start, int64_t n, const char *in_use,
                             struct ff_error *error)
{
	enum { PATIENCE = 200 }; /* ten seconds */
	struct flock bytes = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = n};
	for (int i = 0; i < PATIENCE; i++) {
		if (fcntl(run->locks[1], F_OFD_SETLK, &bytes) == 0)
			return FF_OK;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return cannot_lock(run, error);
		nap();
	}
	return ff_fail_at(error, FF_ERROR_USAGE, run->options->folder, "wait for it, or name another folder with --out",
	                  "%s", in_use);
}

/* Creates the folder and locks SWEEP/sweep.lock. `flags`: of the lock's descriptor. */
static ff_status make_folder(struct ff_sweep_run *run, int operation, int flags, const char *in_use,
                             struct ff_error *error)
{
	static const char *const FOLDERS[] = {"points", "logs"};
	char path[FF_MAX_PATH];
	FF_TRY(ff_folder_create(run->options->folder, error));
	FF_TRY(check_folder(run, error));
	FF_TRY(open_lock(run, "sweep.lock", flags, &run->locks[0], error));
	int failed = flock(run->locks[0], operation | LOCK_NB);
	for (int i = 0; failed && i < BRIEF; i++) { /* a process that was just killed still holds it */
		nap();
		failed = flock(run->locks[0], operation | LOCK_NB);
	}
	if (failed) {
		if (errno != EWOULDBLOCK)
			return cannot_lock(run, error);
		return ff_fail_at(error, FF_ERROR_USAGE, run->options->folder,
		                  "wait for it, or name another folder with --out", "%s", in_use);
	}
	for (int i = 0; i < 2; i++) {
		if (!ff_sweep_path(run->options, FOLDERS[i], "", "", path))
			return ff_fail_at(error, FF_ERROR_IO, run->options->folder, NULL, "the path is too long");
		FF_TRY(ff_folder_create(path, error));
	}
	return FF_OK;
}

ff_status ff_sweep_folder_open(struct ff_sweep_run *run, struct ff_error *error)
{
	static const char IN_USE[] = "another sweep, or a job of one, is using this folder";
	FF_TRY(make_folder(run, LOCK_EX, O_CLOEXEC, IN_USE, error));
	FF_TRY(open_lock(run, "running", 0, &run->locks[1], error)); /* points inherit this descriptor */
	return lock_points(run, 0, 0, IN_USE, error);
}

ff_status ff_sweep_folder_join(struct ff_sweep_run *run, int point, struct ff_error *error)
{
	int64_t byte = (int64_t)(run->sweep->points[point].hash & INT64_MAX);
	FF_TRY(make_folder(run, LOCK_SH, 0, "a sweep is using this folder", error));
	FF_TRY(open_lock(run, "running", 0, &run->locks[1], error));
	return lock_points(run, byte, 1, "another job is running this point", error);
}

int ff_sweep_others(const struct ff_sweep_run *run)
{
	char path[FF_MAX_PATH];
	int n = 0;
	DIR *stream = ff_sweep_path(run->options, "points", "", "", path) ? opendir(path) : NULL;
	if (!stream)
		return 0;
	for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
		struct stat status;
		bool ours = entry->d_name[0] == '.' || fstatat(dirfd(stream), entry->d_name, &status, 0) != 0 ||
		            !S_ISDIR(status.st_mode);
		for (int p = 0; p < run->sweep->n_points && !ours; p++)
			ours = strcmp(run->sweep->points[p].name, entry->d_name) == 0;
		n += !ours;
	}
	closedir(stream);
	return n;
}

static double real_of(const json_t *root, const char *key)
{
	const json_t *value = json_object_get(root, key);
	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* Takes the message of a failed run from its result. */
static void take_failure(const json_t *root, struct ff_point_result *result)
{
	const json_t *error = json_object_get(root, "error");
	const char *what = json_string_value(json_object_get(error, "what"));
	const char *where = json_string_value(json_object_get(error, "where"));
	if (what)
		snprintf(result->message, sizeof result->message, "%s%s%s", where ? where : "",
		         where && *where ? ": " : "", what);
}

bool ff_sweep_read_result(const struct ff_sweep_run *run, int point)
{
	char path[FF_MAX_PATH];
	struct ff_point_result *result = &run->results[point];
	if (!ff_sweep_path(run->options, "points", run->sweep->points[point].name, "/result.json", path))
		return false;
	json_t *root = json_load_file(path, 0, NULL);
	const char *status = json_string_value(json_object_get(root, "status"));
	bool done = status && strcmp(status, "finished") == 0;
	if (done) {
		result->test_error = real_of(root, "test_error");
		result->validation_error = real_of(root, "validation_error");
		result->train_error = real_of(root, "train_error");
		result->samples_per_second = real_of(root, "samples_per_second");
		result->seconds = real_of(root, "total_seconds");
	} else if (root) {
		take_failure(root, result);
	}
	json_decref(root);
	return done;
}

/* A point's folder before its run: what an attempt that did not finish has left. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/folder.h"
#include "run/sweep.h"

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static ff_status remove_all(const char *path, struct ff_error *error)
{
	if (nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_IO, path, "remove it by hand", "cannot remove what a point left: %s",
	                  strerror(errno));
}

ff_status ff_sweep_clear(const struct ff_sweep_run *run, int point, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct stat status;
	struct ff_run_folder folder;
	if (!ff_sweep_path(run->options, "points", run->sweep->points[point].name, "", path))
		return ff_fail_at(error, FF_ERROR_IO, run->options->folder, NULL, "the path is too long");
	if (lstat(path, &status) != 0 && errno == ENOENT)
		return FF_OK;
	/* `run --resume` may be at work in it, by which no lock of the sweep's is held */
	ff_status held = ff_run_folder_hold(path, &folder, error);
	if (held == FF_OK)
		held = remove_all(path, error);
	(void)!ff_run_folder_close(&folder, NULL);
	return held;
}

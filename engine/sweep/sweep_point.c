#define _GNU_SOURCE
#include "sweep/sweep_point.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/folder_resume.h"
#include "run/resume.h"

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
	return ff_fail_at(error, FF_ERROR_IO, path, "remove it by hand", "cannot remove the folder of a point: %s",
	                  strerror(errno));
}

/* Whether the run in this folder can be resumed. Its resolved.yaml, which the run will read, is then replaced by the
 * point's, because the checkpoint also fits an experiment with other execution settings. */
static bool goes_on(const char *path, const struct ff_experiment *experiment)
{
	struct ff_resume resume = {.checkpoint = {.fd = -1}};
	struct ff_run_folder folder = {0};
	bool fits = ff_resume_open(path, experiment, &folder, &resume, NULL) == FF_OK &&
	            ff_run_folder_resolved(&folder, experiment, NULL) == FF_OK;
	ff_resume_close(&resume);
	(void)!ff_run_folder_close(&folder, NULL);
	return fits;
}

ff_status ff_sweep_make_ready(const struct ff_sweep_run *run, int point, bool *resume, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	const struct ff_sweep_point *p = &run->sweep->points[point];
	*resume = ff_sweep_path(run->options, "points", p->name, "", path) && goes_on(path, &p->experiment);
	return *resume ? FF_OK : ff_sweep_clear(run, point, error);
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
	/* a user's `run --resume`, which holds none of the sweep's locks, may use it */
	ff_status held = ff_run_folder_hold(path, &folder, error);
	if (held == FF_OK)
		held = remove_all(path, error);
	(void)!ff_run_folder_close(&folder, NULL);
	return held;
}

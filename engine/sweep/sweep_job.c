#include "sweep/sweep_job.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sweep/sweep_command.h"
#include "sweep/sweep_folder.h"
#include "sweep/sweep_point.h"

/* Prepares the point's folder and builds its command line. *done: the point has finished before. */
static ff_status prepare(struct ff_sweep_run *run, int point, char ***words, bool *done, struct ff_error *error)
{
	bool resume;
	FF_TRY(ff_sweep_folder_join(run, point, error));
	*done = ff_sweep_read_result(run, point);
	if (*done)
		return FF_OK;
	FF_TRY(ff_sweep_make_ready(run, point, &resume, error));
	*words = (resume ? ff_sweep_resume_command : ff_sweep_command)(run->sweep, run->options, point, 0);
	return *words ? FF_OK : ff_fail(error, FF_ERROR_MEMORY, "no memory for a job");
}

ff_status ff_sweep_job(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point, bool *done,
                       struct ff_error *error)
{
	char program[PATH_MAX];
	struct ff_sweep_run run = {.sweep = sweep, .options = options, .locks = {-1, -1}};
	FF_TRY(ff_sweep_program(program, error));
	run.results = calloc((size_t)sweep->n_points, sizeof *run.results);
	char **words = NULL;
	ff_status status = FF_OK;
	if (!run.results)
		status = ff_fail(error, FF_ERROR_MEMORY, "no memory for a job");
	if (status == FF_OK)
		status = prepare(&run, point, &words, done, error);
	if (status == FF_OK && !*done) {
		execv(program, words); /* which keeps the locks */
		status = ff_fail(error, FF_ERROR_INTERNAL, "cannot start %s: %s", program, strerror(errno));
	}
	ff_sweep_command_free(words);
	ff_sweep_run_fini(&run);
	return status;
}

/* ffengine sweep: runs the points of a sweep, or prints their command lines. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment_file.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/sweep_view.h"
#include "sweep/sweep_command.h"
#include "sweep/sweep_job.h"
#include "sweep/sweep_report.h"
#include "sweep/sweep_run.h"

static ff_status print_jobs(const struct ff_sweep *sweep, const struct ff_sweep_options *options,
                            struct ff_error *error)
{
	for (int p = 0; p < sweep->n_points; p++) {
		char **words = ff_sweep_job_command(sweep, options, p);
		if (!words)
			return ff_fail(error, FF_ERROR_MEMORY, "no memory for a command line");
		for (int i = 0; words[i]; i++)
			if (strchr(words[i], '\n')) { /* a job is a line */
				ff_sweep_command_free(words);
				return ff_fail_at(error, FF_ERROR_USAGE, "--print-jobs", NULL,
				                  "a path or a --set holds a line break, but a job is one line");
			}
		for (int i = 0; words[i]; i++) {
			fputs(i ? " " : "", stdout);
			ff_print_word(stdout, words[i]);
		}
		putchar('\n');
		ff_sweep_command_free(words);
	}
	return FF_OK;
}

/* --point NAME: becomes that point's run, unless it has finished. */
static ff_status run_job(const struct ff_sweep *sweep, const struct ff_sweep_options *options,
                         const struct ff_arguments *arguments, struct ff_error *error)
{
	int point = 0;
	bool done = false;
	if (arguments->json || arguments->print_jobs)
		return ff_fail_at(error, FF_ERROR_USAGE, "sweep", NULL,
		                  "--point runs a single point, without --json and --print-jobs");
	while (point < sweep->n_points && strcmp(sweep->points[point].name, arguments->point) != 0)
		point++;
	if (point == sweep->n_points)
		return ff_fail_at(
		    error, FF_ERROR_USAGE, options->file,
		    "`ffengine check FILE` names the points; print the jobs again if the file has changed",
		    "the sweep has no point '%s'", arguments->point);
	FF_TRY(ff_sweep_job(sweep, options, point, &done, error));
	if (!arguments->quiet)
		fprintf(stderr, "point %s has already finished\n", arguments->point);
	return FF_OK;
}

/* The status of the first point that failed, and a word on all. */
static ff_status judge(const struct ff_sweep_run *run, struct ff_error *error)
{
	int bad = ff_sweep_count(run, FF_POINT_FAILED) + ff_sweep_count(run, FF_POINT_REFUSED);
	for (int p = 0; p < run->sweep->n_points && bad && !run->stopped; p++)
		if (run->results[p].failure != FF_OK)
			return ff_fail_at(error, run->results[p].failure, run->options->folder,
			                  "sweep.json says why; the same command tries them again",
			                  "%d of %d points failed; point %d: %.300s", bad, run->sweep->n_points, p + 1,
			                  run->results[p].message);
	if (run->stopped)
		ff_interrupt_obeyed();
	return FF_OK;
}

static ff_status execute(const struct ff_sweep *sweep, struct ff_sweep_options *options,
                         const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_sweep_view view;
	struct ff_sweep_run run;
	ff_sweep_view_init(&view, arguments->quiet);
	options->user = &view;
	options->event = ff_sweep_view_event;
	options->tick = ff_sweep_view_tick;
	options->stop = ff_interrupt_came;
	ff_interrupt_watch(!arguments->quiet);
	ff_status status = ff_sweep_run(sweep, options, &run, error);
	ff_sweep_view_end(&view);
	if (status == FF_OK && arguments->json) {
		char *text = ff_sweep_format(&run);
		if (text)
			fputs(text, stdout);
		else
			status = ff_fail(error, FF_ERROR_MEMORY, "no memory for the results");
		free(text);
	} else if (status == FF_OK) {
		ff_sweep_print(&run);
	}
	if (status == FF_OK)
		status = judge(&run, error);
	ff_sweep_run_fini(&run);
	return status;
}

/* sweeps/FILE without its folder and ending. */
static void default_folder(const char *file, char folder[FF_MAX_PATH])
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file, *dot = strrchr(name, '.');
	snprintf(folder, FF_MAX_PATH, "sweeps/%.*s", dot && dot > name ? (int)(dot - name) : (int)strlen(name), name);
}

ff_status ff_command_sweep(const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_sweep sweep;
	char folder[FF_MAX_PATH];
	const char *file = arguments->operands.items[0];
	signal(SIGPIPE, SIG_IGN); /* a reader that leaves must not end a sweep: writing fails instead */
	FF_TRY(ff_load_sweep(arguments, &sweep, error));
	if (sweep.n_points == 0)
		return ff_fail_at(error, FF_ERROR_CONFIG, file,
		                  "add one, such as sweep: {grid: {train.batch: [50, 100]}}",
		                  "the experiment has no sweep");
	default_folder(file, folder);
	struct ff_sweep_options options = {.file = file,
	                                   .overrides = arguments->set.items,
	                                   .n_overrides = arguments->set.n,
	                                   .folder = arguments->out ? arguments->out : folder};
	ff_status status = arguments->point        ? run_job(&sweep, &options, arguments, error)
	                   : arguments->print_jobs ? print_jobs(&sweep, &options, error)
	                                           : execute(&sweep, &options, arguments, error);
	ff_sweep_free(&sweep);
	return status;
}

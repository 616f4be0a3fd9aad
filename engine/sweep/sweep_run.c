#include "sweep/sweep_run.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "sweep/sweep_estimate.h"
#include "sweep/sweep_folder.h"
#include "sweep/sweep_picture.h"
#include "sweep/sweep_point.h"
#include "sweep/sweep_process.h"
#include "sweep/sweep_report.h"

static ff_status write_state(struct ff_sweep_run *run, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	char *text = ff_sweep_format(run);
	if (!text || !ff_sweep_path(run->options, "", "sweep.json", "", path)) {
		free(text);
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for sweep.json");
	}
	ff_status status = ff_file_write(path, text, strlen(text), error);
	free(text);
	run->written = ff_clock();
	return status;
}

static void notify(struct ff_sweep_run *run, int point)
{
	if (run->options->event)
		run->options->event(run->options->user, run, point);
}

/* Records that a point cannot run; the other points go on. */
static void give_up(struct ff_point_result *result, enum ff_point_state state, ff_status failure,
                    const struct ff_error *error)
{
	result->state = state;
	result->failure = failure;
	ff_error_format(error, result->message, sizeof result->message);
}

/* Refuses a point that does not fit into memory even alone. */
static void refuse(struct ff_sweep_run *run, int p)
{
	const double gib = 1024.0 * 1024 * 1024;
	struct ff_point_result *result = &run->results[p];
	struct ff_error error = {0};
	ff_status cleared = ff_sweep_clear(run, p, &error);
	result->state = FF_POINT_REFUSED;
	result->failure = FF_ERROR_MEMORY;
	if (cleared != FF_OK)
		give_up(result, FF_POINT_REFUSED, cleared, &error);
	else if (result->bytes == SIZE_MAX)
		snprintf(result->message, sizeof result->message,
		         "needs more memory than can be counted, and %.1f GiB are available",
		         (double)run->memory / gib);
	else
		snprintf(result->message, sizeof result->message,
		         "needs %.1f GiB of memory, and %.1f GiB are available", (double)result->bytes / gib,
		         (double)run->memory / gib);
	notify(run, p);
}

static ff_status check_parallel(const struct ff_sweep_run *run, struct ff_error *error)
{
	int places = run->topology.n_places;
	if (run->sweep->parallel <= places)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_CONFIG, "sweep.parallel", "lower it, or write auto",
	                  "%d points at once, but this process has %d processor%s", (int)run->sweep->parallel, places,
	                  places == 1 ? "" : "s");
}

/* Decides which points are done and which must be refused. Returns the number of the others. *most: the memory of the
 * largest of them, at least 1. */
static int sort_points(struct ff_sweep_run *run, size_t *most)
{
	int left = 0;
	*most = 1;
	for (int p = 0; p < run->sweep->n_points; p++) {
		struct ff_point_result *result = &run->results[p];
		*result = (struct ff_point_result){.bytes = result->bytes,
		                                   .test_error = NAN,
		                                   .validation_error = NAN,
		                                   .train_error = NAN,
		                                   .samples_per_second = NAN,
		                                   .seconds = NAN};
		result->kept = ff_sweep_read_result(run, p);
		*result->message = '\0';
		if (result->kept) {
			result->state = FF_POINT_DONE;
		} else if (result->bytes > run->memory) {
			refuse(run, p);
		} else {
			left++;
			*most = result->bytes > *most ? result->bytes : *most;
		}
	}
	return left;
}

/* As many slots as the file says or, with auto, as processors and memory allow. */
static ff_status make_slots(struct ff_sweep_run *run, int left, size_t most, struct ff_error *error)
{
	bool automatic = run->sweep->parallel == FF_AUTO;
	size_t fit = run->memory / most;
	int n = automatic ? run->topology.n_places : (int)run->sweep->parallel;
	n = automatic && fit < (size_t)n ? (int)fit : n;
	n = n > left ? left : n;
	run->n_slots = n > 0 ? n : 1;
	run->slots = malloc((size_t)run->n_slots * sizeof *run->slots);
	if (!run->slots)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a sweep");
	memset(run->slots, -1, (size_t)run->n_slots * sizeof *run->slots);
	return FF_OK;
}

/* The first waiting point that fits into the free memory; -1: none. */
static int next_point(const struct ff_sweep_run *run)
{
	for (int p = 0; p < run->sweep->n_points; p++)
		if (run->results[p].state == FF_POINT_WAITING && run->results[p].bytes <= run->memory - run->reserved)
			return p;
	return -1;
}

static void start_points(struct ff_sweep_run *run)
{
	for (int s = 0; s < run->n_slots; s++) {
		int p = run->slots[s] < 0 ? next_point(run) : -1;
		struct ff_error error = {0};
		if (p < 0)
			continue;
		run->results[p].slot = s;
		ff_status status = ff_sweep_start(run, p, &error);
		if (status == FF_OK) {
			run->slots[s] = p;
			run->reserved += run->results[p].bytes;
		} else {
			give_up(&run->results[p], FF_POINT_FAILED, status, &error);
		}
		notify(run, p);
	}
}

static bool reap_points(struct ff_sweep_run *run)
{
	bool any = false;
	for (int s = 0; s < run->n_slots; s++) {
		int p = run->slots[s];
		if (p < 0 || !ff_sweep_reap(run, p))
			continue;
		any = true;
		run->slots[s] = -1;
		run->reserved -= run->results[p].bytes;
		notify(run, p);
	}
	return any;
}

static void pause_for(long milliseconds)
{
	nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

/* Ends the running points with SIGTERM, and with SIGKILL after POLITE rounds. They count as waiting, for the next
 * sweep. */
static void end_points(struct ff_sweep_run *run)
{
	enum { POLITE = 150 }; /* rounds of 20 ms */
	for (int round = 0, left = 1; left; round++) {
		left = 0;
		for (int s = 0; s < run->n_slots; s++) {
			int p = run->slots[s];
			if (p < 0)
				continue;
			struct ff_point_result *result = &run->results[p];
			if (round == 0 || round == POLITE)
				kill(result->process, round ? SIGKILL : SIGTERM);
			if (!ff_sweep_reap(run, p)) {
				left++;
				continue;
			}
			run->slots[s] = -1;
			if (result->state != FF_POINT_DONE)
				result->state = FF_POINT_WAITING;
			*result->message = '\0';
		}
		if (left)
			pause_for(20);
	}
}

static ff_status carry_out(struct ff_sweep_run *run, struct ff_error *error)
{
	ff_status status = write_state(run, error);
	while (status == FF_OK && !run->stopped) {
		bool ended = reap_points(run);
		run->stopped = run->options->stop && run->options->stop(NULL);
		if (run->stopped)
			break;
		start_points(run);
		if (ff_sweep_count(run, FF_POINT_RUNNING) == 0 && next_point(run) < 0)
			break;
		if (ff_clock() - run->written > 1)
			status = write_state(run, error);
		if (run->options->tick)
			run->options->tick(run->options->user, run);
		if (!ended)
			pause_for(20);
	}
	end_points(run);
	return status != FF_OK ? status : write_state(run, error);
}

ff_status ff_sweep_run(const struct ff_sweep *sweep, const struct ff_sweep_options *options, struct ff_sweep_run *run,
                       struct ff_error *error)
{
	const struct ff_topology_options here = {0};
	size_t most;
	*run = (struct ff_sweep_run){.sweep = sweep, .options = options, .locks = {-1, -1}, .started = ff_clock()};
	run->results = calloc((size_t)sweep->n_points, sizeof *run->results);
	if (!run->results)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d points", sweep->n_points);
	FF_TRY(ff_topology_init(&run->topology, &here, error));
	FF_TRY(ff_sweep_folder_open(run, error));
	run->others = ff_sweep_others(run);
	ff_sweep_estimate(run);
	FF_TRY(check_parallel(run, error));
	int left = sort_points(run, &most);
	FF_TRY(make_slots(run, left, most, error));
	FF_TRY(carry_out(run, error));
	FF_TRY(ff_sweep_write_table(run, error));
	return ff_sweep_write_picture(run, error);
}

#include "trace/profile.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/experiment_file.h"
#include "cli/interrupt.h"
#include "cli/plan_rates.h"
#include "cli/print.h"
#include "cli/profile_print.h"
#include "cli/progress.h"
#include "trace/profile_json.h"
#include "trace/trace.h"

/* Large: on the heap, in one piece. */
struct job {
	struct ff_experiment experiment;
	struct ff_profile_options options;
	struct ff_profiling profiling;
	struct ff_profile_report report;
	struct ff_progress_view view;
	struct ff_file_writer trace, json;
};

static const double SECONDS = 10, MOST_SECONDS = 86400;
enum { MOST_SLICES = 1 << 24 };

static ff_status read_seconds(const char *word, double *seconds, struct ff_error *error)
{
	char *end;
	*seconds = SECONDS;
	if (!word)
		return FF_OK;
	errno = 0;
	*seconds = strtod(word, &end);
	if (strspn(word, "0123456789.eE+") == strlen(word) && !*end && !errno && *seconds > 0 &&
	    *seconds <= MOST_SECONDS)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, "--seconds", "give a number above 0 and up to 86400, such as 2.5",
	                  "'%s' is not a number of seconds", word);
}

static ff_status read_slices(const char *word, size_t *slices, struct ff_error *error)
{
	char *end;
	*slices = FF_PROFILE_SLICES;
	if (!word)
		return FF_OK;
	errno = 0;
	long number = strtol(word, &end, 10);
	if (*word < '0' || *word > '9' || *end || errno || number < 1 || number > MOST_SLICES)
		return ff_fail_at(error, FF_ERROR_USAGE, "--slices", "give a whole number from 1 to 16777216",
		                  "'%s' is not a number of slices", word);
	*slices = (size_t)number;
	return FF_OK;
}

/* Both files are created before training, so that one that cannot be written is reported at once. */
static ff_status create(struct ff_file_writer *writer, const char *requested, const char *name, const char *ending,
                        struct ff_error *error)
{
	char path[FF_MAX_NAME + 32];
	snprintf(path, sizeof path, "%s%s", name, ending);
	return ff_file_create(writer, requested ? requested : path, error);
}

static ff_status create_files(struct job *job, const struct ff_arguments *arguments, struct ff_error *error)
{
	const char *name = job->experiment.name;
	FF_TRY(create(&job->trace, arguments->trace, name, ".trace.json", error));
	FF_TRY(create(&job->json, arguments->report, name, ".profile.json", error));
	if (ff_file_same(&job->trace, &job->json))
		return ff_fail_at(error, FF_ERROR_USAGE, job->json.path, "give another --trace or --report",
		                  "trace and report name the same file");
	return FF_OK;
}

/* The report comes last: if there is one, the trace is complete. It is written after the trace, since both may go to
 * standard output. */
static ff_status write_files(struct job *job, struct ff_error *error)
{
	json_t *rates = ff_rates_to_json(&job->report.rates);
	json_t *root = rates ? ff_profile_to_json(&job->report, rates) : NULL;
	if (!root)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the report");
	ff_trace_write(&job->profiling.profile, job->experiment.name, job->trace.stream);
	ff_status status = ff_file_commit(&job->trace, error);
	if (status == FF_OK) {
		json_dumpf(root, job->json.stream, JSON_INDENT(2) | FF_JSON_DIGITS); /* failures are seen at commit */
		(void)fputc('\n', job->json.stream);
	}
	json_decref(root);
	FF_TRY(status);
	return ff_file_commit(&job->json, error);
}

static ff_status print(const struct job *job, bool json, struct ff_error *error)
{
	json_t *rates;
	if (!json) {
		ff_profile_print(&job->report, stdout);
		printf("trace       %s\nreport      %s\n", job->trace.path, job->json.path);
		return FF_OK;
	}
	rates = ff_rates_to_json(&job->report.rates);
	return ff_print_json(rates ? ff_profile_to_json(&job->report, rates) : NULL, error);
}

/* The rates are measured after training, since measuring starts threads that are no part of it. */
static ff_status profile(struct job *job, const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_rates rates;
	enum ff_rates_from from;
	FF_TRY(ff_load_experiment(arguments, &job->experiment, error));
	FF_TRY(read_seconds(arguments->seconds, &job->options.seconds, error));
	FF_TRY(read_slices(arguments->slices, &job->options.slices, error));
	if (arguments->rates)
		FF_TRY(ff_rates_get(arguments, &rates, &from, error));
	FF_TRY(create_files(job, arguments, error));
	ff_progress_init(&job->view, arguments->quiet);
	job->options.observer = ff_progress_observer(&job->view);
	job->options.stop = ff_interrupt_came;
	ff_interrupt_watch(!arguments->quiet);
	ff_status status = ff_profiling_run(&job->profiling, &job->experiment, &job->options, error);
	ff_progress_end(&job->view);
	FF_TRY(status);
	if (ff_interrupt_came(NULL))
		ff_interrupt_obeyed();
	if (!arguments->rates)
		FF_TRY(ff_rates_get(arguments, &rates, &from, error));
	ff_profile_report_fill(&job->profiling, &rates, &job->report);
	FF_TRY(write_files(job, error));
	return print(job, arguments->json, error);
}

ff_status ff_command_profile(const struct ff_arguments *arguments, struct ff_error *error)
{
	signal(SIGPIPE, SIG_IGN); /* as of `run` */
	struct job *job = calloc(1, sizeof *job);
	if (!job)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a profile");
	ff_status status = profile(job, arguments, error);
	ff_file_abandon(&job->trace);
	ff_file_abandon(&job->json);
	ff_profiling_fini(&job->profiling);
	free(job);
	return status;
}

#include "ffengine/run.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment_file.h"
#include "cli/interrupt.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "run/resume.h"

/* Large: on the heap, in one piece. */
struct job {
	struct ff_experiment experiment;
	struct ff_result result;
	struct ff_progress_view view;
};

static void print_percent(const struct ff_evaluation *set, double error)
{
	if (set->n && !isnan(error))
		printf("  %9.2f %%", 100 * error);
	else
		printf("  %11s", "-");
}

/* A line of the table: an error of each set. */
static void print_line(const char *name, const double error[], const struct ff_result *r)
{
	const struct ff_evaluation *sets[] = {&r->train, &r->validation, &r->test};
	printf("%-10s", name);
	for (int i = 0; i < 3; i++)
		print_percent(sets[i], error[i]);
	putchar('\n');
}

/* The line of the member `error` of each set's evaluation. */
#define PRINT_LINE(name, r, error)                                                                                     \
	print_line(name, (const double[]){(r)->train.error, (r)->validation.error, (r)->test.error}, r)

static int layers_of(const struct ff_result *r)
{
	return r->test.n ? r->test.n_layers : r->validation.n ? r->validation.n_layers : r->train.n_layers;
}

/* The part of the pipeline that limits its speed. */
static void print_slowest(const struct ff_result *r)
{
	int slowest = r->execution.bottleneck, layers = r->execution.n_layers, last = r->execution.n_stations;
	const struct ff_work *work = slowest < 0       ? &r->execution.source
	                             : slowest == last ? &r->execution.collector
	                                               : &r->execution.stages[slowest];
	double waits = work->waiting_input + work->waiting_output, busy = work->busy;
	if (!r->execution.pipeline)
		return;
	for (int s = 0; slowest >= 0 && slowest < last && s < last; s++) /* those of one leader share its waits */
		if (s != slowest && r->execution.leader[s] == r->execution.leader[slowest])
			busy += r->execution.stages[s].busy;
	printf("\nslowest  ");
	if (slowest < 0)
		printf("the source");
	else if (slowest == last)
		printf("the collector of results");
	else if (slowest == layers)
		printf("the readout");
	else
		printf("layer %d, with %d thread%s", slowest + 1, work->threads, work->threads == 1 ? "" : "s");
	printf(": waits for work %.0f %% of the time\n", waits > 0 ? 100 * waits / (busy + waits) : 0);
}

/* Both classifiers, where there are two. */
static void print_classifiers(const struct ff_result *r)
{
	const struct ff_evaluation *sets[] = {&r->train, &r->validation, &r->test};
	bool both = false;
	for (int i = 0; i < 3; i++)
		both |= sets[i]->n && !isnan(sets[i]->goodness_error) && !isnan(sets[i]->head_error);
	if (!both)
		return;
	PRINT_LINE("goodness", r, goodness_error);
	PRINT_LINE("head", r, head_error);
}

/* The command line that resumes the run of a folder. */
static void print_resume(FILE *stream, const char *folder)
{
	fputs("ffengine run ", stream);
	fputs(*folder == '-' ? "--resume=" : "--resume ", stream); /* else a name like --x were an option */
	ff_print_word(stream, folder);
}

/* Adds to the failure's hint how to resume the run, if it can be resumed and the hint has space. */
static void hint_at_resume(const struct ff_result *result, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT] = "";
	FILE *stream = result->resumable ? fmemopen(hint, sizeof hint, "w") : NULL;
	if (!stream)
		return;
	fprintf(stream, "%s%sresume with: ", error->hint, *error->hint ? "; then " : "");
	print_resume(stream, result->folder);
	bool whole = fflush(stream) == 0 && ftell(stream) < (long)sizeof hint;
	fclose(stream);
	if (whole)
		memcpy(error->hint, hint, sizeof hint);
}

static void print_table(const struct ff_result *r)
{
	printf("%s, seed %" PRIu64 "%s: %" PRId64 " epochs in %.2f s (%.2f s in all), %.0f samples/s\n\n", r->name,
	       r->seed, r->interrupted ? ", interrupted" : "", r->epochs, r->seconds, r->total_seconds,
	       r->samples_per_second);
	printf("%-10s  %11s  %11s  %11s\n", "", "train", "validation", "test");
	PRINT_LINE("error", r, error);
	print_classifiers(r);
	for (int l = 0; l < layers_of(r); l++) {
		char name[24];
		snprintf(name, sizeof name, "layer %d", l + 1);
		PRINT_LINE(name, r, layer_error[l]);
	}
	print_slowest(r);
	printf("\nfolder  %s\n", r->folder);
	if (r->resumable) {
		printf("resume  ");
		print_resume(stdout, r->folder);
		putchar('\n');
	}
}

static ff_status print_json(const struct ff_result *result, struct ff_error *error)
{
	char *text = ff_result_to_json(result);
	if (!text)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to print the result; it is in %s/result.json",
		               result->folder);
	fputs(text, stdout);
	free(text);
	return FF_OK;
}

/* A resumed run may change only what changes no bit. */
static ff_status check_settings(const struct ff_arguments *arguments, struct ff_error *error)
{
	static const char SECTION[] = "execution";
	char where[FF_ERROR_TEXT];
	if (arguments->out)
		return ff_fail_at(error, FF_ERROR_USAGE, "--out", NULL,
		                  "a resumed run stays in its own folder, the one that --resume names");
	for (int i = 0; i < arguments->set.n; i++) {
		const char *word = arguments->set.items[i];
		size_t n = sizeof SECTION - 1;
		if (strncmp(word, SECTION, n) == 0 && (word[n] == '.' || word[n] == '='))
			continue;
		snprintf(where, sizeof where, "--set %s", word);
		return ff_fail_at(error, FF_ERROR_USAGE, where, "start another run with --out",
		                  "a resumed run keeps its experiment: only keys of execution may be set");
	}
	return FF_OK;
}

/* The experiment of the folder to resume. */
static ff_status load_resumed(const struct ff_arguments *arguments, struct ff_experiment *experiment,
                              struct ff_error *error)
{
	char path[FF_MAX_PATH];
	const char *operand = path;
	struct ff_arguments of_folder = *arguments;
	FF_TRY(check_settings(arguments, error));
	FF_TRY(ff_resume_possible(arguments->resume, error));
	if (snprintf(path, sizeof path, "%s/resolved.yaml", arguments->resume) >= (int)sizeof path)
		return ff_fail_at(error, FF_ERROR_IO, arguments->resume, NULL, "the path is too long");
	of_folder.operands = (struct ff_words){&operand, 1};
	return ff_load_experiment(&of_folder, experiment, error);
}

static ff_status run(struct job *job, const struct ff_arguments *arguments, struct ff_error *error)
{
	const char *resume = arguments->resume;
	FF_TRY(resume ? load_resumed(arguments, &job->experiment, error)
	              : ff_load_experiment(arguments, &job->experiment, error));
	ff_progress_init(&job->view, arguments->quiet);
	struct ff_run_options options = {
	    .folder = resume ? resume : arguments->out,
	    .resume = resume != NULL,
	    .observer = ff_progress_observer(&job->view),
	    .stop = ff_interrupt_came,
	};
	ff_interrupt_watch(!arguments->quiet);
	ff_status status = ff_run(&job->experiment, &options, &job->result, error);
	ff_progress_end(&job->view);
	if (status != FF_OK)
		hint_at_resume(&job->result, error);
	FF_TRY(status);
	if (job->result.interrupted)
		ff_interrupt_obeyed();
	if (arguments->json)
		return print_json(&job->result, error);
	print_table(&job->result);
	return FF_OK;
}

ff_status ff_command_run(const struct ff_arguments *arguments, struct ff_error *error)
{
	signal(SIGPIPE, SIG_IGN); /* a reader that leaves must not end a training run: writing fails instead */
	struct job *job = calloc(1, sizeof *job);
	if (!job)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a run");
	ff_status status = run(job, arguments, error);
	free(job);
	return status;
}

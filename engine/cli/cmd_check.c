#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/cmd_sweep.h"
#include "data/dataset.h"
#include "pipeline/source.h"
#include "plan/calibrate.h"
#include "plan/lead.h"

/* Whether `word` is a number of threads. */
static bool is_count(const char *word)
{
	char *end;
	errno = 0;
	long long number = strtoll(word, &end, 10);
	return *word >= '0' && *word <= '9' && *end == '\0' && errno == 0 && number >= 1 && number <= FF_MAX_THREADS;
}

/* Makes --threads an override like those of --set, after them. */
static ff_status threads_override(const char *threads, char *text, size_t size, struct ff_error *error)
{
	char hint[64];
	snprintf(hint, sizeof hint, "give a whole number from 1 to %d, or auto", FF_MAX_THREADS);
	bool good = is_count(threads) || strcmp(threads, "auto") == 0;
	if (!good || snprintf(text, size, "execution.threads.total=%s", threads) >= (int)size)
		return ff_fail_at(error, FF_ERROR_USAGE, "--threads", hint, "'%s' is not a number of threads", threads);
	return FF_OK;
}

/* Faults of the file stand as file:line:column at the begin of a line, where editors look for them. */
static void print_diagnostics(const struct ff_diagnostics *diagnostics, const char *path)
{
	char line[3 * FF_ERROR_TEXT + 8];
	int in_set = 0;
	int shown = diagnostics->count < FF_MAX_DIAGNOSTICS ? diagnostics->count : FF_MAX_DIAGNOSTICS;
	for (int i = 0; i < shown; i++) {
		fprintf(stderr, "%s\n", ff_error_format(&diagnostics->items[i], line, sizeof line));
		in_set += strncmp(diagnostics->items[i].where, "--set ", 6) == 0;
	}
	if (shown < diagnostics->count)
		fprintf(stderr, "and %d more\n", diagnostics->count - shown);
	fprintf(stderr, "ffengine: %s%s%s: %d fault%s\n  see `ffengine help experiment`\n", in_set < shown ? path : "",
	        in_set && in_set < shown ? " and " : "", in_set ? "--set" : "", diagnostics->count,
	        diagnostics->count == 1 ? "" : "s");
}

static ff_status report(const struct ff_diagnostics *diagnostics, ff_status status, const char *path,
                        struct ff_error *error)
{
	if (status == FF_ERROR_CONFIG && diagnostics->count)
		print_diagnostics(diagnostics, path);
	else if (diagnostics->count)
		*error = diagnostics->items[0];
	else
		return ff_fail_at(error, status, path, NULL, "cannot load the experiment");
	return status;
}

ff_status ff_load_experiment(const struct ff_arguments *arguments, struct ff_experiment *experiment,
                             struct ff_error *error)
{
	char threads[64];
	const char *path = arguments->operands.items[0];
	struct ff_words set = arguments->set;
	if (arguments->threads) {
		FF_TRY(threads_override(arguments->threads, threads, sizeof threads, error));
		set.items[set.n++] = threads;
	}
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!diagnostics)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to load %s", path);
	ff_status status = ff_experiment_load(path, set.items, set.n, experiment, diagnostics);
	if (status != FF_OK)
		status = report(diagnostics, status, path, error);
	free(diagnostics);
	return status;
}

ff_status ff_load_sweep(const struct ff_arguments *arguments, struct ff_sweep *sweep, struct ff_error *error)
{
	const char *path = arguments->operands.items[0];
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!diagnostics)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to load %s", path);
	ff_status status = ff_sweep_load(path, arguments->set.items, arguments->set.n, sweep, diagnostics);
	if (status != FF_OK)
		status = report(diagnostics, status, path, error);
	free(diagnostics);
	return status;
}

/* Prints the points if the file has a sweep; *found says so. */
static ff_status check_sweep(const struct ff_arguments *arguments, bool *found, struct ff_error *error)
{
	struct ff_sweep sweep;
	ff_status status =
	    ff_sweep_load(arguments->operands.items[0], arguments->set.items, arguments->set.n, &sweep, NULL);
	if (!sweep.given)
		return FF_OK; /* its faults are the experiment's */
	if (status != FF_OK) {
		*found = true;
		return ff_load_sweep(arguments, &sweep, error);
	}
	*found = sweep.n_points > 0;
	if (*found && (arguments->graph || arguments->dot || arguments->threads))
		status = ff_fail_at(error, FF_ERROR_USAGE, arguments->operands.items[0],
		                    "give --set sweep=off, and with --set what a point sets",
		                    "--graph, --dot and --threads are about one experiment, and this is a sweep");
	for (int p = 0; *found && status == FF_OK && p < sweep.n_points; p++)
		status = ff_dataset_check(&sweep.points[p].experiment, error);
	if (*found && status == FF_OK)
		ff_sweep_list_points(&sweep, stdout);
	ff_sweep_free(&sweep);
	return status;
}

/* How the experiment would be executed here, with its data. */
static ff_status print_graph(const struct ff_experiment *experiment, bool dot, struct ff_error *error)
{
	struct ff_dataset dataset;
	FF_TRY(ff_dataset_open(experiment, &dataset, error));
	const struct ff_data_shape shape = ff_source_shape(experiment, &dataset);
	ff_dataset_close(&dataset);
	struct ff_graph *graph = malloc(sizeof *graph);
	if (!graph)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a graph");
	struct ff_topology topology;
	const struct ff_machine_model machine = ff_machine_model_here(experiment, &topology);
	ff_topology_fini(&topology);
	ff_status status = ff_graph_plan(graph, experiment, &shape, &machine, error);
	if (status == FF_OK && dot)
		ff_graph_print_dot(graph, experiment, &shape, stdout);
	else if (status == FF_OK)
		ff_graph_print(graph, experiment, &shape, stdout);
	free(graph);
	return status;
}

ff_status ff_command_check(const struct ff_arguments *arguments, struct ff_error *error)
{
	bool sweeps = false;
	if (arguments->graph && arguments->dot)
		return ff_fail(error, FF_ERROR_USAGE, "--graph and --dot print one thing each: give one of them");
	FF_TRY(check_sweep(arguments, &sweeps, error));
	if (sweeps)
		return FF_OK;
	struct ff_experiment *experiment = calloc(1, sizeof *experiment);
	if (!experiment)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for an experiment");
	ff_status status = ff_load_experiment(arguments, experiment, error);
	if (status == FF_OK)
		status = ff_dataset_check(experiment, error);
	if (status == FF_OK && (arguments->graph || arguments->dot))
		status = print_graph(experiment, arguments->dot, error);
	else if (status == FF_OK)
		status = ff_experiment_print(experiment, stdout, error);
	free(experiment);
	return status;
}

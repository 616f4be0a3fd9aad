#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/experiment_file.h"
#include "cli/plan_print.h"
#include "cli/print.h"
#include "data/dataset.h"
#include "pipeline/source.h"
#include "plan/calibrate.h"
#include "plan/lead.h"

/* The number of --cores; 0 if it was not given. */
static ff_status read_cores(const char *word, int *cores, struct ff_error *error)
{
	char *end, hint[64];
	*cores = 0;
	if (!word)
		return FF_OK;
	errno = 0;
	long number = strtol(word, &end, 10);
	snprintf(hint, sizeof hint, "give a whole number from 1 to %d", FF_MAX_THREADS);
	if (*word < '0' || *word > '9' || *end || errno || number < 1 || number > FF_MAX_THREADS)
		return ff_fail_at(error, FF_ERROR_USAGE, "--cores", hint, "'%s' is not a number of cores", word);
	*cores = (int)number;
	return FF_OK;
}

/* What is there, and no more than --cores of it. */
static ff_status find_machine(const struct ff_arguments *arguments, struct ff_topology *topology, int *cores,
                              struct ff_error *error)
{
	FF_TRY(read_cores(arguments->cores, cores, error));
	FF_TRY(ff_topology_init(topology, &(struct ff_topology_options){.description = arguments->topology}, error));
	if (*cores > topology->n_places) {
		int there = topology->n_places;
		ff_topology_fini(topology);
		return ff_fail_at(error, FF_ERROR_USAGE, "--cores",
		                  "describe a larger machine, such as --topology 'package:2 core:32'",
		                  "the machine has only %d cores", there);
	}
	*cores = *cores ? *cores : topology->n_places;
	return FF_OK;
}

static ff_status open_data(const struct ff_experiment *experiment, struct ff_data_shape *shape, struct ff_error *error)
{
	struct ff_dataset dataset;
	FF_TRY(ff_dataset_open(experiment, &dataset, error));
	*shape = ff_source_shape(experiment, &dataset);
	ff_dataset_close(&dataset);
	return FF_OK;
}

/* As training shares the cores out: by the file's numbers of threads, or by the decider for those it leaves open. */
static ff_status forecast_now(struct ff_plan_report *r, const struct ff_data_shape *shape,
                              struct ff_machine_model decider, const struct ff_machine_model *machine,
                              struct ff_error *error)
{
	struct ff_graph *graph = malloc(sizeof *graph);
	if (!graph)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a graph");
	decider.cores = r->cores;
	ff_status status = ff_graph_plan(graph, r->experiment, shape, &decider, error);
	const struct ff_forecast *plan = &r->outlook.plan;
	r->now_known = graph->threads <= r->cores;
	r->as_planned = ff_leaders_same(graph->leaders, graph->n_leaders, plan->plan.leaders, plan->plan.n_leaders);
	if (r->as_planned)
		r->now = *plan;
	else if (status == FF_OK && r->now_known)
		status = ff_forecast_given(r->experiment, shape, machine, r->cores, graph->leaders, graph->n_leaders,
		                           &r->now, error);
	r->now.plan.n_leaders = graph->n_leaders;
	for (int i = 0; i < graph->n_leaders; i++)
		r->now.plan.leaders[i] = graph->leaders[i];
	free(graph);
	return status;
}

/* All rates predict the speed of a plan. If they were measured, only those that a run measures too decide the plan. */
static ff_status forecast(struct ff_plan_report *r, const struct ff_data_shape *shape, struct ff_error *error)
{
	const struct ff_machine_model machine = ff_machine_model_of(r->topology, &r->rates);
	struct ff_machine_model of_run = machine;
	const struct ff_machine_model *decider = r->from == FF_RATES_MEASURED ? &of_run : &machine;
	const struct ff_experiment *e = r->experiment;
	of_run.rates = ff_rates_of_run(&r->rates);
	r->most = r->cores + 16;
	FF_TRY(ff_forecast_outlook(e, shape, decider, &machine, r->cores, r->most, &r->outlook, error));
	FF_TRY(ff_plan_place(r->topology, &r->outlook.plan.plan, error));
	return forecast_now(r, shape, *decider, &machine, error);
}

static ff_status plan(const struct ff_arguments *arguments, struct ff_plan_report *r, struct ff_error *error)
{
	struct ff_data_shape shape;
	FF_TRY(open_data(r->experiment, &shape, error));
	FF_TRY(ff_rates_get(arguments, &r->rates, &r->from, error));
	FF_TRY(forecast(r, &shape, error));
	if (arguments->json)
		return ff_print_json(ff_plan_to_json(r), error);
	ff_plan_print(r, stdout);
	return FF_OK;
}

ff_status ff_command_plan(const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_topology topology = {0};
	struct ff_experiment *experiment = calloc(1, sizeof *experiment);
	struct ff_plan_report *report = calloc(1, sizeof *report);
	ff_status status =
	    experiment && report ? FF_OK : ff_fail(error, FF_ERROR_MEMORY, "no memory for an experiment and its plan");
	if (status == FF_OK)
		status = ff_load_experiment(arguments, experiment, error);
	if (status == FF_OK)
		status = find_machine(arguments, &topology, &report->cores, error);
	if (status == FF_OK) {
		report->experiment = experiment;
		report->topology = &topology;
		report->machine = arguments->topology ? arguments->topology : "this machine";
		status = plan(arguments, report, error);
		ff_topology_fini(&topology);
	}
	free(report);
	free(experiment);
	return status;
}

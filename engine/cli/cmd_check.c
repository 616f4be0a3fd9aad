#include <stdlib.h>

#include "cli/experiment_file.h"
#include "cli/sweep_view.h"
#include "data/dataset.h"
#include "pipeline/source.h"
#include "plan/calibrate.h"
#include "plan/lead.h"

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
		status = ff_fail_at(
		    error, FF_ERROR_USAGE, arguments->operands.items[0],
		    "give --set sweep=off, and with --set what a point sets",
		    "--graph, --dot and --threads need a single experiment, but this file describes a sweep");
	for (int p = 0; *found && status == FF_OK && p < sweep.n_points; p++)
		status = ff_dataset_check(&sweep.points[p].experiment, error);
	if (*found && status == FF_OK)
		ff_sweep_print_points(&sweep, stdout);
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
		return ff_fail(error, FF_ERROR_USAGE, "--graph and --dot exclude each other: give one of them");
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

#include "plan/lead.h"

#include <stdlib.h>
#include <string.h>

#include "plan/forecast.h"

/* Layers whose number of threads is open, and what they take. */
struct sharing {
	const struct ff_experiment *experiment;
	const struct ff_machine_model *machine;
	struct ff_workload workloads[FF_MAX_LAYERS];
	double cached;
};

static double seconds_of(const struct sharing *s, int layer, int threads)
{
	const struct ff_workload *workload = &s->workloads[layer];
	return ff_workload_seconds(s->machine, workload, FF_WORK_HAND_ON, threads, s->cached) +
	       ff_workload_seconds(s->machine, workload, FF_WORK_LEARN, threads, s->cached);
}

/* The slowest of the layers without a number of their own; -1: all have one. */
static int slowest_open(const struct sharing *s, const struct ff_leader *leaders)
{
	int slowest = -1;
	double most = 0;
	for (int l = 0; l < s->experiment->n_layers; l++) {
		double seconds = seconds_of(s, l, leaders[l].threads);
		if (s->experiment->layers[l].threads == FF_AUTO && (slowest < 0 || seconds > most)) {
			slowest = l;
			most = seconds;
		}
	}
	return slowest;
}

/* Threads that are left go to the slowest layer that may have them, while it takes the fewest it needs to be faster. */
static void share_rest(const struct sharing *s, struct ff_leader *leaders, int left)
{
	while (left > 0) {
		int layer = slowest_open(s, leaders);
		if (layer < 0)
			return;
		int now = leaders[layer].threads, more = 1;
		while (more <= left && seconds_of(s, layer, now + more) >= seconds_of(s, layer, now))
			more++;
		if (more > left)
			return;
		leaders[layer].threads += more;
		left -= more;
	}
}

static ff_status lead_as_given(struct ff_graph *graph, const struct ff_experiment *experiment,
                               const struct ff_data_shape *shape, const struct ff_machine_model *machine, int total,
                               struct ff_error *error)
{
	struct ff_leader leaders[FF_MAX_STATIONS];
	struct sharing *s = malloc(sizeof *s);
	double footprint = 0;
	if (!s)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to share %d threads out", total);
	struct ff_packet packet = ff_schedule_typical(experiment, shape, FF_TYPICAL_WHOLE);
	s->experiment = experiment;
	s->machine = machine;
	for (int l = 0; l < experiment->n_layers; l++) {
		ff_graph_workload(graph, experiment, shape, l + 1, &packet, &s->workloads[l]);
		footprint += s->workloads[l].footprint;
	}
	s->cached = ff_share_in_cache(machine, footprint, total);
	memcpy(leaders, graph->leaders, (size_t)graph->n_leaders * sizeof *leaders);
	share_rest(s, leaders, total - graph->threads);
	free(s);
	ff_graph_lead(graph, experiment, shape, leaders, graph->n_leaders);
	return FF_OK;
}

static ff_status lead_as_planned(struct ff_graph *graph, const struct ff_experiment *experiment,
                                 const struct ff_data_shape *shape, const struct ff_machine_model *machine, int total,
                                 struct ff_error *error)
{
	struct ff_forecast *forecast = malloc(sizeof *forecast);
	if (!forecast)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a plan");
	ff_status status = ff_forecast_plan(experiment, shape, machine, total, forecast, error);
	if (status == FF_OK)
		ff_graph_lead(graph, experiment, shape, forecast->plan.leaders, forecast->plan.n_leaders);
	free(forecast);
	return status;
}

/* Who decides about the threads. */
enum way { IN_TURN, GIVEN, PLANNED };

static enum way way_of(const struct ff_experiment *experiment)
{
	if (experiment->execution.kind != FF_PIPELINE)
		return IN_TURN;
	if (ff_threads_given(experiment))
		return GIVEN;
	return experiment->train.order == FF_TOGETHER ? PLANNED : IN_TURN;
}

bool ff_graph_is_open(const struct ff_experiment *experiment)
{
	bool open = false;
	for (int l = 0; l < experiment->n_layers; l++)
		open = open || experiment->layers[l].threads == FF_AUTO;
	return open && way_of(experiment) != IN_TURN;
}

ff_status ff_graph_plan(struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, const struct ff_machine_model *machine,
                        struct ff_error *error)
{
	int64_t given = experiment->execution.threads;
	int total = given == FF_AUTO ? machine->cores : (int)given;
	ff_graph_build(graph, experiment, shape, machine->cores);
	switch (way_of(experiment)) {
	case GIVEN:
		return lead_as_given(graph, experiment, shape, machine, total, error);
	case PLANNED:
		return lead_as_planned(graph, experiment, shape, machine, total, error);
	default:
		return FF_OK;
	}
}

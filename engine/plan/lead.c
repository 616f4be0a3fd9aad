#include "plan/lead.h"

#include <stdlib.h>
#include <string.h>

#include "plan/forecast.h"

/* Layers whose number of threads is not given, and their work. */
struct allocation {
	const struct ff_experiment *experiment;
	const struct ff_machine_model *machine;
	struct ff_workload workloads[FF_MAX_LAYERS];
	double cached;
};

static double seconds_of(const struct allocation *s, int layer, int threads)
{
	const struct ff_workload *workload = &s->workloads[layer];
	return ff_workload_seconds(s->machine, workload, FF_WORK_HAND_ON, threads, s->cached) +
	       ff_workload_seconds(s->machine, workload, FF_WORK_LEARN, threads, s->cached);
}

/* The slowest layer without a given number of threads; -1: there is none. */
static int slowest_open(const struct allocation *s, const struct ff_leader *leaders)
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

/* Gives the remaining threads to the slowest layer without a given number, each time as few as make it faster. */
static void share_rest(const struct allocation *s, struct ff_leader *leaders, int left)
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
	struct allocation *s = malloc(sizeof *s);
	double footprint = 0;
	if (!s)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to distribute %d threads", total);
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

/* Who decides on the leaders' threads. */
enum assignment { ONE_LEADER, GIVEN, PLANNED };

static enum assignment assignment_of(const struct ff_experiment *experiment)
{
	if (experiment->execution.kind != FF_PIPELINE)
		return ONE_LEADER;
	if (ff_threads_given(experiment))
		return GIVEN;
	return experiment->train.order == FF_TOGETHER ? PLANNED : ONE_LEADER;
}

bool ff_graph_uses_rates(const struct ff_experiment *experiment)
{
	bool open = false;
	for (int l = 0; l < experiment->n_layers; l++)
		open = open || experiment->layers[l].threads == FF_AUTO;
	return open && assignment_of(experiment) != ONE_LEADER;
}

ff_status ff_graph_plan(struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, const struct ff_machine_model *machine,
                        struct ff_error *error)
{
	int64_t given = experiment->execution.threads;
	int total = given == FF_AUTO ? machine->cores : (int)given;
	ff_graph_build(graph, experiment, shape, machine->cores);
	switch (assignment_of(experiment)) {
	case GIVEN:
		return lead_as_given(graph, experiment, shape, machine, total, error);
	case PLANNED:
		return lead_as_planned(graph, experiment, shape, machine, total, error);
	default:
		return FF_OK;
	}
}

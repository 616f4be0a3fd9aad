#include "runtime/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Below this share of the time at work no leader is what the others wait for. */
static const double AT_WORK = 0.9;

static const double COLLECT = 1e-6; /* seconds of the collector for a packet */

/* What is known of a net on a machine, whoever leads. */
struct subject {
	const struct ff_experiment *experiment;
	const struct ff_data_shape *shape;
	const struct ff_machine_model *machine;
	double cached;          /* share of the weights and states that the caches hold */
	int kinds;              /* packets of a batch */
	int n_nodes;            /* source and stations */
	struct ff_graph *graph; /* owned */
	struct ff_sim *sim;     /* owned */
	struct ff_load loads[FF_SIM_NODES][FF_SIM_KINDS];
};

static void forget(struct subject *s)
{
	if (!s)
		return;
	free(s->graph);
	free(s->sim);
	free(s);
}

static ff_status check(const struct ff_experiment *e, struct ff_error *error)
{
	if (e->train.order != FF_TOGETHER)
		return ff_fail_at(error, FF_ERROR_CONFIG, "train.order", "see `--set train.order=together`",
		                  "greedy training gives all threads to the one layer that trains: nothing to plan");
	if (e->execution.kind != FF_PIPELINE)
		return ff_fail_at(error, FF_ERROR_CONFIG, "execution.kind", "see `--set execution.kind=pipeline`",
		                  "sequential execution has no stages to plan for");
	return FF_OK;
}

static ff_status study(const struct ff_experiment *e, const struct ff_data_shape *shape,
                       const struct ff_machine_model *machine, struct subject **subject, struct ff_error *error)
{
	FF_TRY(check(e, error));
	struct subject *s = *subject = calloc(1, sizeof *s);
	if (s) {
		s->graph = malloc(sizeof *s->graph);
		s->sim = malloc(sizeof *s->sim);
	}
	if (!s || !s->graph || !s->sim) {
		forget(s);
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a forecast");
	}
	s->experiment = e;
	s->shape = shape;
	s->machine = machine;
	ff_graph_build(s->graph, e, shape, machine->cores);
	s->n_nodes = s->graph->n_stations + 1;
	s->kinds = ff_is_adaptive(e) && ff_schedule_lag(e, shape) == 0 ? 2 : 1;
	for (int node = 0; node < s->n_nodes; node++)
		for (int kind = 0; kind < s->kinds; kind++)
			ff_load_of(e, shape, node,
			           s->kinds == 1 ? FF_COST_WHOLE
			           : kind == 0   ? FF_COST_PROBES
			                         : FF_COST_PAIRS,
			           &s->loads[node][kind]);
	return FF_OK;
}

/* With so many cores. */
static void fill_caches(struct subject *s, int cores)
{
	double footprint = 0;
	for (int node = 0; node < s->n_nodes; node++)
		footprint += s->loads[node][s->kinds - 1].footprint; /* of the packet that is learnt from */
	s->cached = ff_share_in_cache(s->machine, footprint, cores);
}

static double seconds_of(const struct subject *s, int node, int threads)
{
	double sum = 0;
	for (int kind = 0; kind < s->kinds; kind++)
		for (int half = 0; half < 2; half++)
			sum += ff_load_seconds(s->machine, &s->loads[node][kind], half, threads, s->cached);
	return sum;
}

static ff_status search(struct subject *s, int cores, struct ff_plan *plan, struct ff_error *error)
{
	int stations = s->n_nodes - 1;
	fill_caches(s, cores);
	double *seconds = malloc((size_t)stations * (size_t)cores * sizeof *seconds);
	if (!seconds)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to plan for %d cores", cores);
	for (int i = 0; i < stations; i++)
		for (int t = 1; t <= cores; t++)
			seconds[(size_t)i * (size_t)cores + (size_t)t - 1] = seconds_of(s, i + 1, t);
	ff_status status = ff_plan_search(seconds, stations, cores, seconds_of(s, 0, 1), plan, error);
	free(seconds);
	return status;
}

/* ---- the simulation ---- */

static void add_node(struct subject *s, int node, int leader, int threads)
{
	struct ff_sim_node *to = &s->sim->nodes[node];
	*to = (struct ff_sim_node){.leader = leader};
	for (int kind = 0; kind < s->kinds; kind++)
		for (int half = 0; half < 2; half++)
			to->seconds[kind][half] =
			    ff_load_seconds(s->machine, &s->loads[node][kind], half, threads, s->cached);
}

/* Edges between threads. Answers for a packet's pairs are those to the packet that carried its images as probes: the lag
 * before, or with a lag of 0 the first packet of the batch. */
static void add_edges(struct subject *s)
{
	const struct ff_graph *graph = s->graph;
	for (int e = 0; e < graph->n_edges; e++) {
		const struct ff_edge *edge = &graph->edges[e];
		struct ff_sim_edge to = {edge->from, edge->to, edge->slots, 0, FF_SIM_EVERY, FF_SIM_EVERY};
		if (e == graph->verdict || !edge->ring)
			continue;
		if (e == graph->feedback && s->kinds == 1)
			to.ahead = (size_t)ff_schedule_lag(s->experiment, s->shape);
		if (e == graph->feedback && s->kinds == 2) {
			to.given = 0;
			to.taken = 1;
		}
		s->sim->edges[s->sim->n_edges++] = to;
	}
}

static void model(struct subject *s, const struct ff_plan *plan)
{
	ff_graph_lead(s->graph, s->experiment, s->shape, plan->leaders, plan->n_leaders);
	*s->sim = (struct ff_sim){
	    .n_nodes = s->n_nodes + 1,
	    .n_leaders = plan->n_leaders + 2,
	    .kinds = s->kinds,
	    .guest = 0,
	    .host = plan->host == FF_PLAN_OWN ? FF_SIM_NO_HOST : plan->host + 1,
	};
	add_node(s, 0, 0, 1);
	for (int i = 0; i < plan->n_leaders; i++)
		for (int station = plan->leaders[i].first; station < plan->leaders[i].end; station++)
			add_node(s, station + 1, i + 1, plan->leaders[i].threads);
	s->sim->nodes[s->n_nodes] = (struct ff_sim_node){.leader = plan->n_leaders + 1};
	for (int kind = 0; kind < s->kinds; kind++)
		s->sim->nodes[s->n_nodes].seconds[kind][0] = COLLECT;
	add_edges(s);
}

static int bottleneck(const struct ff_forecast *f)
{
	double most = f->sim.leaders[0].busy;
	int which = FF_FORECAST_SOURCE;
	for (int i = 0; i < f->plan.n_leaders; i++) {
		double busy = f->sim.leaders[i + 1].busy + (i == f->plan.host ? f->sim.leaders[0].busy : 0);
		if (busy > most) {
			most = busy;
			which = i;
		}
	}
	return f->memory >= 1 ? FF_FORECAST_MEMORY : most < AT_WORK ? FF_FORECAST_ORDER : which;
}

static ff_status simulate(struct subject *s, struct ff_forecast *f, struct ff_error *error)
{
	double traffic = 0, flops = 0;
	model(s, &f->plan);
	FF_TRY(ff_simulate(s->sim, &f->sim, error));
	for (int i = 0; i < f->plan.n_leaders; i++)
		for (int station = f->plan.leaders[i].first; station < f->plan.leaders[i].end; station++)
			for (int kind = 0; kind < s->kinds; kind++) {
				const struct ff_load *load = &s->loads[station + 1][kind];
				traffic += ff_load_traffic(load, s->cached);
				flops += ff_load_flops(load);
			}
	double nodes = fmin(s->machine->nodes, ceil((double)f->plan.cores / s->machine->node));
	double least = traffic / (nodes * s->machine->rates.node_bandwidth);
	double seconds = fmax(f->sim.seconds, least); /* a tile */
	f->memory = least / seconds;
	f->samples = (double)ff_schedule_tile_pairs(s->experiment, s->shape) / seconds;
	f->seconds = (double)ff_schedule_batch_pairs(s->experiment, s->shape) / f->samples;
	f->flops = flops / seconds;
	f->bottleneck = bottleneck(f);
	return FF_OK;
}

/* ---- what is asked ---- */

static double leader_seconds(const struct subject *s, const struct ff_leader *leader)
{
	double sum = 0;
	for (int station = leader->first; station < leader->end; station++)
		sum += seconds_of(s, station + 1, leader->threads);
	return sum;
}

static void take_leaders(const struct subject *s, int cores, const struct ff_leader *leaders, int n,
                         struct ff_plan *plan)
{
	double source = seconds_of(s, 0, 1);
	int threads = 0, least = 0;
	*plan = (struct ff_plan){.n_leaders = n, .host = FF_PLAN_OWN, .seconds = source};
	for (int i = 0; i < n; i++) {
		double seconds = leader_seconds(s, &leaders[i]);
		plan->leaders[i] = leaders[i];
		plan->seconds = fmax(plan->seconds, seconds);
		threads += leaders[i].threads;
		if (seconds < leader_seconds(s, &leaders[least]))
			least = i;
	}
	if (threads >= cores) {
		plan->host = least;
		plan->seconds = fmax(plan->seconds, source + leader_seconds(s, &leaders[least]));
	}
	plan->cores = threads + (plan->host == FF_PLAN_OWN);
}

/* The source takes a core of its own where the search left one idle, as a thread of its own would. */
static ff_status simulate_as_placed(struct subject *s, int cores, struct ff_forecast *f, struct ff_error *error)
{
	struct ff_leader leaders[FF_MAX_STATIONS];
	int n = f->plan.n_leaders;
	memcpy(leaders, f->plan.leaders, (size_t)n * sizeof *leaders);
	take_leaders(s, cores, leaders, n, &f->plan);
	return simulate(s, f, error);
}

/* Where stages wait for each other in turn, one leader with a large team may do better than a pipeline. */
static ff_status try_one_leader(struct subject *s, int cores, struct ff_forecast *best, struct ff_error *error)
{
	struct ff_leader all = {0, s->n_nodes - 1, 1}, leader = all;
	struct ff_forecast *f = malloc(sizeof *f);
	if (!f)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a forecast");
	for (leader.threads = 2; leader.threads <= cores; leader.threads++)
		if (leader_seconds(s, &leader) < leader_seconds(s, &all))
			all = leader;
	take_leaders(s, cores, &all, 1, &f->plan);
	ff_status status = simulate(s, f, error);
	if (status == FF_OK && f->seconds < best->seconds)
		*best = *f;
	free(f);
	return status;
}

ff_status ff_forecast_plan(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                           const struct ff_machine_model *machine, int cores, struct ff_forecast *forecast,
                           struct ff_error *error)
{
	struct subject *s;
	FF_TRY(study(experiment, shape, machine, &s, error));
	ff_status status = search(s, cores, &forecast->plan, error);
	if (status == FF_OK)
		status = simulate_as_placed(s, cores, forecast, error);
	if (status == FF_OK && forecast->bottleneck == FF_FORECAST_ORDER)
		status = try_one_leader(s, cores, forecast, error);
	forget(s);
	return status;
}

ff_status ff_forecast_given(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                            const struct ff_machine_model *machine, int cores, const struct ff_leader *leaders, int n,
                            struct ff_forecast *forecast, struct ff_error *error)
{
	struct subject *s;
	FF_TRY(study(experiment, shape, machine, &s, error));
	fill_caches(s, cores);
	take_leaders(s, cores, leaders, n, &forecast->plan);
	ff_status status = forecast->plan.cores <= cores
	                       ? simulate(s, forecast, error)
	                       : ff_fail(error, FF_ERROR_USAGE, "%d threads on %d cores are not simulated",
	                                 forecast->plan.cores, cores);
	forget(s);
	return status;
}

ff_status ff_forecast_more(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                           const struct ff_machine_model *machine, int cores, int most, int *more,
                           struct ff_error *error)
{
	struct subject *s;
	struct ff_plan now, then;
	*more = 0;
	FF_TRY(study(experiment, shape, machine, &s, error));
	ff_status status = search(s, cores, &now, error);
	if (status == FF_OK)
		status = search(s, cores + most, &then, error);
	int low = 0, high = status == FF_OK && then.seconds <= now.seconds / 1.01 ? most : 0;
	while (status == FF_OK && high - low > 1) { /* more cores are never slower */
		int middle = low + (high - low) / 2;
		status = search(s, cores + middle, &then, error);
		if (then.seconds <= now.seconds / 1.01)
			high = middle;
		else
			low = middle;
	}
	*more = high;
	forget(s);
	return status;
}

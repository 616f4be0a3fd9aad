#include "plan/forecast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/forecast_problem.h"

/* If the busiest leader works for less than this share of the time, no leader is the bottleneck. */
static const double AT_WORK = 0.9;

static const double COLLECT = 1e-6; /* seconds that the collector needs for a packet */

/* ---- the simulation ---- */

static void add_node(struct ff_forecast_problem *s, int node, int leader, int threads)
{
	struct ff_sim_node *to = &s->sim->nodes[node];
	*to = (struct ff_sim_node){.leader = leader};
	for (int kind = 0; kind < s->kinds; kind++)
		for (int phase = 0; phase < FF_N_WORK_PHASES; phase++)
			to->seconds[kind][phase] =
			    ff_workload_seconds(s->machine, &s->workloads[node][kind], phase, threads, s->cached);
}

/* Adds the edges between threads. The labels for a packet's samples were drawn for an earlier packet with their images
 * as queries: the one a lag before, or with a lag of 0 the first packet of the batch. */
static void add_edges(struct ff_forecast_problem *s)
{
	const struct ff_graph *graph = s->graph;
	for (int e = 0; e < graph->n_edges; e++) {
		const struct ff_edge *edge = &graph->edges[e];
		struct ff_sim_edge to = {edge->from, edge->to, edge->slots, 0, FF_SIM_EVERY, FF_SIM_EVERY};
		if (edge->kind == FF_EDGE_VERDICT || !edge->ring)
			continue;
		if (edge->kind == FF_EDGE_LABELS && s->kinds == 1)
			to.ahead = (size_t)ff_schedule_lag(s->experiment, s->shape);
		if (edge->kind == FF_EDGE_LABELS && s->kinds == 2) {
			to.given = 0;
			to.taken = 1;
		}
		if (edge->filled)
			to.ahead = edge->tokens;
		s->sim->edges[s->sim->n_edges++] = to;
	}
}

/* Adds the seconds that a station takes longer if its team is split across packages, or if it reads what another
 * package wrote. */
static void add_crossing_seconds(struct ff_forecast_problem *s, int node, int threads, bool split, bool crosses)
{
	for (int kind = 0; kind < s->kinds; kind++) {
		const struct ff_workload *workload = &s->workloads[node][kind];
		double *seconds = s->sim->nodes[node].seconds[kind];
		for (int phase = 0; phase < FF_N_WORK_PHASES && split; phase++)
			seconds[phase] += ff_workload_split_seconds(s->machine, workload, phase, threads);
		if (crosses)
			seconds[0] += ff_workload_crossing_seconds(s->machine, workload, threads);
	}
}

/* Leaders are placed side by side; a team that would be split starts at the next package instead, as long as there are
 * idle cores (plan_place.c). */
static void cross_packages(struct ff_forecast_problem *s, const struct ff_plan *plan)
{
	int size = s->machine->package, at = plan->host == FF_PLAN_OWN, idle = s->machine->cores - plan->cores;
	for (int i = 0; i < plan->n_leaders; i++) {
		const struct ff_leader *leader = &plan->leaders[i];
		int before = at - 1, left = size - at % size;
		if (left < leader->threads && leader->threads <= size && left <= idle) {
			at += left;
			idle -= left;
		}
		bool split = at / size != (at + leader->threads - 1) / size;
		for (int station = leader->first; station < leader->end; station++)
			add_crossing_seconds(s, station + 1, leader->threads, split,
			                     i > 0 && station == leader->first && before / size != at / size);
		at += leader->threads;
	}
}

static void model(struct ff_forecast_problem *s, const struct ff_plan *plan)
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
	cross_packages(s, plan);
	s->sim->nodes[s->n_nodes] = (struct ff_sim_node){.leader = plan->n_leaders + 1};
	for (int kind = 0; kind < s->kinds; kind++)
		s->sim->nodes[s->n_nodes].seconds[kind][0] = COLLECT;
	add_edges(s);
}

/* The bottleneck is the memory if it is at least as busy as the busiest leader, since more cores would not help
 * then. */
static int bottleneck(const struct ff_forecast *f)
{
	const double same = 1 - 1e-9;
	double most = f->sim.leaders[0].busy;
	int which = FF_FORECAST_SOURCE;
	for (int i = 0; i < f->plan.n_leaders; i++) {
		double busy = f->sim.leaders[i + 1].busy + (i == f->plan.host ? f->sim.leaders[0].busy : 0);
		if (busy * same > most) {
			most = busy;
			which = i;
		}
	}
	if (fmax(most, f->memory) < AT_WORK)
		return FF_FORECAST_ORDER;
	return f->memory >= most * same ? FF_FORECAST_MEMORY : which;
}

static ff_status simulate(struct ff_forecast_problem *s, struct ff_forecast *f, struct ff_error *error)
{
	double flops = 0;
	model(s, &f->plan);
	FF_TRY(ff_simulate(s->sim, &f->sim, error));
	for (int node = 1; node < s->n_nodes; node++)
		for (int kind = 0; kind < s->kinds; kind++)
			flops += ff_workload_flops(&s->workloads[node][kind]);
	double least = ff_forecast_problem_memory_seconds(s, f->plan.cores);
	double seconds = fmax(f->sim.seconds, least); /* for a tile */
	f->memory = least / seconds;
	f->samples = (double)ff_schedule_tile_size(s->experiment, s->shape) / seconds;
	f->seconds = (double)ff_schedule_batch_size(s->experiment, s->shape) / f->samples;
	f->flops = flops / seconds;
	f->bottleneck = bottleneck(f);
	return FF_OK;
}

/* ---- forecasts ---- */

static double leader_seconds(const struct ff_forecast_problem *s, const struct ff_leader *leader)
{
	double sum = 0;
	for (int station = leader->first; station < leader->end; station++)
		sum += ff_forecast_problem_station_seconds(s, station, leader->threads);
	return sum;
}

/* Makes a plan of leaders [n]; fills the caches of the cores that they use. */
static void take_leaders(struct ff_forecast_problem *s, int cores, const struct ff_leader *leaders, int n,
                         struct ff_plan *plan)
{
	int threads = 0, least = 0;
	for (int i = 0; i < n; i++)
		threads += leaders[i].threads;
	*plan = (struct ff_plan){.n_leaders = n, .cores = threads + (threads < cores), .host = FF_PLAN_OWN};
	ff_forecast_problem_fill_caches(s, plan->cores);
	double source = plan->seconds = ff_forecast_problem_source_seconds(s);
	for (int i = 0; i < n; i++) {
		double seconds = leader_seconds(s, &leaders[i]);
		plan->leaders[i] = leaders[i];
		plan->seconds = fmax(plan->seconds, seconds);
		if (seconds < leader_seconds(s, &leaders[least]))
			least = i;
	}
	if (threads >= cores) {
		plan->host = least;
		plan->seconds = fmax(plan->seconds, source + leader_seconds(s, &leaders[least]));
	}
}

/* Simulates the plan with a core of its own for the source, if the search left one idle: that is where its thread would
 * run. */
static ff_status simulate_as_placed(struct ff_forecast_problem *s, int cores, struct ff_forecast *f,
                                    struct ff_error *error)
{
	struct ff_leader leaders[FF_MAX_STATIONS];
	int n = f->plan.n_leaders;
	memcpy(leaders, f->plan.leaders, (size_t)n * sizeof *leaders);
	take_leaders(s, cores, leaders, n, &f->plan);
	return simulate(s, f, error);
}

/* Tries two other plans where stages wait for each other: leaders that are faster than the memory requires, and one
 * leader with a large team instead of a pipeline. */
static ff_status try_others(struct ff_forecast_problem *s, int cores, const struct ff_plan *fastest,
                            struct ff_forecast *best, struct ff_error *error)
{
	struct ff_leader all = {0, s->n_nodes - 1, 1}, leader = all;
	struct ff_forecast *f = malloc(sizeof *f);
	double least = INFINITY;
	if (!f)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a forecast");
	ff_status status = FF_OK;
	f->plan = *fastest;
	if (!ff_leaders_same(fastest->leaders, fastest->n_leaders, best->plan.leaders, best->plan.n_leaders)) {
		status = simulate_as_placed(s, cores, f, error);
		if (status == FF_OK && f->seconds < best->seconds)
			*best = *f;
	}
	for (; leader.threads <= cores; leader.threads++) {
		ff_forecast_problem_fill_caches(s, leader.threads);
		if (leader_seconds(s, &leader) >= least)
			continue;
		all = leader;
		least = leader_seconds(s, &leader);
	}
	take_leaders(s, cores, &all, 1, &f->plan);
	if (status == FF_OK)
		status = simulate(s, f, error);
	if (status == FF_OK && f->seconds < best->seconds)
		*best = *f;
	free(f);
	return status;
}

static ff_status forecast_plan(struct ff_forecast_problem *s, int cores, struct ff_forecast *forecast,
                               struct ff_error *error)
{
	struct ff_plan fastest;
	FF_TRY(ff_forecast_problem_search_fastest(s, cores, &fastest, error));
	FF_TRY(ff_forecast_problem_search_enough(s, &fastest, &forecast->plan, error));
	FF_TRY(simulate_as_placed(s, cores, forecast, error));
	if (forecast->bottleneck == FF_FORECAST_ORDER)
		FF_TRY(try_others(s, cores, &fastest, forecast, error));
	return FF_OK;
}

ff_status ff_forecast_plan(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                           const struct ff_machine_model *machine, int cores, struct ff_forecast *forecast,
                           struct ff_error *error)
{
	struct ff_forecast_problem *s;
	FF_TRY(ff_forecast_problem_create(experiment, shape, machine, cores, &s, error));
	ff_status status = forecast_plan(s, cores, forecast, error);
	ff_forecast_problem_destroy(s);
	return status;
}

ff_status ff_forecast_given(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                            const struct ff_machine_model *machine, int cores, const struct ff_leader *leaders, int n,
                            struct ff_forecast *forecast, struct ff_error *error)
{
	struct ff_forecast_problem *s;
	int threads = 0;
	for (int i = 0; i < n; i++)
		threads += leaders[i].threads;
	FF_TRY(ff_forecast_problem_create(experiment, shape, machine, cores, &s, error));
	if (threads > cores) {
		ff_forecast_problem_destroy(s);
		return ff_fail(error, FF_ERROR_USAGE, "cannot simulate %d threads on %d cores", threads, cores);
	}
	take_leaders(s, cores, leaders, n, &forecast->plan);
	ff_status status = simulate(s, forecast, error);
	ff_forecast_problem_destroy(s);
	return status;
}

/* ---- planned with some rates, simulated with others ---- */

/* Problems of one net, built once for all numbers of cores; both may be the same. */
struct problems {
	struct ff_forecast_problem *decider, *machine;
};

static void destroy_problems(struct problems *problems)
{
	if (problems->machine != problems->decider)
		ff_forecast_problem_destroy(problems->machine);
	ff_forecast_problem_destroy(problems->decider);
}

static ff_status create_problems(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                 const struct ff_machine_model *decider, const struct ff_machine_model *machine,
                                 int cores, struct problems *problems, struct ff_error *error)
{
	FF_TRY(ff_forecast_problem_create(experiment, shape, decider, cores, &problems->decider, error));
	problems->machine = problems->decider;
	if (machine == decider)
		return FF_OK;
	ff_status status = ff_forecast_problem_create(experiment, shape, machine, cores, &problems->machine, error);
	if (status != FF_OK)
		ff_forecast_problem_destroy(problems->decider);
	return status;
}

static ff_status forecast_decided(const struct problems *problems, int cores, struct ff_forecast *forecast,
                                  struct ff_error *error)
{
	FF_TRY(forecast_plan(problems->decider, cores, forecast, error));
	if (problems->machine == problems->decider)
		return FF_OK;
	return simulate_as_placed(problems->machine, cores, forecast, error);
}

ff_status ff_forecast_decided(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                              const struct ff_machine_model *decider, const struct ff_machine_model *machine, int cores,
                              struct ff_forecast *forecast, struct ff_error *error)
{
	struct problems problems;
	FF_TRY(create_problems(experiment, shape, decider, machine, cores, &problems, error));
	ff_status status = forecast_decided(&problems, cores, forecast, error);
	destroy_problems(&problems);
	return status;
}

/* Fills the rest of an outlook, after the forecast for one additional core. */
static ff_status look_for_more(const struct problems *problems, int cores, int most, struct ff_outlook *outlook,
                               struct ff_error *error)
{
	struct ff_forecast *then = malloc(sizeof *then);
	int low = 0, high = most + 1;
	if (!then)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a forecast");
	ff_status status = FF_OK;
	for (int tried = most; status == FF_OK && high - low > 1; tried = low + (high - low) / 2) {
		if (tried == 1)
			*then = outlook->next;
		else
			status = forecast_decided(problems, cores + tried, then, error);
		if (status == FF_OK && then->samples >= FF_FORECAST_WORTH * outlook->plan.samples) {
			high = tried;
			outlook->later = *then;
		} else {
			low = tried;
		}
	}
	outlook->more = high > most ? 0 : high;
	free(then);
	return status;
}

ff_status ff_forecast_outlook(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                              const struct ff_machine_model *decider, const struct ff_machine_model *machine, int cores,
                              int most, struct ff_outlook *outlook, struct ff_error *error)
{
	struct problems problems;
	FF_TRY(create_problems(experiment, shape, decider, machine, cores + (most > 1 ? most : 1), &problems, error));
	ff_status status = forecast_decided(&problems, cores, &outlook->plan, error);
	if (status == FF_OK)
		status = forecast_decided(&problems, cores + 1, &outlook->next, error);
	if (status == FF_OK)
		status = look_for_more(&problems, cores, most, outlook, error);
	destroy_problems(&problems);
	return status;
}

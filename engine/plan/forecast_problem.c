#include "plan/forecast_problem.h"

#include <math.h>
#include <stdlib.h>

void ff_forecast_problem_destroy(struct ff_forecast_problem *s)
{
	if (!s)
		return;
	free(s->graph);
	free(s->sim);
	free(s->uncached);
	free(s->all_cached);
	free(s);
}

static ff_status check(const struct ff_experiment *e, struct ff_error *error)
{
	if (e->train.order != FF_TOGETHER)
		return ff_fail_at(
		    error, FF_ERROR_CONFIG, "train.order", "see `--set train.order=together`",
		    "greedy training gives all threads to the layer that trains, so there is nothing to plan");
	if (e->execution.kind != FF_PIPELINE)
		return ff_fail_at(error, FF_ERROR_CONFIG, "execution.kind", "see `--set execution.kind=pipeline`",
		                  "sequential execution has no stages to plan for");
	return FF_OK;
}

static double count_seconds(const struct ff_forecast_problem *s, int node, int threads, double cached)
{
	double sum = 0;
	for (int kind = 0; kind < s->kinds; kind++)
		for (int phase = 0; phase < FF_N_WORK_PHASES; phase++)
			sum += ff_workload_seconds(s->machine, &s->workloads[node][kind], phase, threads, cached);
	return sum;
}

/* Seconds are linear in the cached share, so two tables give them for any share. */
static void fill_tables(struct ff_forecast_problem *s)
{
	size_t n = 0;
	for (int node = 1; node < s->n_nodes; node++)
		for (int threads = 1; threads <= s->cores; threads++, n++) {
			s->uncached[n] = count_seconds(s, node, threads, 0);
			s->all_cached[n] = count_seconds(s, node, threads, 1);
		}
}

double ff_forecast_problem_source_seconds(const struct ff_forecast_problem *s)
{
	return count_seconds(s, 0, 1, 0);
}

double ff_forecast_problem_station_seconds(const struct ff_forecast_problem *s, int station, int threads)
{
	size_t i = (size_t)station * (size_t)s->cores + (size_t)threads - 1;
	return (1 - s->cached) * s->uncached[i] + s->cached * s->all_cached[i];
}

static struct ff_forecast_problem *make(int stations, int cores)
{
	struct ff_forecast_problem *s = calloc(1, sizeof *s);
	size_t n = (size_t)stations * (size_t)cores;
	if (!s)
		return NULL;
	s->graph = malloc(sizeof *s->graph);
	s->sim = malloc(sizeof *s->sim);
	s->uncached = malloc(n * sizeof *s->uncached);
	s->all_cached = malloc(n * sizeof *s->all_cached);
	if (s->graph && s->sim && s->uncached && s->all_cached)
		return s;
	ff_forecast_problem_destroy(s);
	return NULL;
}

ff_status ff_forecast_problem_create(const struct ff_experiment *e, const struct ff_data_shape *shape,
                                     const struct ff_machine_model *machine, int cores,
                                     struct ff_forecast_problem **problem, struct ff_error *error)
{
	FF_TRY(check(e, error));
	struct ff_forecast_problem *s = *problem = make(FF_MAX_STATIONS, cores);
	if (!s)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a forecast of %d cores", cores);
	s->experiment = e;
	s->shape = shape;
	s->machine = machine;
	s->cores = cores;
	ff_graph_build(s->graph, e, shape, machine->cores);
	s->n_nodes = s->graph->n_stations + 1;
	s->kinds = ff_is_adaptive(e) && ff_schedule_lag(e, shape) == 0 ? 2 : 1;
	for (int kind = 0; kind < s->kinds; kind++) {
		enum ff_typical typical = s->kinds == 1 ? FF_TYPICAL_WHOLE
		                          : kind == 0   ? FF_TYPICAL_QUERIES
		                                        : FF_TYPICAL_SAMPLES;
		struct ff_packet packet = ff_schedule_typical(e, shape, typical);
		for (int node = 0; node < s->n_nodes; node++)
			ff_graph_workload(s->graph, e, shape, node, &packet, &s->workloads[node][kind]);
	}
	fill_tables(s);
	return FF_OK;
}

/* For the caches of `cores` cores. */
void ff_forecast_problem_fill_caches(struct ff_forecast_problem *s, int cores)
{
	double footprint = 0;
	for (int node = 0; node < s->n_nodes; node++)
		footprint += s->workloads[node][s->kinds - 1].footprint; /* of the packet that is learnt from */
	s->cached = ff_share_in_cache(s->machine, footprint, cores);
}

/* Seconds that the memory of `cores` cores needs for all stations on all packets of a tile. */
double ff_forecast_problem_memory_seconds(const struct ff_forecast_problem *s, int cores)
{
	double traffic = 0, nodes = fmin(s->machine->nodes, ceil((double)cores / s->machine->node));
	for (int node = 1; node < s->n_nodes; node++)
		for (int kind = 0; kind < s->kinds; kind++)
			traffic += ff_workload_traffic(&s->workloads[node][kind], s->cached);
	return traffic / (nodes * s->machine->rates.node_bandwidth);
}

/* Plans for `cores` cores and their caches, with leaders that need not be faster than `least` seconds. */
static ff_status search_within(struct ff_forecast_problem *s, int cores, double least, struct ff_plan *plan,
                               struct ff_error *error)
{
	int stations = s->n_nodes - 1;
	double *seconds = malloc((size_t)stations * (size_t)cores * sizeof *seconds);
	if (!seconds)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to plan for %d cores", cores);
	ff_forecast_problem_fill_caches(s, cores);
	for (int i = 0; i < stations; i++)
		for (int t = 1; t <= cores; t++)
			seconds[(size_t)i * (size_t)cores + (size_t)t - 1] =
			    ff_forecast_problem_station_seconds(s, i, t);
	ff_status status =
	    ff_plan_search(seconds, stations, cores, ff_forecast_problem_source_seconds(s), least, plan, error);
	free(seconds);
	return status;
}

/* Fills the caches of the cores that the plan uses; returns whether these are the caches it was computed with. */
static bool fills_caches(struct ff_forecast_problem *s, const struct ff_plan *plan)
{
	double counted = s->cached;
	ff_forecast_problem_fill_caches(s, plan->cores);
	return s->cached == counted;
}

/* Repeats the search with the cores that the plan uses until the caches match. */
ff_status ff_forecast_problem_search_fastest(struct ff_forecast_problem *s, int cores, struct ff_plan *plan,
                                             struct ff_error *error)
{
	FF_TRY(search_within(s, cores, 0, plan, error));
	while (!fills_caches(s, plan))
		FF_TRY(search_within(s, plan->cores, 0, plan, error));
	return FF_OK;
}

/* Bisects for the fewest cores with which neither leaders nor memory take longer than the memory does with all
 * cores. */
ff_status ff_forecast_problem_search_enough(struct ff_forecast_problem *s, const struct ff_plan *fastest,
                                            struct ff_plan *plan, struct ff_error *error)
{
	*plan = *fastest;
	ff_forecast_problem_fill_caches(s, plan->cores);
	double least = ff_forecast_problem_memory_seconds(s, plan->cores), enough = least * (1 + 1e-9);
	if (plan->seconds > least)
		return FF_OK;
	int low = 0, high = plan->cores; /* more cores are never slower */
	for (int middle = high - 1; high - low > 1; middle = low + (high - low) / 2) {
		FF_TRY(search_within(s, middle, least, plan, error));
		if (fmax(plan->seconds, ff_forecast_problem_memory_seconds(s, middle)) <= enough)
			high = middle;
		else
			low = middle;
	}
	FF_TRY(search_within(s, high, least, plan, error));
	if (fills_caches(s, plan) && ff_forecast_problem_memory_seconds(s, plan->cores) <= enough)
		return FF_OK;
	/* The plan needs all caches and all memory bandwidth of these cores. */
	return ff_forecast_problem_search_fastest(s, high, plan, error);
}

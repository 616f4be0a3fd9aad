/* A net on a machine: what its stations cost, and the search for a plan with these costs. Private to forecasts. */
#ifndef ENGINE_PLAN_FORECAST_PROBLEM_H
#define ENGINE_PLAN_FORECAST_PROBLEM_H

#include "pipeline/blueprint.h"
#include "pipeline/schedule.h"
#include "plan/cost.h"
#include "plan/plan.h"
#include "plan/simulate.h"

/* The costs of a net on a machine, whoever leads its stations. */
struct ff_forecast_problem {
	const struct ff_experiment *experiment;
	const struct ff_data_shape *shape;
	const struct ff_machine_model *machine;
	double cached;          /* share of weights and optimizer states that the caches hold */
	int kinds;              /* packets of a mini-batch: 1, or 2 (queries, then samples) */
	int n_nodes;            /* source and stations */
	struct ff_graph *graph; /* owned */
	struct ff_sim *sim;     /* owned */
	int cores;              /* the largest number of threads that may be asked for */
	double *uncached,
	    *all_cached; /* [stations x cores] seconds with nothing in the caches, and with everything; owned */
	struct ff_workload workloads[FF_SIM_NODES][FF_SIM_KINDS];
};

/* Computes what every station costs with up to `cores` threads. Destroy the problem with ff_forecast_problem_destroy().
 * Errors: FF_ERROR_CONFIG (not a pipeline whose layers train together), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_problem_create(const struct ff_experiment *experiment,
                                                  const struct ff_data_shape *shape,
                                                  const struct ff_machine_model *machine, int cores,
                                                  struct ff_forecast_problem **problem, struct ff_error *error);

void ff_forecast_problem_destroy(struct ff_forecast_problem *problem);

/* Assumes from now on that weights and states are in the caches of `cores` cores, as far as they fit. */
void ff_forecast_problem_fill_caches(struct ff_forecast_problem *problem, int cores);

/* Seconds for all packets of a tile: of the source; of a station with `threads` threads; of the memory of `cores` cores
 * for all stations. */
double ff_forecast_problem_source_seconds(const struct ff_forecast_problem *problem);
double ff_forecast_problem_station_seconds(const struct ff_forecast_problem *problem, int station, int threads);
double ff_forecast_problem_memory_seconds(const struct ff_forecast_problem *problem, int cores);

/* Finds the plan with the fastest leaders for at most `cores` cores, and among those one with the fewest cores. Idle
 * cores contribute no cache, so the plan is computed for the cores that it uses. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_problem_search_fastest(struct ff_forecast_problem *problem, int cores,
                                                          struct ff_plan *plan, struct ff_error *error);

/* Derives the final plan from the one with the fastest leaders. It is the same unless the memory takes longer than
 * those leaders; then it has the fewest cores with which neither leaders nor memory take longer than the memory does
 * with all cores. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_problem_search_enough(struct ff_forecast_problem *problem,
                                                         const struct ff_plan *fastest, struct ff_plan *plan,
                                                         struct ff_error *error);

#endif

/* A net on a machine: what its stations cost, and the plan that a search makes of that. Private to forecasts. */
#ifndef ENGINE_PLAN_FORECAST_PROBLEM_H
#define ENGINE_PLAN_FORECAST_PROBLEM_H

#include "pipeline/blueprint.h"
#include "pipeline/schedule.h"
#include "plan/cost.h"
#include "plan/plan.h"
#include "plan/simulate.h"

/* What is known of a net on a machine, whoever leads. */
struct ff_forecast_problem {
	const struct ff_experiment *experiment;
	const struct ff_data_shape *shape;
	const struct ff_machine_model *machine;
	double cached;                 /* share of the weights and states that the caches hold */
	int kinds;                     /* packets of a batch */
	int n_nodes;                   /* source and stations */
	struct ff_graph *graph;        /* owned */
	struct ff_sim *sim;            /* owned */
	int cores;                     /* that may be asked for */
	double *uncached, *all_cached; /* [stations x cores] seconds without anything in the caches, with all; owned */
	struct ff_workload workloads[FF_SIM_NODES][FF_SIM_KINDS];
};

/* Counts what every station costs with up to `cores` threads. End it with ff_forecast_problem_forget(). Errors: FF_ERROR_CONFIG
 * (not a pipeline of layers that train together), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_problem_study(const struct ff_experiment *experiment,
                                                 const struct ff_data_shape *shape,
                                                 const struct ff_machine_model *machine, int cores,
                                                 struct ff_forecast_problem **subject, struct ff_error *error);

void ff_forecast_problem_forget(struct ff_forecast_problem *subject);

/* The weights and states lie in the caches of so many cores from now on, as far as they fit. */
void ff_forecast_problem_fill_caches(struct ff_forecast_problem *subject, int cores);

/* Seconds for a packet, or a batch's two: of the source; of a station with so many threads; of the memory of so many
 * cores for all stations. */
double ff_forecast_problem_source_seconds(const struct ff_forecast_problem *subject);
double ff_forecast_problem_station_seconds(const struct ff_forecast_problem *subject, int station, int threads);
double ff_forecast_problem_memory_seconds(const struct ff_forecast_problem *subject, int cores);

/* The plan for at most `cores` with the fastest leaders, and of those the fewest cores. Cores that stay idle lend no
 * caches, so it is made for those it uses. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_problem_search_fastest(struct ff_forecast_problem *subject, int cores,
                                                          struct ff_plan *plan, struct ff_error *error);

/* From the one with the fastest leaders the plan that is wanted: the same, but where the memory takes longer than those
 * leaders the fewest cores with which neither takes longer than the memory does with all. */
FF_NODISCARD ff_status ff_forecast_problem_search_enough(struct ff_forecast_problem *subject,
                                                         const struct ff_plan *fastest, struct ff_plan *plan,
                                                         struct ff_error *error);

#endif

/* Which leaders run which stations, with how many threads. */
#ifndef ENGINE_PLAN_LEAD_H
#define ENGINE_PLAN_LEAD_H

#include "pipeline/blueprint.h"
#include "plan/cost.h"

/* Builds the graph for the machine, using all of its cores or execution.threads.total of them:
 *
 *     sequential, or greedy   one leader with all threads, because only one layer trains at a time
 *     threads given           one leader per layer, with per_stage or the layer's own `threads`; the rest goes
 *                             to the layers without a number, as long as it makes the slowest of them faster
 *     otherwise               the plan of ff_forecast_plan()
 *
 * The result depends only on the experiment, the data's shape, and the machine with its rates. Takes milliseconds; tens
 * of them with a hundred stages on hundreds of cores. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_graph_plan(struct ff_graph *graph, const struct ff_experiment *experiment,
                                     const struct ff_data_shape *shape, const struct ff_machine_model *machine,
                                     struct ff_error *error);

/* Whether the graph of ff_graph_plan() depends on the machine's rates, provided that it has more than one core. */
bool ff_graph_uses_rates(const struct ff_experiment *experiment);

#endif

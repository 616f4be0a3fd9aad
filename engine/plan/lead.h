/* Who leads which stations, with how many threads. */
#ifndef ENGINE_PLAN_LEAD_H
#define ENGINE_PLAN_LEAD_H

#include "pipeline/blueprint.h"
#include "plan/cost.h"

/* Builds the graph for the machine, all of whose cores may be used, or execution.threads.total of them:
 *     sequential, or greedy   one leader with all threads: only one layer trains at a time
 *     threads given           a leader a layer, with per_stage or the layer's own `threads`; what the total leaves goes
 *                             to the layers without a number, as long as it makes the slowest of them faster
 *     else                    the plan of ff_forecast_plan()
 * It follows the experiment, the data's shape and the machine with its rates alone. Takes milliseconds, with a hundred
 * stages on hundreds of cores tens of them. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_graph_plan(struct ff_graph *graph, const struct ff_experiment *experiment,
                                     const struct ff_data_shape *shape, const struct ff_machine_model *machine,
                                     struct ff_error *error);

/* Whether the graph that ff_graph_plan() builds depends on the machine's rates, if it has more than one core. */
bool ff_graph_is_open(const struct ff_experiment *experiment);

#endif

/* Chooses the processors that a pipeline's threads are bound to.
 *
 * Nothing is bound where threads would have to share processors (they would wait for each other while another processor
 * is idle), nor where other processes may have chosen the same processors: under a quota of the control group; by
 * `auto`, where the pipeline needs, or by execution.threads.total may use, only some of the cores that the process is
 * allowed, unless whoever started it gave it those cores alone (struct ff_topology_limits, narrowed). Where OpenMP's
 * own variables bind threads, they are left to it. */
#ifndef ENGINE_PLAN_BIND_H
#define ENGINE_PLAN_BIND_H

#include "ffengine/experiment.h"
#include "pipeline/binding.h"

/* The environment variable by which OpenMP's runtime was told where its threads belong, or that they belong nowhere
 * (OMP_PROC_BIND=false); NULL if there is none. */
const char *ff_binding_variable(void);

/* Chooses places for the graph's threads on the topology, as the experiment's execution asks, or says why there are
 * none. The topology must outlive the binding. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_binding_choose(struct ff_binding *binding, const struct ff_topology *topology,
                                         const struct ff_graph *graph, const struct ff_experiment *experiment,
                                         struct ff_error *error);

#endif

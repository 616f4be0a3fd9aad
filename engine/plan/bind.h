/* Chooses the processors that a pipeline's threads are bound to.
 *
 * Nothing is bound where threads would have to share processors (they would wait for each other while another processor
 * is idle), nor where other processes may have chosen the same processors. The latter is the case under a CPU quota of
 * the control group; and with `auto`, where the pipeline needs (or execution.threads.total allows) only some of the
 * cores that the process may use, unless whoever started the process gave it those cores alone (`narrowed` in struct
 * ff_topology_limits). If OpenMP's own variables bind threads, they decide. */
#ifndef ENGINE_PLAN_BIND_H
#define ENGINE_PLAN_BIND_H

#include "ffengine/experiment.h"
#include "pipeline/binding.h"

/* The environment variable that tells OpenMP's runtime where to bind threads, or not to bind them
 * (OMP_PROC_BIND=false); NULL if none is set. */
const char *ff_binding_variable(void);

/* Chooses places for the graph's threads on the topology as the experiment's execution.bind asks, or records why there
 * are none. The topology must outlive the binding. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_binding_choose(struct ff_binding *binding, const struct ff_topology *topology,
                                         const struct ff_graph *graph, const struct ff_experiment *experiment,
                                         struct ff_error *error);

#endif

/* Reports the processors that a run's threads are bound to. */
#ifndef ENGINE_RUN_BOUND_H
#define ENGINE_RUN_BOUND_H

#include "ffengine/run.h"
#include "pipeline/binding.h"
#include "run/folder.h"

/* Logs where each thread will be bound, or why none is. */
void ff_bound_log(const struct ff_binding *binding, const struct ff_graph *graph, struct ff_run_folder *folder);

/* Fills the processors in result->execution, or the reason why there are none. After the execution and
 * ff_work_report(). */
void ff_bound_report(const struct ff_binding *binding, const struct ff_graph *graph, struct ff_result *result);

#endif

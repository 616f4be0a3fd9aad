#include "plan/bind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"

const char *ff_binding_variable(void)
{
	static const char *const VARIABLES[] = {"OMP_PROC_BIND", "OMP_PLACES", "GOMP_CPU_AFFINITY", "KMP_AFFINITY"};
	for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) {
		const char *value = getenv(VARIABLES[i]);
		if (value && *value)
			return VARIABLES[i];
	}
	return NULL;
}

/* Places that the threads need, one each; one more for the source if there is one. */
static int needed(const struct ff_topology *t, const struct ff_graph *graph)
{
	return graph->threads + (graph->threads < t->n_places);
}

/* Writes why nothing is bound, or "". */
static void reason(const struct ff_topology *t, const struct ff_graph *graph, const struct ff_experiment *experiment,
                   char *text, size_t n)
{
	const char *variable = ff_binding_variable();
	const enum ff_bind asked = experiment->execution.bind;
	const bool alone = asked == FF_BIND_ALWAYS || t->limits.narrowed;
	const int64_t total = experiment->execution.threads;
	int open = ff_topology_open_places(t);
	*text = '\0';
	if (asked == FF_BIND_NONE)
		snprintf(text, n, "execution.bind is none");
	else if (!graph->pipeline)
		snprintf(text, n, "execution is sequential");
	else if (!t->here)
		snprintf(text, n, "hwloc does not know this machine");
	else if (variable)
		snprintf(text, n, "%s is set", variable);
	else if (t->limits.quota_cut)
		snprintf(text, n, "the control group has a quota of %.4g processors", t->limits.quota);
	else if (open == 1)
		snprintf(text, n, "there is only processor %d", t->places[0].processor);
	else if (graph->threads > t->n_places)
		snprintf(text, n, "%d threads would share %d processors", graph->threads, t->n_places);
	else if (!alone && total != FF_AUTO && total < open)
		snprintf(
		    text, n,
		    "execution.threads allows %d of %d cores, and other runs may use the others; set execution.bind: "
		    "always to bind",
		    (int)total, open);
	else if (!alone && needed(t, graph) < open)
		snprintf(text, n,
		         "the pipeline uses %d of %d cores, and other runs may use the same; set execution.bind: "
		         "always to bind",
		         needed(t, graph), open);
}

ff_status ff_binding_choose(struct ff_binding *binding, const struct ff_topology *topology,
                            const struct ff_graph *graph, const struct ff_experiment *experiment,
                            struct ff_error *error)
{
	binding->topology = topology;
	binding->source = FF_BOUND_NOWHERE;
	atomic_store_explicit(&binding->failed, false, memory_order_relaxed); /* no thread has started yet */
	reason(topology, graph, experiment, binding->why_not, sizeof binding->why_not);
	if (*binding->why_not)
		return FF_OK;
	struct ff_plan *plan = calloc(1, sizeof *plan);
	if (!plan)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to bind threads");
	plan->n_leaders = graph->n_leaders;
	plan->cores = needed(topology, graph);
	plan->host = plan->cores > graph->threads ? FF_PLAN_OWN : 0;
	memcpy(plan->leaders, graph->leaders, (size_t)graph->n_leaders * sizeof *plan->leaders);
	ff_status status = ff_plan_place(topology, plan, error);
	memcpy(binding->first, plan->first, sizeof binding->first);
	if (plan->host == FF_PLAN_OWN)
		binding->source = plan->source;
	free(plan);
	return status;
}

#include "run/bound.h"

#include <stdio.h>

/* "layer 2", "layers 1-3, readout" */
static void name_leader(const struct ff_graph *graph, const struct ff_leader *leader, char *text, size_t size)
{
	int first = leader->first + 1, last = leader->end < graph->n_layers ? leader->end : graph->n_layers;
	const char *readout = leader->end > graph->n_layers ? ", readout" : "";
	if (first > last)
		snprintf(text, size, "readout");
	else if (first == last)
		snprintf(text, size, "layer %d%s", first, readout);
	else
		snprintf(text, size, "layers %d-%d%s", first, last, readout);
}

void ff_bound_log(const struct ff_binding *binding, const struct ff_graph *graph, struct ff_run_folder *folder)
{
	char places[64], name[48];
	if (*binding->why_not) {
		ff_run_folder_log(folder, "threads are not bound to processors: %s", binding->why_not);
		return;
	}
	if (binding->source != FF_BOUND_NOWHERE) {
		ff_topology_places_text(binding->topology, binding->source, 1, places, sizeof places);
		ff_run_folder_log(folder, "source: bound to processor %s", places);
	}
	for (int i = 0; i < graph->n_leaders; i++) {
		const struct ff_leader *leader = &graph->leaders[i];
		name_leader(graph, leader, name, sizeof name);
		ff_topology_places_text(binding->topology, binding->first[i], leader->threads, places, sizeof places);
		ff_run_folder_log(folder, "%s: bound to processor%s %s", name, leader->threads == 1 ? "" : "s", places);
	}
}

static void write_places(const struct ff_topology *topology, int first, int n, struct ff_work *work)
{
	ff_topology_places_text(topology, first, n, work->processors, sizeof work->processors);
}

void ff_bound_report(const struct ff_binding *binding, const struct ff_graph *graph, struct ff_result *result)
{
	bool failed = atomic_load_explicit(&binding->failed, memory_order_relaxed); /* all threads have ended */
	snprintf(result->execution.unbound, sizeof result->execution.unbound, "%.150s",
	         failed ? binding->failure.what : binding->why_not);
	if (*result->execution.unbound)
		return;
	if (binding->source != FF_BOUND_NOWHERE)
		write_places(binding->topology, binding->source, 1, &result->execution.source);
	for (int i = 0; i < graph->n_leaders; i++) {
		const struct ff_leader *leader = &graph->leaders[i];
		for (int s = leader->first; s < leader->end; s++)
			write_places(binding->topology, binding->first[i], leader->threads,
			             &result->execution.stages[s]);
	}
}

#include "pipeline/graph.h"

#include <assert.h>

int ff_graph_leader_of(const struct ff_graph *graph, int station)
{
	int i = 0;
	while (station >= graph->leaders[i].end)
		i++;
	return i;
}

/* Whether the edge between two nodes joins two threads. */
static bool joins_threads(const struct ff_graph *graph, int from, int to)
{
	if (!graph->pipeline)
		return false;
	return from == 0 || to == graph->n_stations + 1 ||
	       ff_graph_leader_of(graph, from - 1) != ff_graph_leader_of(graph, to - 1);
}

struct ff_edge *ff_graph_add_edge(struct ff_graph *graph, enum ff_edge_kind kind, int from, int to,
                                  struct ff_slot_shape shape)
{
	assert(graph->n_edges < FF_MAX_EDGES);
	assert(to != 0 || kind == FF_EDGE_LABELS || kind == FF_EDGE_VERDICT); /* the source reads no others */
	assert(to != graph->n_stations + 1 || kind == FF_EDGE_MAIN);          /* the collector likewise */
	struct ff_edge *edge = &graph->edges[graph->n_edges++];
	*edge = (struct ff_edge){.kind = kind, .from = from, .to = to, .slots = 1, .shape = shape};
	edge->ring = to <= from || joins_threads(graph, from, to);
	return edge;
}

/* Topological sort (Kahn 1962) over the edges without tokens: it reaches all nodes if and only if no cycle is without a
 * token. Reverse edges hold the free slots, so a cycle through one has a token if the edge has at least one slot. */
bool ff_graph_lives(const struct ff_graph *graph)
{
	int waits[FF_MAX_STATIONS + 2] = {0}, ready[FF_MAX_STATIONS + 2], n_ready = 0, n_nodes = graph->n_stations + 2;
	for (int e = 0; e < graph->n_edges; e++) {
		if (graph->edges[e].slots == 0 || graph->edges[e].tokens > graph->edges[e].slots)
			return false;
		waits[graph->edges[e].to] += graph->edges[e].tokens == 0;
	}
	for (int i = 0; i < n_nodes; i++)
		if (waits[i] == 0)
			ready[n_ready++] = i;
	for (int done = 0; done < n_ready; done++)
		for (int e = 0; e < graph->n_edges; e++) {
			const struct ff_edge *edge = &graph->edges[e];
			if (edge->from == ready[done] && edge->tokens == 0 && --waits[edge->to] == 0)
				ready[n_ready++] = edge->to;
		}
	return n_ready == n_nodes;
}

size_t ff_graph_bytes(const struct ff_graph *graph)
{
	size_t total = 0, bytes;
	for (int e = 0; e < graph->n_edges; e++)
		if (__builtin_mul_overflow(ff_slot_bytes(&graph->edges[e].shape), graph->edges[e].slots, &bytes) ||
		    __builtin_add_overflow(total, bytes, &total))
			return SIZE_MAX;
	return total;
}

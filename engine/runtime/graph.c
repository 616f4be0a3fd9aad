#include "runtime/graph.h"

#include <assert.h>

#include "runtime/allot.h"
#include "runtime/stage.h"

/* Two: the producer fills one while the consumer works on the other. */
enum { AUTO_SLOTS = 2 };

static size_t width_into(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int l)
{
	if (l == experiment->n_layers)
		return 0; /* the collector reads no rows */
	return l ? (size_t)experiment->layers[l - 1].width : shape->features;
}

/* ---- leaders ---- */

static bool threads_given(const struct ff_experiment *experiment)
{
	for (int l = 0; l < experiment->n_layers; l++)
		if (experiment->layers[l].threads != FF_AUTO)
			return true;
	return false;
}

/* A leader a layer. Those without a number of their own have one thread each, and more as far as the total goes, the
 * slowest first. */
static void lead_as_given(struct ff_graph *graph, const struct ff_experiment *experiment, const double *costs,
                          int total)
{
	graph->n_leaders = graph->n_layers;
	for (int l = 0; l < graph->n_layers; l++) {
		int threads = experiment->layers[l].threads;
		graph->leaders[l] = (struct ff_leader){l, l + 1, threads == FF_AUTO ? 1 : threads};
		total -= graph->leaders[l].threads;
	}
	for (; total > 0; total--) {
		int slowest = -1;
		for (int l = 0; l < graph->n_layers; l++)
			if (experiment->layers[l].threads == FF_AUTO &&
			    (slowest < 0 ||
			     costs[l] / graph->leaders[l].threads > costs[slowest] / graph->leaders[slowest].threads))
				slowest = l;
		if (slowest < 0)
			return;
		graph->leaders[slowest].threads++;
	}
}

static void choose_leaders(struct ff_graph *graph, const struct ff_experiment *experiment,
                           const struct ff_data_shape *shape)
{
	double costs[FF_MAX_LAYERS] = {0};
	int total = experiment->execution.threads == FF_AUTO ? graph->processors : (int)experiment->execution.threads;
	for (int l = 0; l < graph->n_layers; l++)
		costs[l] = ff_layer_cost(width_into(experiment, shape, l), (size_t)experiment->layers[l].width,
		                         ff_schedule_tile_pairs(experiment, shape));
	if (graph->pipeline && threads_given(experiment))
		lead_as_given(graph, experiment, costs, total);
	else if (graph->pipeline && experiment->train.order == FF_TOGETHER)
		graph->n_leaders = ff_allot(costs, graph->n_layers, total, graph->leaders);
	else {
		graph->leaders[0] = (struct ff_leader){0, graph->n_layers, total};
		graph->n_leaders = 1;
	}
	for (int i = 0; i < graph->n_leaders; i++)
		graph->threads += graph->leaders[i].threads;
}

/* ---- edges ---- */

static bool between_leaders(const struct ff_graph *graph, int edge)
{
	for (int i = 0; graph->pipeline && i < graph->n_leaders; i++)
		if (graph->leaders[i].first == edge || graph->leaders[i].end == edge)
			return true;
	return false;
}

static void join_edges(struct ff_graph *graph, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape)
{
	size_t slots = experiment->execution.depth == FF_AUTO ? AUTO_SLOTS : (size_t)experiment->execution.depth;
	graph->n_edges = graph->n_layers + 1;
	for (int e = 0; e < graph->n_edges; e++) {
		bool ring = between_leaders(graph, e);
		graph->edges[e] = (struct ff_edge){
		    .from = e,
		    .to = e + 1,
		    .slots = ring ? slots : 1,
		    .shape = ff_slot_shape(e, width_into(experiment, shape, e), graph->max_rows),
		    .ring = ring,
		};
	}
}

void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors)
{
	*graph = (struct ff_graph){
	    .n_layers = experiment->n_layers,
	    .max_rows = ff_schedule_max_rows(experiment, shape),
	    .pipeline = experiment->execution.kind == FF_PIPELINE,
	    .processors = processors,
	};
	choose_leaders(graph, experiment, shape);
	join_edges(graph, experiment, shape);
	assert(ff_graph_lives(graph));
}

/* Removes nodes that no edge of packets leads to any more, until none is left: then there is no cycle without a token.
 * (An edge back holds the free slots, so a cycle with one has a token if there is at least one slot.) */
bool ff_graph_lives(const struct ff_graph *graph)
{
	int waits[FF_MAX_LAYERS + 2] = {0}, ready[FF_MAX_LAYERS + 2], n_ready = 0, n_nodes = graph->n_layers + 2;
	for (int e = 0; e < graph->n_edges; e++) {
		if (graph->edges[e].slots == 0)
			return false;
		waits[graph->edges[e].to]++;
	}
	for (int i = 0; i < n_nodes; i++)
		if (waits[i] == 0)
			ready[n_ready++] = i;
	for (int done = 0; done < n_ready; done++)
		for (int e = 0; e < graph->n_edges; e++)
			if (graph->edges[e].from == ready[done] && --waits[graph->edges[e].to] == 0)
				ready[n_ready++] = graph->edges[e].to;
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

size_t ff_graph_stage_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment)
{
	size_t total = 0;
	for (int l = 0; l < graph->n_layers; l++)
		if (__builtin_add_overflow(
		        total, ff_stage_bytes(experiment, l, graph->edges[l].shape.width, graph->max_rows), &total))
			return SIZE_MAX;
	return total;
}

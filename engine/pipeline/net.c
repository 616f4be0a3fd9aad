#include "pipeline/net.h"

#include <stdlib.h>
#include <string.h>

#include "machine/memory.h"

static struct ff_team team_of(const struct ff_graph *graph, int station)
{
	return (struct ff_team){graph->leaders[ff_graph_leader_of(graph, station)].threads};
}

/* Spinning pays only if every thread has a processor of its own; the source counts as one. */
static uint64_t spin_of(const struct ff_graph *graph)
{
	return graph->threads + 1 <= graph->processors ? FF_RING_SPIN : 0;
}

/* ---- memory ---- */

static void layout_edges(struct ff_net *net, struct ff_arena *arena)
{
	net->rings = ff_arena_take(arena, (size_t)net->graph.n_edges, sizeof *net->rings);
	for (int e = 0; e < net->graph.n_edges; e++) {
		const struct ff_edge *edge = &net->graph.edges[e];
		size_t bytes = ff_slot_bytes(&edge->shape);
		if (!edge->ring)
			net->inner[e] = ff_arena_take(arena, 1, bytes);
		else {
			void *slots = ff_arena_take(arena, 1, ff_ring_bytes(edge->slots, bytes));
			if (slots)
				ff_ring_init(&net->rings[e], slots, edge->slots, bytes, spin_of(&net->graph));
		}
	}
}

/* The edges of one node, and their ports: each node's on cache lines of their own, as leaders write them. */
static void layout_node(struct ff_net *net, struct ff_arena *arena, int node)
{
	size_t n_edges = (size_t)net->graph.n_edges;
	struct ff_node_edges edges = {
	    .in = ff_arena_take(arena, n_edges, sizeof *edges.in),
	    .out = ff_arena_take(arena, n_edges, sizeof *edges.out),
	};
	for (int e = 0; e < net->graph.n_edges; e++) {
		if (net->graph.edges[e].to == node && edges.in)
			edges.in[edges.n_in] = e;
		if (net->graph.edges[e].from == node && edges.out)
			edges.out[edges.n_out] = e;
		edges.n_in += net->graph.edges[e].to == node;
		edges.n_out += net->graph.edges[e].from == node;
	}
	edges.in_ports = ff_arena_take(arena, (size_t)edges.n_in, sizeof *edges.in_ports);
	edges.out_ports = ff_arena_take(arena, (size_t)edges.n_out, sizeof *edges.out_ports);
	if (net->nodes)
		net->nodes[node] = edges;
}

static void layout(struct ff_net *net, struct ff_arena *arena)
{
	int n_nodes = net->graph.n_stations + 2;
	net->nodes = ff_arena_take(arena, (size_t)n_nodes, sizeof *net->nodes);
	for (int node = 0; node < n_nodes; node++)
		layout_node(net, arena, node);
	layout_edges(net, arena); /* last, because the slots must not be touched yet */
}

static size_t bytes_of(const struct ff_net *net, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape)
{
	size_t bytes, stations = ff_graph_station_bytes(&net->graph, experiment, shape);
	return __builtin_add_overflow(net->arena.used, stations, &bytes) ? SIZE_MAX : bytes;
}

size_t ff_net_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	struct ff_net *net = calloc(1, sizeof *net);
	if (!net)
		return SIZE_MAX;
	ff_graph_build(&net->graph, experiment, shape, 1); /* with the most leaders, hence the most rings */
	layout(net, &net->arena);
	size_t bytes = bytes_of(net, experiment, shape);
	free(net);
	return bytes;
}

/* ---- the net ---- */

static ff_status create_stations(struct ff_net *net, const struct ff_experiment *experiment,
                                 const struct ff_data_shape *shape, struct ff_error *error)
{
	const struct ff_graph *graph = &net->graph;
	for (int s = 0; s < graph->n_stations; s++) {
		struct ff_station **station = &net->stations[s];
		FF_TRY(ff_station_create(graph->stations[s], experiment, shape, s, team_of(graph, s), station, error));
		(*station)->cache = &net->cache;
		(*station)->n_in = net->nodes[s + 1].n_in;
		(*station)->n_out = net->nodes[s + 1].n_out;
	}
	return FF_OK;
}

static ff_status create(struct ff_net *net, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        struct ff_error *error)
{
	net->stations = calloc((size_t)net->graph.n_stations, sizeof(struct ff_station *));
	if (!net->stations)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d stations", net->graph.n_stations);
	layout(net, &net->arena);
	size_t bytes = bytes_of(net, experiment, shape);
	FF_TRY(ff_memory_check(bytes, "the net", error));
	FF_TRY(ff_arena_init(&net->arena, error));
	layout(net, &net->arena);
	FF_TRY(create_stations(net, experiment, shape, error));
	for (int e = 0; e < net->graph.n_edges; e++) /* before there are threads */
		(void)!ff_net_fill(net, e);
	ff_input_cache_init(&net->cache, experiment, shape->n[FF_SET_TRAIN], bytes);
	return FF_OK;
}

ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        const struct ff_graph *graph, struct ff_net *net, struct ff_error *error)
{
	*net = (struct ff_net){.graph = *graph, .n_layers = experiment->n_layers};
	ff_status status = create(net, experiment, shape, error);
	if (status != FF_OK)
		ff_net_destroy(net);
	return status;
}

void ff_net_destroy(struct ff_net *net)
{
	if (!net)
		return;
	for (int s = 0; net->stations && s < net->graph.n_stations; s++)
		ff_station_destroy(net->stations[s]);
	ff_input_cache_fini(&net->cache);
	ff_arena_fini(&net->arena);
	free(net->stations);
	*net = (struct ff_net){0};
}

/* ---- edges ---- */

void *ff_net_reserve(struct ff_net *net, int e)
{
	return net->graph.edges[e].ring ? ff_ring_reserve(&net->rings[e]) : net->inner[e];
}

void *ff_net_peek(struct ff_net *net, int e)
{
	return net->graph.edges[e].ring ? ff_ring_peek(&net->rings[e]) : net->inner[e];
}

void ff_net_commit(struct ff_net *net, int e)
{
	if (net->graph.edges[e].ring)
		ff_ring_commit(&net->rings[e]);
}

void ff_net_release(struct ff_net *net, int e)
{
	if (net->graph.edges[e].ring)
		ff_ring_release(&net->rings[e]);
}

bool ff_net_fill(struct ff_net *net, int e)
{
	const struct ff_edge *edge = &net->graph.edges[e];
	for (size_t t = 0; edge->filled && t < edge->tokens; t++) {
		void *slot = ff_net_reserve(net, e);
		if (!slot)
			return false;
		memset(slot, 0, ff_slot_bytes(&edge->shape));
		ff_net_commit(net, e);
	}
	return true;
}

bool ff_net_drain(struct ff_net *net, int e)
{
	const struct ff_edge *edge = &net->graph.edges[e];
	for (size_t t = 0; edge->filled && t < edge->tokens; t++) {
		if (!ff_net_peek(net, e))
			return false;
		ff_net_release(net, e);
	}
	return true;
}

void ff_net_post_verdict(struct ff_net *net, enum ff_verdict verdict)
{
	void *memory = ff_net_reserve(net, net->graph.verdict);
	if (!memory) /* the source has ended */
		return;
	*(enum ff_verdict *)ff_net_slot(net, net->graph.verdict, memory).carried = verdict;
	ff_net_commit(net, net->graph.verdict);
}

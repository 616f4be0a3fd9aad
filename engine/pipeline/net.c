#include "pipeline/net.h"

#include <stdlib.h>

#include "machine/memory.h"

static struct ff_team team_of(const struct ff_graph *graph, int station)
{
	const struct ff_leader *leader = graph->leaders;
	while (station >= leader->end)
		leader++;
	return (struct ff_team){leader->threads};
}

/* Spinning is for threads with a processor each; the source counts as one. */
static uint64_t spin_of(const struct ff_graph *graph)
{
	return graph->threads + 1 <= graph->processors ? FF_RING_SPIN : 0;
}

static void layout(struct ff_net *net, struct ff_arena *arena)
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
	ff_graph_build(&net->graph, experiment, shape, 1); /* most leaders, hence most rings */
	layout(net, &net->arena);
	size_t bytes = bytes_of(net, experiment, shape);
	free(net);
	return bytes;
}

static ff_status init_stations(struct ff_net *net, const struct ff_experiment *experiment,
                               const struct ff_data_shape *shape, struct ff_error *error)
{
	const struct ff_graph *graph = &net->graph;
	for (int l = 0; l < net->n_layers; l++) {
		FF_TRY(ff_stage_init(&net->stages[l], experiment, shape, l, team_of(graph, l), error));
		net->stages[l].cache = &net->cache;
	}
	if (graph->n_stations == graph->n_layers)
		return FF_OK;
	FF_TRY(ff_readout_init(&net->readout, experiment, shape->classes, graph->max_probes,
	                       team_of(graph, net->n_layers), error));
	net->readout.cache = &net->cache;
	return FF_OK;
}

static ff_status allocate(struct ff_net *net, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                          struct ff_error *error)
{
	net->stages = calloc((size_t)net->n_layers, sizeof *net->stages);
	if (!net->stages)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d stages", net->n_layers);
	layout(net, &net->arena);
	size_t bytes = bytes_of(net, experiment, shape);
	FF_TRY(ff_memory_check(bytes, "the net", error));
	FF_TRY(ff_arena_init(&net->arena, error));
	layout(net, &net->arena);
	FF_TRY(init_stations(net, experiment, shape, error));
	ff_input_cache_init(&net->cache, experiment, shape->n[FF_SET_TRAIN], bytes);
	return FF_OK;
}

static ff_status allocate_or_destroy(struct ff_net *net, const struct ff_experiment *experiment,
                                     const struct ff_data_shape *shape, struct ff_error *error)
{
	ff_status status = allocate(net, experiment, shape, error);
	if (status != FF_OK)
		ff_net_destroy(net);
	return status;
}

ff_status ff_net_create_led(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                            const struct ff_leader *leaders, int n, int processors, struct ff_net *net,
                            struct ff_error *error)
{
	*net = (struct ff_net){.n_layers = experiment->n_layers};
	ff_graph_build(&net->graph, experiment, shape, processors);
	ff_graph_lead(&net->graph, experiment, shape, leaders, n);
	return allocate_or_destroy(net, experiment, shape, error);
}

ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        const struct ff_machine_model *machine, struct ff_net *net, struct ff_error *error)
{
	*net = (struct ff_net){.n_layers = experiment->n_layers};
	FF_TRY(ff_graph_plan(&net->graph, experiment, shape, machine, error));
	return allocate_or_destroy(net, experiment, shape, error);
}

void ff_net_destroy(struct ff_net *net)
{
	if (!net)
		return;
	for (int l = 0; net->stages && l < net->n_layers; l++)
		ff_stage_fini(&net->stages[l]);
	ff_readout_fini(&net->readout);
	ff_input_cache_fini(&net->cache);
	ff_arena_fini(&net->arena);
	free(net->stages);
	*net = (struct ff_net){0};
}

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

void ff_net_post_verdict(struct ff_net *net, enum ff_verdict verdict)
{
	enum ff_verdict *slot = ff_net_reserve(net, net->graph.verdict);
	if (!slot) /* the source has ended */
		return;
	*slot = verdict;
	ff_net_commit(net, net->graph.verdict);
}

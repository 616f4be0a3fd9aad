/* The memory of a run: the graph's stations and the slots of its edges. */
#ifndef ENGINE_PIPELINE_NET_H
#define ENGINE_PIPELINE_NET_H

#include "pipeline/blueprint.h"
#include "pipeline/input_cache.h"
#include "pipeline/readout.h"
#include "pipeline/ring.h"
#include "pipeline/schedule.h"
#include "pipeline/stage.h"

/* The edges of a node, in the order of the graph, and their ends while it fires. */
struct ff_node_edges {
	int n_in, n_out;
	int *in, *out;
	struct ff_port *in_ports, *out_ports; /* of a station; by its leader */
};

struct ff_net {
	struct ff_graph graph;
	int n_layers;                 /* L */
	struct ff_station **stations; /* [graph.n_stations]; owned, each of its kind's struct */
	struct ff_node_edges *nodes;  /* [graph.n_stations + 2] */
	struct ff_input_cache cache;  /* of the inputs of what trains alone */
	double collecting;            /* seconds of the collector at work */
	struct ff_arena arena;
	struct ff_ring *rings;     /* [edges]; those of edges inside a leader are not used */
	void *inner[FF_MAX_EDGES]; /* the one slot of each edge inside a leader */
};

/* Builds the net of a graph, whose threads are shared out (plan/lead.h), for the experiment and the data's shape that
 * the graph was built for. Errors: FF_ERROR_MEMORY (said before anything is allocated). The experiment must outlive the
 * net. */
FF_NODISCARD ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     const struct ff_graph *graph, struct ff_net *net, struct ff_error *error);

/* Bytes that ff_net_create() would ask for at most, on whatever machine, but for the cache; SIZE_MAX if they cannot be
 * counted. */
size_t ff_net_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Fine on a zero struct. */
void ff_net_destroy(struct ff_net *net);

/* Layer l; the head, NULL without one. */
static inline struct ff_layer *ff_net_layer(const struct ff_net *net, int l)
{
	return &((struct ff_stage *)net->stations[l])->layer; /* every layer's station begins with a stage */
}
static inline struct ff_head *ff_net_head(const struct ff_net *net)
{
	bool readout = net->graph.n_stations > net->n_layers;
	struct ff_readout *last = readout ? (struct ff_readout *)net->stations[net->n_layers] : NULL;
	return last && last->has_head ? &last->head : NULL;
}

/* The collector's word on the epoch whose last packet it took; only where the graph has an edge for it. */
void ff_net_post_verdict(struct ff_net *net, enum ff_verdict verdict);

/* A slot of edge e to write, or to read: the ring's (waits; NULL once it has ended) or the one there is. Then it is
 * done with. */
void *ff_net_reserve(struct ff_net *net, int e);
void *ff_net_peek(struct ff_net *net, int e);
void ff_net_commit(struct ff_net *net, int e);
void ff_net_release(struct ff_net *net, int e);

/* The slot at `memory` on edge e. */
static inline struct ff_slot ff_net_slot(const struct ff_net *net, int e, void *memory)
{
	return ff_slot_at(&net->graph.edges[e].shape, memory);
}

#endif

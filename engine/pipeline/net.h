/* The memory of a run: the graph's stations and the slots of its edges. */
#ifndef ENGINE_PIPELINE_NET_H
#define ENGINE_PIPELINE_NET_H

#include "pipeline/blueprint.h"
#include "pipeline/input_cache.h"
#include "pipeline/readout.h"
#include "pipeline/ring.h"
#include "pipeline/schedule.h"
#include "pipeline/stage.h"

/* The edges of a node in the graph's order, and its ends of them while it fires. */
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
	struct ff_input_cache cache;  /* inputs of the station that trains alone */
	double collecting;            /* seconds that the collector has worked */
	struct ff_arena arena;
	struct ff_ring *rings;     /* [edges]; unused for edges inside a leader */
	void *inner[FF_MAX_EDGES]; /* the one slot of each edge inside a leader */
};

/* Builds the net of a graph for the experiment and the data's shape that the graph was built for. The graph's threads
 * must be distributed already (plan/lead.h). The experiment must outlive the net. Errors: FF_ERROR_MEMORY, reported
 * before anything is allocated. */
FF_NODISCARD ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     const struct ff_graph *graph, struct ff_net *net, struct ff_error *error);

/* Upper limit of the bytes that ff_net_create() allocates on any machine, without the input cache; SIZE_MAX on
 * overflow. */
size_t ff_net_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Fine on a zero struct. */
void ff_net_destroy(struct ff_net *net);

/* Layer l. The head, or NULL without one. */
static inline struct ff_layer *ff_net_layer(const struct ff_net *net, int l)
{
	return &((struct ff_stage *)net->stations[l])->layer; /* every layer's station begins with a stage */
}
static inline struct ff_head *ff_net_head(const struct ff_net *net)
{
	struct ff_station *last = net->stations[net->graph.n_stations - 1];
	struct ff_readout *readout = last->kind == &ff_readout_kind ? (struct ff_readout *)last : NULL;
	return readout && readout->has_head ? &readout->head : NULL;
}

/* Posts the collector's verdict on the epoch whose last packet it took. Only for graphs with an edge for verdicts. */
void ff_net_post_verdict(struct ff_net *net, enum ff_verdict verdict);

/* Reserve or peek a slot of edge e, then commit or release it. On a ring, reserve and peek wait, and return NULL once
 * the ring has ended; otherwise they return the edge's single slot. */
void *ff_net_reserve(struct ff_net *net, int e);
void *ff_net_peek(struct ff_net *net, int e);
void ff_net_commit(struct ff_net *net, int e);
void ff_net_release(struct ff_net *net, int e);

/* Puts the tokens of a filled edge on it, all bytes 0, or takes them off. False if the other end has ended. */
bool ff_net_fill(struct ff_net *net, int e);
bool ff_net_drain(struct ff_net *net, int e);

/* The slot at `memory` on edge e. */
static inline struct ff_slot ff_net_slot(const struct ff_net *net, int e, void *memory)
{
	return ff_slot_at(&net->graph.edges[e].shape, memory);
}

#endif

/* The memory of a run: the graph's stations and the slots of its edges. */
#ifndef ENGINE_PIPELINE_NET_H
#define ENGINE_PIPELINE_NET_H

#include "pipeline/readout.h"
#include "pipeline/ring.h"
#include "pipeline/stage.h"
#include "plan/lead.h"

struct ff_net {
	struct ff_graph graph;
	int n_layers;                /* L */
	struct ff_stage *stages;     /* [L]; owned */
	struct ff_readout readout;   /* if the graph has one */
	struct ff_input_cache cache; /* of greedy inputs */
	double collecting;           /* seconds of the collector at work */
	struct ff_arena arena;
	struct ff_ring *rings;     /* [edges]; those of edges inside a leader are not used */
	void *inner[FF_MAX_EDGES]; /* the one slot of each edge inside a leader */
};

/* Plans the graph for the machine and builds the net on it.
 * Errors: FF_ERROR_MEMORY (said before anything is allocated). The experiment must outlive the net. */
FF_NODISCARD ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     const struct ff_machine_model *machine, struct ff_net *net,
                                     struct ff_error *error);

/* The same with leaders that are given [n], as ff_graph_lead() takes them, on so many processors. */
FF_NODISCARD ff_status ff_net_create_led(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                         const struct ff_leader *leaders, int n, int processors, struct ff_net *net,
                                         struct ff_error *error);

/* Bytes that ff_net_create() would ask for at most, on whatever machine, but for the cache; SIZE_MAX if they cannot be
 * counted. */
size_t ff_net_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Fine on a zero struct. */
void ff_net_destroy(struct ff_net *net);

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

/* The memory of a run: the stages of the graph's layers and the slots of its edges. */
#ifndef ENGINE_RUNTIME_NET_H
#define ENGINE_RUNTIME_NET_H

#include "runtime/graph.h"
#include "runtime/ring.h"
#include "runtime/stage.h"

struct ff_net {
	struct ff_graph graph;
	int n_layers;            /* L */
	struct ff_stage *stages; /* [L]; owned */
	struct ff_cache cache;   /* of greedy inputs */
	double collecting;       /* seconds of the collector at work */
	struct ff_arena arena;
	struct ff_ring *rings;          /* [edges]; those of edges inside a leader are not used */
	void *inner[FF_MAX_LAYERS + 1]; /* the one slot of each edge inside a leader */
};

/* Builds the graph for `processors` and the net on it.
 * Errors: FF_ERROR_MEMORY (said before anything is allocated). The experiment must outlive the net. */
FF_NODISCARD ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                     int processors, struct ff_net *net, struct ff_error *error);

/* Fine on a zero struct. */
void ff_net_destroy(struct ff_net *net);

/* The slot at `memory` on edge e. */
static inline struct ff_slot ff_net_slot(const struct ff_net *net, int e, void *memory)
{
	return ff_slot_at(&net->graph.edges[e].shape, memory);
}

#endif

/* The graph of a run: source, the layers' stages, collector; who leads them; and the edges between them.
 *
 *     source -> stage 1 -> stage 2 -> ... -> stage L -> collector
 *
 * Leaders: threads that each run one or more consecutive stages with a team of their own. An edge between two leaders
 * is a ring of `slots` slots; one inside a leader is a single slot. Sequential execution has one leader, the caller's
 * thread, for everything.
 *
 * Deadlock: a node takes one packet from every edge into it and puts one on every edge out of it each time it fires (a
 * marked graph), so the graph lives if and only if every cycle holds a token (Commoner et al. 1971). A ring of s slots
 * is an edge with the packets in it as tokens and an edge back with its s free slots. The edges of packets have no cycle
 * among themselves, so one slot an edge is enough to live, and what is more decides speed only. */
#ifndef ENGINE_RUNTIME_GRAPH_H
#define ENGINE_RUNTIME_GRAPH_H

#include <stdio.h>

#include "base/error.h"
#include "runtime/schedule.h"
#include "runtime/slot.h"

/* A thread and the layers [first, end) it leads. */
struct ff_leader {
	int first, end;
	int threads; /* of its team, itself included */
};

/* Nodes are numbered along the way: 0 is the source, 1 to L the layers' stages, L + 1 the collector. */
struct ff_edge {
	int from, to; /* nodes */
	size_t slots;
	struct ff_slot_shape shape;
	bool ring; /* between two threads */
};

struct ff_graph {
	int n_layers; /* L */
	int n_leaders, n_edges;
	size_t max_rows;
	bool pipeline; /* source and leaders have threads of their own */
	struct ff_leader leaders[FF_MAX_LAYERS];
	struct ff_edge edges[FF_MAX_LAYERS + 1]; /* edge l: into layer l (from 0); the last: into the collector */
	int threads;                             /* of all leaders' teams */
	int processors;                          /* that it was built for */
};

/* Builds the graph for the experiment, a dataset's shape and `processors`. Which leader has which layers and threads:
 *     sequential, or greedy   one leader with all threads: only one layer trains at a time
 *     threads given           a leader a layer, with per_stage or the layer's own `threads`
 *     else                    execution.threads.total shared out so that the slowest leader is as fast as possible
 * Sharing follows a model of a layer's cost, never a measurement. */
void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors);

/* True if no order of events can stop the graph for ever. */
bool ff_graph_lives(const struct ff_graph *graph);

/* Bytes of all edges' slots; SIZE_MAX if they cannot be counted. */
size_t ff_graph_bytes(const struct ff_graph *graph);

/* Bytes of all layers' stages on it; SIZE_MAX likewise. */
size_t ff_graph_stage_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment);

/* Writes the graph as a drawing in text, or in Graphviz's language DOT. */
void ff_graph_print(const struct ff_graph *graph, const struct ff_experiment *experiment, FILE *stream);
void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment, FILE *stream);

#endif

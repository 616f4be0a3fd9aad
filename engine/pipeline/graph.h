/* The graph of a run: source, stations, collector; who leads them; and the edges between them.
 *
 *     source -> layer 1 -> layer 2 -> ... -> layer L -> readout -> collector
 *       ^            +----------+----- side edges ---------^ |
 *       +------------------- feedback -----------------------+
 *
 * Stations: the layers' stages, and the readout if there is a head or negatives are adaptive. Side edges bring the head
 * the plain rows of the layers it reads (the last layer's come on the main edge). Feedback: the wrong labels that the
 * readout drew. With a patience, an edge from the collector brings the source the verdict on an epoch.
 *
 * Leaders: threads that each run one or more consecutive stations with a team of their own. An edge between two leaders
 * is a ring of `slots` slots; one inside a leader is a single slot. Sequential execution has one leader, the caller's
 * thread, for everything. Feedback and verdicts are rings in either case.
 *
 * Deadlock: a node takes one packet from every edge into it and puts one on every edge out of it each time it fires (a
 * marked graph), so the graph lives if and only if every cycle holds a token (Commoner et al. 1971). A ring of s slots
 * is an edge with the packets in it as tokens and an edge back with its s free slots. The main and side edges have no
 * cycle among themselves, so one slot an edge is enough to live, and what is more decides speed only. Feedback has the
 * lag's packets, which the source sends unasked, as tokens; a verdict is waited for only when all that it is about has
 * been sent. */
#ifndef ENGINE_PIPELINE_GRAPH_H
#define ENGINE_PIPELINE_GRAPH_H

#include <stdio.h>

#include "base/error.h"
#include "pipeline/schedule.h"
#include "pipeline/slot.h"

/* The layers and the readout; and every kind of edge. */
enum { FF_MAX_STATIONS = FF_MAX_LAYERS + 1, FF_MAX_EDGES = FF_MAX_STATIONS + 1 + FF_MAX_LAYERS + 2 };

/* A thread and the stations [first, end) it leads. */
struct ff_leader {
	int first, end;
	int threads; /* of its team, itself included */
};

/* Whether two lists of leaders share stations out alike. */
static inline bool ff_leaders_same(const struct ff_leader *a, int n, const struct ff_leader *b, int m)
{
	bool same = n == m;
	for (int i = 0; same && i < n; i++)
		same = a[i].first == b[i].first && a[i].end == b[i].end && a[i].threads == b[i].threads;
	return same;
}

/* Nodes are numbered along the way: 0 is the source, s + 1 station s, the last the collector. */
struct ff_edge {
	int from, to; /* nodes */
	size_t slots;
	size_t tokens; /* packets that its reader can do without at first */
	struct ff_slot_shape shape;
	bool ring; /* between two threads */
};

struct ff_graph {
	int n_layers, n_stations; /* L; L + 1 with a readout */
	int n_leaders, n_edges;
	size_t features; /* I of the first layer */
	size_t max_rows, max_probes;
	bool pipeline; /* source and leaders have threads of their own */
	struct ff_leader leaders[FF_MAX_STATIONS];
	struct ff_edge
	    edges[FF_MAX_EDGES]; /* edge s: into station s; edge n_stations: into the collector; then others */
	int side[FF_MAX_LAYERS]; /* the edge from a layer to the readout that is not the main one, or -1 */
	int feedback, verdict;   /* the edges with these names, or -1 */
	int threads;             /* of all leaders' teams */
	int processors;          /* that it was built for */
};

/* Whether station s is the readout. */
static inline bool ff_graph_is_readout(const struct ff_graph *graph, int s)
{
	return s == graph->n_layers;
}

/* Builds the graph for the experiment, a dataset's shape and `processors`, before anybody has shared threads out (which
 * ff_graph_plan() does): one leader with all threads for what goes in turn (sequential; greedy without threads given),
 * else a leader a station, with its own number of threads or one. */
void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors);

/* Whether a layer has a number of threads of its own (execution.threads.per_stage or its `threads`). */
bool ff_threads_given(const struct ff_experiment *experiment);

/* Gives a pipeline's graph other leaders [n] and joins its nodes anew. */
void ff_graph_lead(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                   const struct ff_leader *leaders, int n);

/* True if no order of events can stop the graph for ever. */
bool ff_graph_lives(const struct ff_graph *graph);

/* Bytes of all edges' slots; SIZE_MAX if they cannot be counted. */
size_t ff_graph_bytes(const struct ff_graph *graph);

/* Bytes of all stations on it; SIZE_MAX likewise. */
size_t ff_graph_station_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment,
                              const struct ff_data_shape *shape);

/* Writes the graph as a drawing in text, or in Graphviz's language DOT. */
void ff_graph_print(const struct ff_graph *graph, const struct ff_experiment *experiment,
                    const struct ff_data_shape *shape, FILE *stream);
void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment, FILE *stream);

#endif

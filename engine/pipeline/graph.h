/* The graph of a run: its stations, the edges between them, the source and the collector, and the leaders that run
 * them.
 *
 *     source -> layer 1 -> layer 2 -> ... -> layer L -> readout -> collector
 *       ^            +----------+----- side edges ---------^ |
 *       +------------------- drawn labels -------------------+
 *
 * The graph is data: pipeline/blueprint.c builds it for an experiment, and each kind of station adds its own edges.
 *
 * A leader is a thread that runs one or more consecutive stations with a team of its own. An edge between two leaders
 * is a ring of `slots` slots; an edge inside a leader is a single slot unless it goes back. Sequential execution has
 * one leader for everything, the caller's thread. Edges with labels and verdicts are always rings.
 *
 * No deadlock: each time a node fires it takes one packet from every input edge and puts one on every output edge (a
 * marked graph), so the graph is live if and only if every cycle holds a token (Commoner et al. 1971). A ring of s
 * slots counts as an edge whose tokens are the packets in it, plus a reverse edge whose tokens are its free slots. Main
 * and side edges form no cycle among themselves, so one slot an edge suffices for liveness; more slots only make it
 * faster. The edge of drawn labels has as many tokens as the source is ahead by its lag; the source waits for a verdict
 * only after it has sent everything that the verdict is about; an edge back holds its tokens from the start. */
#ifndef ENGINE_PIPELINE_GRAPH_H
#define ENGINE_PIPELINE_GRAPH_H

#include "base/error.h"
#include "ffengine/experiment.h"
#include "pipeline/edge.h"

/* At most the layers and the readout. Edges: the main edges, at most one side edge and one edge back per station,
 * labels and verdict. */
enum {
	FF_MAX_STATIONS = FF_MAX_LAYERS + 1,
	FF_MAX_NODES = FF_MAX_STATIONS + 2,
	FF_MAX_EDGES = 3 * FF_MAX_STATIONS + 3
};

/* A thread and the stations [first, end) it leads. */
struct ff_leader {
	int first, end;
	int threads; /* of its team, itself included */
};

/* Whether two arrays of leaders divide the stations in the same way. */
static inline bool ff_leaders_same(const struct ff_leader *a, int n, const struct ff_leader *b, int m)
{
	bool same = n == m;
	for (int i = 0; same && i < n; i++)
		same = a[i].first == b[i].first && a[i].end == b[i].end && a[i].threads == b[i].threads;
	return same;
}

struct ff_station_kind;

struct ff_graph {
	int n_layers, n_stations; /* the first L stations are the layers */
	int n_leaders, n_edges;
	bool pipeline; /* source and leaders run on threads of their own */
	const struct ff_station_kind *stations[FF_MAX_STATIONS];
	struct ff_leader leaders[FF_MAX_STATIONS];
	struct ff_edge edges[FF_MAX_EDGES]; /* edge s: main edge into station s; edge n_stations: into the collector */
	int labels, verdict;                /* indices of the edges of these kinds, or -1 */
	int threads;                        /* of all leaders' teams */
	int processors;                     /* for which it was built */
};

/* Adds an edge with one slot and no tokens, and returns it for the caller to complete. The leaders must be known. */
struct ff_edge *ff_graph_add_edge(struct ff_graph *graph, enum ff_edge_kind kind, int from, int to,
                                  struct ff_slot_shape shape);

/* The leader of a station, from 0. */
int ff_graph_leader_of(const struct ff_graph *graph, int station);

/* Whether a station is a layer; the readout, which learns from the outputs of all layers, is not. */
static inline bool ff_graph_is_layer(const struct ff_graph *graph, int station)
{
	return station >= 0 && station < graph->n_layers;
}

/* Whether the graph is free of deadlock. */
bool ff_graph_lives(const struct ff_graph *graph);

/* Bytes of all edges' slots; SIZE_MAX on overflow. */
size_t ff_graph_bytes(const struct ff_graph *graph);

#endif

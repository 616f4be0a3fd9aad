/* The graph of a run: its stations, the edges that join them with source and collector, and who leads them.
 *
 *     source -> layer 1 -> layer 2 -> ... -> layer L -> readout -> collector
 *       ^            +----------+----- side edges ---------^ |
 *       +------------------- drawn labels -------------------+
 *
 * The graph is data: pipeline/blueprint.c builds it for an experiment, each kind of station adding its own edges.
 *
 * Leaders are threads that each run one or more consecutive stations with a team of their own. An edge between two
 * leaders is a ring of `slots` slots; one inside a leader is a single slot, unless it goes back. Sequential execution
 * has one leader, the caller's thread, for everything. Labels and verdicts are rings in either case.
 *
 * Deadlock: a node takes one packet from every edge into it and puts one on every edge out of it each time it fires (a
 * marked graph), so the graph lives if and only if every cycle holds a token (Commoner et al. 1971). A ring of s slots
 * is an edge with the packets in it as tokens and an edge back with its s free slots. Main and side edges have no cycle
 * among themselves, so one slot an edge is enough to live, and more slots decide speed only. Drawn labels have the lag's
 * packets, which the source sends unasked, as tokens; a verdict is waited for only when all that it is about has been
 * sent; an edge back is filled with its tokens from the beginning. */
#ifndef ENGINE_PIPELINE_GRAPH_H
#define ENGINE_PIPELINE_GRAPH_H

#include "base/error.h"
#include "ffengine/experiment.h"
#include "pipeline/edge.h"

/* The layers and the readout; edges: the way through them, one aside and one back a station, labels and verdict. */
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

/* Whether two lists of leaders share stations out alike. */
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
	bool pipeline; /* source and leaders have threads of their own */
	const struct ff_station_kind *stations[FF_MAX_STATIONS];
	struct ff_leader leaders[FF_MAX_STATIONS];
	struct ff_edge edges[FF_MAX_EDGES]; /* edge s: the way into station s; edge n_stations: into the collector */
	int labels, verdict;                /* the edges of these kinds, or -1 */
	int threads;                        /* of all leaders' teams */
	int processors;                     /* that it was built for */
};

/* Adds an edge of one slot without tokens; returns it, to be completed. The leaders are known. */
struct ff_edge *ff_graph_add_edge(struct ff_graph *graph, enum ff_edge_kind kind, int from, int to,
                                  struct ff_slot_shape shape);

/* The leader of a station, from 0. */
int ff_graph_leader_of(const struct ff_graph *graph, int station);

/* Whether a station learns from the answers of all layers, as the head does, instead of being one. */
static inline bool ff_graph_is_layer(const struct ff_graph *graph, int station)
{
	return station >= 0 && station < graph->n_layers;
}

/* Writes "source", "layer 2", "readout" or "collector". */
void ff_node_name(const struct ff_graph *graph, int node, char *text, size_t size);

/* True if no order of events can stop the graph for ever. */
bool ff_graph_lives(const struct ff_graph *graph);

/* Bytes of all edges' slots; SIZE_MAX if they cannot be counted. */
size_t ff_graph_bytes(const struct ff_graph *graph);

#endif

/* A pipeline to simulate, and what a simulation says of it. Plain values. */
#ifndef ENGINE_PLAN_SIMULATION_H
#define ENGINE_PLAN_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeline/graph.h"

enum {
	FF_SIM_NODES = FF_MAX_STATIONS + 2,
	FF_SIM_KINDS = 2, /* of packets, which come in turn */
	FF_SIM_EVERY = -1,
	FF_SIM_NO_HOST = -1,
};

struct ff_sim_node {
	int leader;                      /* leaders have consecutive nodes, in order */
	double seconds[FF_SIM_KINDS][2]; /* for each kind: until it hands on, after that */
};

struct ff_sim_edge {
	int from, to; /* nodes; to may be before from */
	size_t slots;
	size_t ahead;     /* packets that its reader can do without at first */
	int given, taken; /* the kind that it is written for, and that which is read with it; or FF_SIM_EVERY */
};

struct ff_sim {
	int n_nodes, n_edges, n_leaders;
	int kinds;       /* 1 or 2 */
	int guest, host; /* leaders that share a core; or FF_SIM_NO_HOST */
	struct ff_sim_node nodes[FF_SIM_NODES];
	struct ff_sim_edge edges[FF_MAX_EDGES];
};

struct ff_sim_leader {
	double busy;           /* share of the time */
	double waiting_input;  /* for packets */
	double waiting_output; /* for free slots */
};

struct ff_sim_result {
	double seconds; /* a round of all kinds of packets */
	struct ff_sim_leader leaders[FF_SIM_NODES];
	double node_busy[FF_SIM_NODES]; /* share of the time, of each node */
	double filled[FF_MAX_EDGES];    /* slots of each edge that hold a packet, mean over the time */
};

#endif

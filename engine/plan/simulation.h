/* A pipeline to simulate, and the result of a simulation. Plain values. */
#ifndef ENGINE_PLAN_SIMULATION_H
#define ENGINE_PLAN_SIMULATION_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeline/graph.h"

enum {
	FF_SIM_NODES = FF_MAX_STATIONS + 2,
	FF_SIM_KINDS = 2, /* kinds of packets, which alternate */
	FF_SIM_EVERY = -1,
	FF_SIM_NO_HOST = -1,
};

struct ff_sim_node {
	int leader;                      /* leaders have consecutive nodes, in order */
	double seconds[FF_SIM_KINDS][2]; /* of each kind: until it hands on, after that */
};

struct ff_sim_edge {
	int from, to; /* nodes; to may be before from */
	size_t slots;
	size_t ahead;     /* initial tokens: packets by which its reader may be ahead */
	int given, taken; /* the kind of packet that it is written with, and read with; or FF_SIM_EVERY */
};

struct ff_sim {
	int n_nodes, n_edges, n_leaders;
	int kinds;       /* kinds of packets, 1 or 2 */
	int guest, host; /* leaders that share a core; host may be FF_SIM_NO_HOST */
	struct ff_sim_node nodes[FF_SIM_NODES];
	struct ff_sim_edge edges[FF_MAX_EDGES];
};

struct ff_sim_leader {
	double busy;           /* share of the time */
	double waiting_input;  /* for packets */
	double waiting_output; /* for free slots */
};

struct ff_sim_result {
	double seconds; /* of a round: one packet of each kind */
	struct ff_sim_leader leaders[FF_SIM_NODES];
	double node_busy[FF_SIM_NODES]; /* share of the time that each node works */
	double filled[FF_MAX_EDGES];    /* mean number of packets in each edge */
};

#endif

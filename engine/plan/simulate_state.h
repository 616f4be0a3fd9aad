/* A simulation in its course. Leaders do not go through time together: each has a clock of its own, and goes on for as
 * long as it is known when packets and slots come to it. In a marked graph that is all that its times depend on, so no
 * event has to wait for those before it. Only two that share a core slow each other down: these go on by one clock.
 * Private to simulations. */
#ifndef ENGINE_PLAN_SIMULATE_STATE_H
#define ENGINE_PLAN_SIMULATE_STATE_H

#include <math.h>

#include "plan/simulation.h"

enum ff_sim_phase { FF_SIM_WAITING, FF_SIM_READY, FF_SIM_HANDING_ON, FF_SIM_GOING_ON };

enum { FF_SIM_NO_EDGE = -1 };

struct ff_sim_leader_state {
	int first, end, node; /* its nodes [first, end), and the one that is next or at work */
	enum ff_sim_phase phase;
	double now;    /* until when it has come, and is accounted for */
	double until;  /* when its phase ends if nothing changes; when it can begin if it is ready; else never */
	int at;        /* of the node's list of edges: it has waited for those before */
	int waits_for; /* the edge there, of which it is not known yet when it has a packet or a slot */
};

/* When the packet in a slot came, and when the one before it left. */
struct ff_sim_slot {
	double came, left;
};

struct ff_sim_edge_state {
	struct ff_sim_slot *slots; /* [n] */
	size_t n, in, out;         /* those that are written and read next */
	size_t held, ahead;        /* packets in it; that its reader still does without */
	int from, to;              /* leaders */
};

/* The edges of a node for a kind of packet: those into it, then those out of it, at [first, middle) and [middle, end)
 * of a list. */
struct ff_sim_joints {
	int first, middle, end;
};

struct ff_sim_state {
	const struct ff_sim *sim;
	struct ff_sim_leader_state leaders[FF_SIM_NODES];
	struct ff_sim_edge_state edges[FF_MAX_EDGES];
	struct ff_sim_joints joints[FF_SIM_NODES][FF_SIM_KINDS];
	int list[2 * FF_SIM_KINDS * FF_MAX_EDGES];
	int kind[FF_SIM_NODES];           /* of the packet that each node has next */
	int woken[FF_SIM_NODES], n_woken; /* leaders that may go on */
	size_t fired, wanted;             /* firings of the last node; with so many its leader stops */
	double done;                      /* when it had */
	bool halved;                      /* guest and host are both at work */
	double shared_now;                /* until when both have come */
	double began, ended;              /* what is between is measured; leaders stop after it */
	struct ff_sim_result *result;
};

/* Of the packet that it has next. */
static inline const struct ff_sim_joints *ff_sim_joints_of(const struct ff_sim_state *state, int node)
{
	return &state->joints[node][state->kind[node]];
}

/* The leader's next node is this one. */
static inline void ff_sim_go_to(struct ff_sim_state *state, struct ff_sim_leader_state *leader, int node)
{
	leader->node = node;
	leader->phase = FF_SIM_WAITING;
	leader->until = INFINITY;
	leader->at = ff_sim_joints_of(state, node)->first;
}

/* Goes on with a leader until nothing more is known of it; with one that shares a core, until state->shared_now. */
void ff_sim_go_on(struct ff_sim_state *state, int leader);

/* Goes on with all that were woken, and those that they wake. */
void ff_sim_settle(struct ff_sim_state *state);

/* When all have settled: goes on with those that share a core, until something happens to one of them, and with whom
 * they wake. False if nothing happens any more before state->ended. */
bool ff_sim_share_core(struct ff_sim_state *state);

/* Measures what is not over at state->ended, when all have come to it or wait for what comes later. */
void ff_sim_account_rest(struct ff_sim_state *state);

#endif

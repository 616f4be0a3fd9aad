/* The state of a simulation. Leaders do not advance in step: each has a clock of its own and advances as long as it is
 * known when packets and free slots reach it. In a marked graph its times depend on nothing else, so events need not be
 * processed in order of time. Only two leaders that share a core slow each other down; these advance on a common clock.
 * Private to the simulation. */
#ifndef ENGINE_PLAN_SIMULATE_STATE_H
#define ENGINE_PLAN_SIMULATE_STATE_H

#include <math.h>

#include "plan/simulation.h"

enum ff_sim_phase { FF_SIM_WAITING, FF_SIM_READY, FF_SIM_HANDING_ON, FF_SIM_LEARNING };

enum { FF_SIM_NO_EDGE = -1 };

struct ff_sim_leader_state {
	int first, end, node; /* its nodes are [first, end); the one that is next or at work */
	enum ff_sim_phase phase;
	double now;    /* its clock: everything before is accounted for */
	double until;  /* end of its phase; when ready, the time at which it can begin; otherwise infinity */
	int at;        /* index in `list`: it has waited for the node's edges before this one */
	int waits_for; /* the edge at `at`, if it is not known yet when that has a packet or a free slot */
};

/* When the packet in a slot arrived, and when the previous one left. */
struct ff_sim_slot {
	double came, left;
};

struct ff_sim_edge_state {
	struct ff_sim_slot *slots; /* [n] */
	size_t n, in, out;         /* slots that are written and read next */
	size_t held, ahead;        /* packets in it; tokens that its reader has left */
	int from, to;              /* leaders */
};

/* The edges of a node for one kind of packet, in a list: inputs at [first, middle), outputs at [middle, end). */
struct ff_sim_ports {
	int first, middle, end;
};

struct ff_sim_state {
	const struct ff_sim *sim;
	struct ff_sim_leader_state leaders[FF_SIM_NODES];
	struct ff_sim_edge_state edges[FF_MAX_EDGES];
	struct ff_sim_ports ports[FF_SIM_NODES][FF_SIM_KINDS];
	int list[2 * FF_SIM_KINDS * FF_MAX_EDGES];
	int kind[FF_SIM_NODES];           /* of each node's next packet */
	int woken[FF_SIM_NODES], n_woken; /* leaders that may advance */
	size_t fired, wanted;             /* firings of the last node; its leader stops at `wanted` */
	double done;                      /* time of firing number `wanted` */
	bool slowed;                      /* guest and host both work, each at half speed */
	double shared_now;                /* common clock of guest and host */
	double began, ended;              /* the measured interval; leaders stop after it */
	struct ff_sim_result *result;
};

/* The edges for the node's next packet. */
static inline const struct ff_sim_ports *ff_sim_ports_of(const struct ff_sim_state *state, int node)
{
	return &state->ports[node][state->kind[node]];
}

/* Makes `node` the leader's next node. */
static inline void ff_sim_set_node(struct ff_sim_state *state, struct ff_sim_leader_state *leader, int node)
{
	leader->node = node;
	leader->phase = FF_SIM_WAITING;
	leader->until = INFINITY;
	leader->at = ff_sim_ports_of(state, node)->first;
}

/* Advances a leader until its next event is not known; one that shares a core, until state->shared_now. */
void ff_sim_advance(struct ff_sim_state *state, int leader);

/* Advances all woken leaders, and those that they wake. */
void ff_sim_settle(struct ff_sim_state *state);

/* After all have settled: moves the common clock of the leaders that share a core to the next event of either, and
 * advances those that it wakes. False if there is no event before state->ended. */
bool ff_sim_share_core(struct ff_sim_state *state);

/* Adds what is unfinished at state->ended, once all leaders have reached it or wait for a later event. */
void ff_sim_account_rest(struct ff_sim_state *state);

#endif

#include "runtime/simulate.h"

#include <math.h>
#include <string.h>

enum phase { WAITING, HANDING_ON, GOING_ON };

enum { NO_EDGE = -1, LEAVES = 256 };
_Static_assert(LEAVES >= (int)FF_SIM_NODES, "a leaf for each leader");

struct leader_state {
	int first, end, node; /* its nodes [first, end), and the one that is next or at work */
	enum phase phase;
	double since;  /* until when it is accounted for */
	int waits_for; /* the edge without a packet or a slot */
	bool starved;  /* it is a packet */
};

struct edge_state {
	size_t given, taken;
	double since;
};

/* The edges of a node: those into it, then those out of it, at [first, middle) and [middle, end) of a list. */
struct joints {
	int first, middle, end;
};

/* What happens touches an edge, an edge touches the one leader that waits for it: nobody else is looked at. */
struct state {
	const struct ff_sim *sim;
	struct leader_state leaders[FF_SIM_NODES];
	struct edge_state edges[FF_MAX_EDGES];
	struct joints joints[FF_SIM_NODES];
	int list[2 * FF_MAX_EDGES];
	size_t fired[FF_SIM_NODES];       /* firings begun and ended, of each node */
	int woken[FF_SIM_NODES], n_woken; /* leaders that may go on */
	bool halved;                      /* guest and host are both at work */
	double now;
	/* When each leader's phase ends if nothing changes, never while it waits, at LEAVES + leader; before them what comes
	 * first of places 2 i and 2 i + 1, at i. */
	double ends[2 * LEAVES];
	struct ff_sim_result *result;
};

static void set_end(struct state *state, int leader, double time)
{
	double *ends = state->ends;
	ends[LEAVES + leader] = time;
	for (int i = (LEAVES + leader) / 2; i >= 1; i /= 2)
		ends[i] = ends[2 * i] < ends[2 * i + 1] ? ends[2 * i] : ends[2 * i + 1];
}

/* A leader whose phase ends at the first of all times. */
static int first_to_end(const struct state *state)
{
	int i = 1;
	while (i < LEAVES)
		i = 2 * i + (state->ends[2 * i] > state->ends[2 * i + 1]);
	return i - LEAVES;
}

static void join(struct state *state)
{
	const struct ff_sim *sim = state->sim;
	int n = 0;
	for (int i = 0; i < sim->n_nodes; i++) {
		struct joints *joints = &state->joints[i];
		joints->first = n;
		for (int e = 0; e < sim->n_edges; e++)
			if (sim->edges[e].to == i)
				state->list[n++] = e;
		joints->middle = n;
		for (int e = 0; e < sim->n_edges; e++)
			if (sim->edges[e].from == i)
				state->list[n++] = e;
		joints->end = n;
	}
}

static void begin(struct state *state, const struct ff_sim *sim, struct ff_sim_result *result)
{
	memset(state, 0, sizeof *state);
	memset(result, 0, sizeof *result);
	state->sim = sim;
	state->result = result;
	join(state);
	for (int i = 0; i < 2 * LEAVES; i++)
		state->ends[i] = INFINITY;
	for (int i = sim->n_nodes - 1; i >= 0; i--)
		state->leaders[sim->nodes[i].leader].first = i;
	for (int i = 0; i < sim->n_nodes; i++)
		state->leaders[sim->nodes[i].leader].end = i + 1;
	for (int i = 0; i < sim->n_leaders; i++) {
		state->leaders[i].node = state->leaders[i].first;
		state->leaders[i].waits_for = NO_EDGE;
		state->woken[state->n_woken++] = i;
	}
}

static int kind_of(const struct state *state, int node)
{
	return (int)(state->fired[node] % (size_t)state->sim->kinds);
}

static bool concerns(int kinds, int kind)
{
	return kinds == FF_SIM_EVERY || kinds == kind;
}

/* ---- what is measured ---- */

/* Of a core of its own. */
static double speed_of(const struct state *state, int leader)
{
	const struct ff_sim *sim = state->sim;
	return state->halved && (leader == sim->host || leader == sim->guest) ? 0.5 : 1;
}

static size_t filled(const struct state *state, int e)
{
	const struct edge_state *edge = &state->edges[e];
	size_t ahead = state->sim->edges[e].ahead;
	return edge->given - (edge->taken > ahead ? edge->taken - ahead : 0);
}

/* Before anything about a leader changes. */
static void account_leader(struct state *state, int i)
{
	struct leader_state *leader = &state->leaders[i];
	struct ff_sim_leader *sums = &state->result->leaders[i];
	double seconds = state->now - leader->since;
	leader->since = state->now;
	if (leader->phase != WAITING) {
		sums->busy += seconds * speed_of(state, i);
		state->result->node_busy[leader->node] += seconds * speed_of(state, i);
	} else if (leader->starved) {
		sums->waiting_input += seconds;
	} else {
		sums->waiting_output += seconds;
	}
}

static void account_edge(struct state *state, int e)
{
	struct edge_state *edge = &state->edges[e];
	state->result->filled[e] += (state->now - edge->since) * (double)filled(state, e);
	edge->since = state->now;
}

static void account(struct state *state)
{
	for (int i = 0; i < state->sim->n_leaders; i++)
		account_leader(state, i);
	for (int e = 0; e < state->sim->n_edges; e++)
		account_edge(state, e);
}

/* ---- firing ---- */

/* The first edge that keeps the node from firing, of those at [begin, end) of its list. */
static int missing(const struct state *state, int begin, int end, int kind, bool packets)
{
	for (int i = begin; i < end; i++) {
		int e = state->list[i];
		const struct ff_sim_edge *edge = &state->sim->edges[e];
		const struct edge_state *now = &state->edges[e];
		if (packets && concerns(edge->taken, kind) && now->taken >= now->given + edge->ahead)
			return e;
		if (!packets && concerns(edge->given, kind) && filled(state, e) >= edge->slots)
			return e;
	}
	return NO_EDGE;
}

static void begin_phase(struct state *state, int i, enum phase phase)
{
	struct leader_state *leader = &state->leaders[i];
	double seconds = state->sim->nodes[leader->node].seconds[kind_of(state, leader->node)][phase == GOING_ON];
	leader->phase = phase;
	set_end(state, i, state->now + seconds / speed_of(state, i));
}

/* Starts the leader's next node if it can fire; says what it waits for if it cannot. */
static bool try_to_fire(struct state *state, int i)
{
	struct leader_state *leader = &state->leaders[i];
	const struct joints *joints = &state->joints[leader->node];
	int kind = kind_of(state, leader->node);
	account_leader(state, i);
	leader->waits_for = missing(state, joints->first, joints->middle, kind, true);
	leader->starved = leader->waits_for != NO_EDGE;
	if (!leader->starved)
		leader->waits_for = missing(state, joints->middle, joints->end, kind, false);
	if (leader->waits_for != NO_EDGE)
		return false;
	begin_phase(state, i, HANDING_ON);
	return true;
}

static void wake(struct state *state, int node, int e)
{
	int i = state->sim->nodes[node].leader;
	if (state->leaders[i].waits_for != e)
		return;
	state->leaders[i].waits_for = NO_EDGE;
	state->woken[state->n_woken++] = i;
}

static void give(struct state *state, int node)
{
	for (int i = state->joints[node].middle; i < state->joints[node].end; i++) {
		int e = state->list[i];
		if (!concerns(state->sim->edges[e].given, kind_of(state, node)))
			continue;
		account_edge(state, e);
		state->edges[e].given++;
		wake(state, state->sim->edges[e].to, e);
	}
}

static void take(struct state *state, int node)
{
	for (int i = state->joints[node].first; i < state->joints[node].middle; i++) {
		int e = state->list[i];
		if (!concerns(state->sim->edges[e].taken, kind_of(state, node)))
			continue;
		account_edge(state, e);
		state->edges[e].taken++;
		wake(state, state->sim->edges[e].from, e);
	}
}

/* The phase's work is done. */
static void end_phase(struct state *state, int i)
{
	struct leader_state *leader = &state->leaders[i];
	int node = leader->node;
	account_leader(state, i);
	if (leader->phase == HANDING_ON) {
		give(state, node);
		begin_phase(state, i, GOING_ON);
		return;
	}
	take(state, node);
	state->fired[node]++;
	leader->phase = WAITING;
	set_end(state, i, INFINITY);
	leader->node = node + 1 < leader->end ? node + 1 : leader->first;
}

/* All that a leader does in no time. */
static void go_on(struct state *state, int i)
{
	const struct leader_state *leader = &state->leaders[i];
	for (;;) {
		if (leader->phase == WAITING && !try_to_fire(state, i))
			return;
		if (state->ends[LEAVES + i] > state->now)
			return;
		end_phase(state, i);
	}
}

/* ---- time ---- */

/* Whether two that share a core are both at work may have changed. */
static void share_core(struct state *state)
{
	const struct ff_sim *sim = state->sim;
	if (sim->host == FF_SIM_NO_HOST)
		return;
	const int sharing[] = {sim->guest, sim->host};
	bool halved = state->leaders[sim->guest].phase != WAITING && state->leaders[sim->host].phase != WAITING;
	if (halved == state->halved)
		return;
	for (int i = 0; i < 2; i++) {
		struct leader_state *leader = &state->leaders[sharing[i]];
		account_leader(state, sharing[i]);
		if (leader->phase != WAITING)
			set_end(state, sharing[i],
			        state->now + (state->ends[LEAVES + sharing[i]] - state->now) * (halved ? 2 : 0.5));
	}
	state->halved = halved;
}

static void settle(struct state *state)
{
	while (state->n_woken > 0)
		go_on(state, state->woken[--state->n_woken]);
	share_core(state);
}

/* Goes on to the next end of a phase; false if there is none. */
static bool advance(struct state *state)
{
	const double *next = &state->ends[1];
	if (isinf(*next))
		return false;
	state->now = *next;
	while (*next <= state->now)
		go_on(state, first_to_end(state));
	settle(state);
	return true;
}

/* Until the last node has fired so often. */
static ff_status run_until(struct state *state, size_t firings, struct ff_error *error)
{
	int last = state->sim->n_nodes - 1;
	settle(state);
	while (state->fired[last] < firings)
		if (!advance(state))
			return ff_fail(error, FF_ERROR_INTERNAL, "the pipeline stops after %zu packets",
			               state->fired[last]);
	account(state);
	return FF_OK;
}

static void divide(struct ff_sim_result *result, const struct ff_sim *sim, double seconds)
{
	for (int i = 0; i < sim->n_leaders; i++) {
		result->leaders[i].busy /= seconds;
		result->leaders[i].waiting_input /= seconds;
		result->leaders[i].waiting_output /= seconds;
	}
	for (int i = 0; i < sim->n_nodes; i++)
		result->node_busy[i] /= seconds;
	for (int e = 0; e < sim->n_edges; e++)
		result->filled[e] /= seconds;
}

/* Else its beginning would have no end: packets that take no time, without a bound. */
static bool takes_time(const struct ff_sim *sim)
{
	double sum = 0;
	for (int e = 0; e < sim->n_edges; e++)
		if (sim->edges[e].slots == 0)
			return false;
	for (int i = 0; i < sim->n_nodes; i++)
		for (int kind = 0; kind < sim->kinds; kind++)
			sum += sim->nodes[i].seconds[kind][0] + sim->nodes[i].seconds[kind][1];
	return sum > 0 && isfinite(sum);
}

ff_status ff_simulate(const struct ff_sim *sim, struct ff_sim_result *result, struct ff_error *error)
{
	enum { MEASURED = 200 }; /* rounds */
	struct state state;
	if (!takes_time(sim))
		return ff_fail(error, FF_ERROR_INTERNAL, "a pipeline whose nodes take no time, or that has no slots");
	size_t begins = 4 * (size_t)sim->n_nodes, kinds = (size_t)sim->kinds;
	for (int e = 0; e < sim->n_edges; e++) {
		size_t held = sim->edges[e].slots + sim->edges[e].ahead;
		begins = 2 * held > begins ? 2 * held : begins;
	}
	begin(&state, sim, result);
	FF_TRY(run_until(&state, begins * kinds, error));
	memset(result, 0, sizeof *result);
	double began = state.now;
	FF_TRY(run_until(&state, (begins + MEASURED) * kinds, error));
	double seconds = state.now - began;
	divide(result, sim, seconds);
	result->seconds = seconds / MEASURED;
	return FF_OK;
}

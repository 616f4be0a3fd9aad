#include "runtime/simulate.h"

#include <math.h>
#include <string.h>

enum phase { WAITING, HANDING_ON, GOING_ON };

struct leader_state {
	int first, end, node; /* its nodes [first, end), and the one that is next or at work */
	enum phase phase;
	double left;  /* seconds of work of this phase, on a core of its own */
	bool starved; /* what it waits for: packets, else slots */
};

struct state {
	const struct ff_sim *sim;
	struct leader_state leaders[FF_SIM_NODES];
	size_t fired[FF_SIM_NODES]; /* firings begun and ended, of each node */
	size_t given[FF_MAX_EDGES], taken[FF_MAX_EDGES];
	double now, since; /* since: where measuring began */
	struct ff_sim_result *result;
};

static void begin(struct state *state, const struct ff_sim *sim, struct ff_sim_result *result)
{
	memset(state, 0, sizeof *state);
	memset(result, 0, sizeof *result);
	state->sim = sim;
	state->result = result;
	for (int i = sim->n_nodes - 1; i >= 0; i--)
		state->leaders[sim->nodes[i].leader].first = i;
	for (int i = 0; i < sim->n_nodes; i++)
		state->leaders[sim->nodes[i].leader].end = i + 1;
	for (int i = 0; i < sim->n_leaders; i++)
		state->leaders[i].node = state->leaders[i].first;
}

static int kind_of(const struct state *state, int node)
{
	return (int)(state->fired[node] % (size_t)state->sim->kinds);
}

static bool concerns(int kinds, int kind)
{
	return kinds == FF_SIM_EVERY || kinds == kind;
}

/* ---- firing ---- */

static bool has_packet(const struct state *state, int e)
{
	return state->taken[e] < state->given[e] + state->sim->edges[e].ahead;
}

static bool has_slot(const struct state *state, int e)
{
	const struct ff_sim_edge *edge = &state->sim->edges[e];
	size_t gone = state->taken[e] > edge->ahead ? state->taken[e] - edge->ahead : 0;
	return state->given[e] - gone < edge->slots;
}

/* Starts the leader's next node if it can fire; says what it waits for if it cannot. */
static bool try_to_fire(struct state *state, struct leader_state *leader)
{
	const struct ff_sim *sim = state->sim;
	int node = leader->node, kind = kind_of(state, node);
	bool packets = true, slots = true;
	for (int e = 0; e < sim->n_edges; e++) {
		const struct ff_sim_edge *edge = &sim->edges[e];
		if (edge->to == node && concerns(edge->taken, kind))
			packets &= has_packet(state, e);
		if (edge->from == node && concerns(edge->given, kind))
			slots &= has_slot(state, e);
	}
	leader->starved = !packets;
	if (!packets || !slots)
		return false;
	leader->phase = HANDING_ON;
	leader->left = sim->nodes[node].seconds[kind][0];
	return true;
}

static void count(struct state *state, int node, bool giving)
{
	const struct ff_sim *sim = state->sim;
	int kind = kind_of(state, node);
	for (int e = 0; e < sim->n_edges; e++) {
		const struct ff_sim_edge *edge = &sim->edges[e];
		if (giving && edge->from == node && concerns(edge->given, kind))
			state->given[e]++;
		if (!giving && edge->to == node && concerns(edge->taken, kind))
			state->taken[e]++;
	}
}

/* The phase's work is done. */
static void end_phase(struct state *state, struct leader_state *leader)
{
	int node = leader->node;
	if (leader->phase == HANDING_ON) {
		count(state, node, true);
		leader->phase = GOING_ON;
		leader->left = state->sim->nodes[node].seconds[kind_of(state, node)][1];
		return;
	}
	count(state, node, false);
	state->fired[node]++;
	leader->phase = WAITING;
	leader->node = node + 1 < leader->end ? node + 1 : leader->first;
}

/* Whatever happens in no time. */
static void settle(struct state *state)
{
	bool moved = true;
	while (moved) {
		moved = false;
		for (int i = 0; i < state->sim->n_leaders; i++) {
			struct leader_state *leader = &state->leaders[i];
			if (leader->phase == WAITING)
				moved |= try_to_fire(state, leader);
			else if (leader->left <= 0) {
				end_phase(state, leader);
				moved = true;
			}
		}
	}
}

/* ---- time ---- */

/* Of a core of its own. */
static double speed_of(const struct state *state, int leader)
{
	const struct ff_sim *sim = state->sim;
	if (sim->host == FF_SIM_NO_HOST || (leader != sim->host && leader != sim->guest))
		return 1;
	int other = leader == sim->host ? sim->guest : sim->host;
	return state->leaders[other].phase == WAITING ? 1 : 0.5;
}

static void account(struct state *state, double seconds)
{
	struct ff_sim_result *result = state->result;
	for (int i = 0; i < state->sim->n_leaders; i++) {
		const struct leader_state *leader = &state->leaders[i];
		if (leader->phase != WAITING) {
			result->leaders[i].busy += seconds * speed_of(state, i);
			result->node_busy[leader->node] += seconds * speed_of(state, i);
		} else if (leader->starved) {
			result->leaders[i].waiting_input += seconds;
		} else {
			result->leaders[i].waiting_output += seconds;
		}
	}
	for (int e = 0; e < state->sim->n_edges; e++) {
		double ahead = (double)state->sim->edges[e].ahead;
		result->filled[e] +=
		    seconds * fmax(0, (double)state->given[e] - fmax(0, (double)state->taken[e] - ahead));
	}
}

/* Goes on to the next end of a phase; false if there is none. */
static bool advance(struct state *state)
{
	double next = INFINITY;
	for (int i = 0; i < state->sim->n_leaders; i++)
		if (state->leaders[i].phase != WAITING)
			next = fmin(next, state->leaders[i].left / speed_of(state, i));
	if (isinf(next))
		return false;
	double gone[FF_SIM_NODES];
	for (int i = 0; i < state->sim->n_leaders; i++)
		gone[i] = next * speed_of(state, i);
	account(state, next);
	state->now += next;
	for (int i = 0; i < state->sim->n_leaders; i++) {
		struct leader_state *leader = &state->leaders[i];
		/* what is left but for rounding ends now, so that time goes on */
		if (leader->phase != WAITING)
			leader->left = leader->left - gone[i] <= 1e-12 * leader->left ? 0 : leader->left - gone[i];
	}
	return true;
}

/* Until the last node has fired so often. */
static ff_status run_until(struct state *state, size_t firings, struct ff_error *error)
{
	int last = state->sim->n_nodes - 1;
	settle(state);
	while (state->fired[last] < firings) {
		if (!advance(state))
			return ff_fail(error, FF_ERROR_INTERNAL, "the pipeline stops after %zu packets",
			               state->fired[last]);
		settle(state);
	}
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
	state.since = state.now;
	FF_TRY(run_until(&state, (begins + MEASURED) * kinds, error));
	double seconds = state.now - state.since;
	divide(result, sim, seconds);
	result->seconds = seconds / MEASURED;
	return FF_OK;
}

#include "plan/simulate.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/simulate_state.h"

/* ---- start ---- */

static bool concerns(int kinds, int kind)
{
	return kinds == FF_SIM_EVERY || kinds == kind;
}

static void join(struct ff_sim_state *state)
{
	const struct ff_sim *sim = state->sim;
	int n = 0;
	for (int i = 0; i < sim->n_nodes; i++)
		for (int kind = 0; kind < sim->kinds; kind++) {
			struct ff_sim_ports *ports = &state->ports[i][kind];
			ports->first = n;
			for (int e = 0; e < sim->n_edges; e++)
				if (sim->edges[e].to == i && concerns(sim->edges[e].taken, kind))
					state->list[n++] = e;
			ports->middle = n;
			for (int e = 0; e < sim->n_edges; e++)
				if (sim->edges[e].from == i && concerns(sim->edges[e].given, kind))
					state->list[n++] = e;
			ports->end = n;
		}
}

static void begin_leaders(struct ff_sim_state *state)
{
	const struct ff_sim *sim = state->sim;
	for (int i = sim->n_nodes - 1; i >= 0; i--)
		state->leaders[sim->nodes[i].leader].first = i;
	for (int i = 0; i < sim->n_nodes; i++)
		state->leaders[sim->nodes[i].leader].end = i + 1;
	for (int i = 0; i < sim->n_leaders; i++) {
		state->leaders[i].waits_for = FF_SIM_NO_EDGE;
		ff_sim_set_node(state, &state->leaders[i], state->leaders[i].first);
		state->woken[state->n_woken++] = i;
	}
}

static size_t count_slots(const struct ff_sim *sim)
{
	size_t n = 0;
	for (int e = 0; e < sim->n_edges; e++)
		n += sim->edges[e].slots;
	return n;
}

static void begin(struct ff_sim_state *state, const struct ff_sim *sim, struct ff_sim_slot *slots,
                  struct ff_sim_result *result)
{
	memset(state, 0, sizeof *state);
	memset(result, 0, sizeof *result);
	memset(slots, 0, count_slots(sim) * sizeof *slots);
	state->sim = sim;
	state->result = result;
	state->began = state->ended = INFINITY;
	state->shared_now = -1;
	join(state);
	begin_leaders(state);
	for (int e = 0; e < sim->n_edges; e++) {
		const struct ff_sim_edge *edge = &sim->edges[e];
		state->edges[e] = (struct ff_sim_edge_state){.slots = slots,
		                                             .n = edge->slots,
		                                             .ahead = edge->ahead,
		                                             .from = sim->nodes[edge->from].leader,
		                                             .to = sim->nodes[edge->to].leader};
		slots += edge->slots;
	}
}

/* ---- run ---- */

/* Simulates until the last node has fired `firings` times; *time is when it did. */
static ff_status run_until(struct ff_sim_state *state, size_t firings, double *time, struct ff_error *error)
{
	int last = state->sim->nodes[state->sim->n_nodes - 1].leader;
	state->wanted = firings;
	ff_sim_settle(state);
	ff_sim_advance(state, last); /* it may have stopped at the previous number of firings */
	ff_sim_settle(state);
	while (state->fired < firings)
		if (!ff_sim_share_core(state))
			return ff_fail(error, FF_ERROR_INTERNAL, "the simulated pipeline deadlocks after %zu packets",
			               state->fired);
	*time = state->done;
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

/* A second simulation, which measures [began, ended): in the first, leaders run ahead of the last node before that
 * interval is known. */
static void measure(struct ff_sim_state *state, double began, double ended)
{
	state->wanted = SIZE_MAX;
	state->began = began;
	state->ended = ended;
	ff_sim_settle(state);
	while (ff_sim_share_core(state))
		;
	ff_sim_account_rest(state);
	divide(state->result, state->sim, ended - began);
}

/* Without this the start-up phase would not end: packets that take no time could pass without bound. */
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

/* Rounds after which the state is steady. */
static size_t first_rounds(const struct ff_sim *sim)
{
	size_t rounds = 4 * (size_t)sim->n_nodes;
	for (int e = 0; e < sim->n_edges; e++) {
		size_t held = sim->edges[e].slots + sim->edges[e].ahead;
		rounds = 2 * held > rounds ? 2 * held : rounds;
	}
	return rounds;
}

ff_status ff_simulate(const struct ff_sim *sim, struct ff_sim_result *result, struct ff_error *error)
{
	enum { MEASURED = 200 }; /* rounds */
	struct ff_sim_state state;
	double began = 0, ended = 0;
	if (!takes_time(sim))
		return ff_fail(error, FF_ERROR_INTERNAL,
		               "cannot simulate a pipeline whose nodes take no time or that has an edge without slots");
	struct ff_sim_slot *slots = malloc(count_slots(sim) * sizeof *slots);
	if (!slots)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to simulate %d nodes", sim->n_nodes);
	size_t rounds = first_rounds(sim), kinds = (size_t)sim->kinds;
	begin(&state, sim, slots, result);
	ff_status status = run_until(&state, rounds * kinds, &began, error);
	if (status == FF_OK)
		status = run_until(&state, (rounds + MEASURED) * kinds, &ended, error);
	if (status == FF_OK) {
		begin(&state, sim, slots, result);
		measure(&state, began, ended);
		result->seconds = (ended - began) / MEASURED;
	}
	free(slots);
	return status;
}

#include "plan/simulate_state.h"

/* ---- measuring ---- */

static bool shares(const struct ff_sim_state *state, int leader)
{
	const struct ff_sim *sim = state->sim;
	return sim->host != FF_SIM_NO_HOST && (leader == sim->host || leader == sim->guest);
}

static double measured(const struct ff_sim_state *state, double from, double to)
{
	from = from > state->began ? from : state->began;
	to = to < state->ended ? to : state->ended;
	return to > from ? to - from : 0;
}

static void work_until(struct ff_sim_state *state, int i, double time)
{
	struct ff_sim_leader_state *leader = &state->leaders[i];
	double seconds = measured(state, leader->now, time);
	if (state->slowed && shares(state, i))
		seconds *= 0.5; /* of a whole core */
	state->result->leaders[i].busy += seconds;
	state->result->node_busy[leader->node] += seconds;
	leader->now = time;
}

static void wait_until(struct ff_sim_state *state, int i, double time, bool for_packet)
{
	struct ff_sim_leader_state *leader = &state->leaders[i];
	struct ff_sim_leader *sums = &state->result->leaders[i];
	if (time <= leader->now)
		return;
	*(for_packet ? &sums->waiting_input : &sums->waiting_output) += measured(state, leader->now, time);
	leader->now = time;
}

/* ---- firing ---- */

/* Waits until the leader's next node can fire; false if that time is not known yet. */
static bool get_ready(struct ff_sim_state *state, int i)
{
	struct ff_sim_leader_state *leader = &state->leaders[i];
	const struct ff_sim_ports *ports = ff_sim_ports_of(state, leader->node);
	for (; leader->at < ports->end; leader->at++) {
		const struct ff_sim_edge_state *edge = &state->edges[state->list[leader->at]];
		bool input = leader->at < ports->middle;
		if (input && edge->ahead > 0)
			continue;
		if (edge->held == (input ? 0 : edge->n)) {
			leader->waits_for = state->list[leader->at];
			return false;
		}
		wait_until(state, i, input ? edge->slots[edge->out].came : edge->slots[edge->in].left, input);
	}
	leader->phase = FF_SIM_READY;
	leader->until = leader->now;
	return true;
}

static void begin_phase(struct ff_sim_state *state, int i, enum ff_sim_phase phase)
{
	struct ff_sim_leader_state *leader = &state->leaders[i];
	double seconds = state->sim->nodes[leader->node].seconds[state->kind[leader->node]][phase == FF_SIM_LEARNING];
	leader->phase = phase;
	leader->until = leader->now + seconds * (state->slowed && shares(state, i) ? 2 : 1);
}

static void wake(struct ff_sim_state *state, int i, int e)
{
	if (state->leaders[i].waits_for != e)
		return;
	state->leaders[i].waits_for = FF_SIM_NO_EDGE;
	state->woken[state->n_woken++] = i;
}

static size_t after(const struct ff_sim_edge_state *edge, size_t slot)
{
	return slot + 1 < edge->n ? slot + 1 : 0;
}

static void give(struct ff_sim_state *state, const struct ff_sim_leader_state *leader)
{
	const struct ff_sim_ports *ports = ff_sim_ports_of(state, leader->node);
	for (int i = ports->middle; i < ports->end; i++) {
		struct ff_sim_edge_state *edge = &state->edges[state->list[i]];
		edge->slots[edge->in].came = leader->now;
		edge->in = after(edge, edge->in);
		edge->held++;
		wake(state, edge->to, state->list[i]);
	}
}

static void take(struct ff_sim_state *state, const struct ff_sim_leader_state *leader)
{
	const struct ff_sim_ports *ports = ff_sim_ports_of(state, leader->node);
	for (int i = ports->first; i < ports->middle; i++) {
		struct ff_sim_edge_state *edge = &state->edges[state->list[i]];
		if (edge->ahead > 0) {
			edge->ahead--;
			continue;
		}
		struct ff_sim_slot *slot = &edge->slots[edge->out];
		slot->left = leader->now;
		state->result->filled[state->list[i]] += measured(state, slot->came, slot->left);
		edge->out = after(edge, edge->out);
		edge->held--;
		wake(state, edge->from, state->list[i]);
	}
}

static void end_firing(struct ff_sim_state *state, struct ff_sim_leader_state *leader)
{
	int node = leader->node;
	take(state, leader);
	if (node == state->sim->n_nodes - 1 && ++state->fired == state->wanted)
		state->done = leader->now;
	state->kind[node] = state->kind[node] + 1 < state->sim->kinds ? state->kind[node] + 1 : 0;
	ff_sim_set_node(state, leader, node + 1 < leader->end ? node + 1 : leader->first);
}

static void end_phase(struct ff_sim_state *state, int i)
{
	struct ff_sim_leader_state *leader = &state->leaders[i];
	if (leader->phase == FF_SIM_READY) {
		begin_phase(state, i, FF_SIM_HANDING_ON);
		return;
	}
	work_until(state, i, leader->until);
	if (leader->phase == FF_SIM_HANDING_ON) {
		give(state, leader);
		begin_phase(state, i, FF_SIM_LEARNING);
	} else {
		end_firing(state, leader);
	}
}

/* Whether the leader has gone as far as needed. Leaders that share a core never go beyond their common clock anyway. */
static bool has_done(const struct ff_sim_state *state, int i)
{
	int last = state->sim->nodes[state->sim->n_nodes - 1].leader;
	return state->leaders[i].now >= state->ended ||
	       (i == last && state->fired >= state->wanted && !shares(state, i));
}

void ff_sim_advance(struct ff_sim_state *state, int i)
{
	const struct ff_sim_leader_state *leader = &state->leaders[i];
	double time = shares(state, i) ? state->shared_now : INFINITY;
	for (;;) {
		if (leader->phase == FF_SIM_WAITING && (has_done(state, i) || !get_ready(state, i)))
			return;
		if (leader->until > time)
			return;
		end_phase(state, i);
	}
}

void ff_sim_settle(struct ff_sim_state *state)
{
	while (state->n_woken > 0)
		ff_sim_advance(state, state->woken[--state->n_woken]);
}

/* ---- two leaders on one core ---- */

static bool works(const struct ff_sim_leader_state *leader)
{
	return leader->phase == FF_SIM_HANDING_ON || leader->phase == FF_SIM_LEARNING;
}

/* Slows both leaders down, or speeds them up, if it has changed whether both are working. */
static void update_shared_core(struct ff_sim_state *state)
{
	struct ff_sim_leader_state *const sharing[] = {&state->leaders[state->sim->guest],
	                                               &state->leaders[state->sim->host]};
	const double now = state->shared_now;
	bool slowed = works(sharing[0]) && works(sharing[1]);
	if (slowed == state->slowed)
		return;
	for (int i = 0; i < 2; i++)
		if (works(sharing[i])) {
			work_until(state, (int)(sharing[i] - state->leaders), now);
			sharing[i]->until = now + (sharing[i]->until - now) * (slowed ? 2 : 0.5);
		}
	state->slowed = slowed;
}

/* No leader outside the shared core can advance here. So if one of the two waits for an event whose time is not known,
 * that event follows from what these two do next, and is not earlier than that: it is safe to move their clock to the
 * earlier end of their phases. */
bool ff_sim_share_core(struct ff_sim_state *state)
{
	int guest = state->sim->guest, host = state->sim->host;
	if (host == FF_SIM_NO_HOST)
		return false;
	double next = fmin(state->leaders[guest].until, state->leaders[host].until);
	if (next >= state->ended)
		return false;
	state->shared_now = next;
	ff_sim_advance(state, guest);
	ff_sim_advance(state, host);
	ff_sim_settle(state);
	update_shared_core(state);
	return true;
}

/* ---- end ---- */

void ff_sim_account_rest(struct ff_sim_state *state)
{
	const struct ff_sim *sim = state->sim;
	for (int i = 0; i < sim->n_leaders; i++) {
		const struct ff_sim_leader_state *leader = &state->leaders[i];
		if (works(leader))
			work_until(state, i, state->ended);
		else
			wait_until(state, i, state->ended, leader->at < ff_sim_ports_of(state, leader->node)->middle);
	}
	for (int e = 0; e < sim->n_edges; e++) {
		const struct ff_sim_edge_state *edge = &state->edges[e];
		for (size_t i = 0, slot = edge->out; i < edge->held; i++, slot = after(edge, slot))
			state->result->filled[e] += measured(state, edge->slots[slot].came, state->ended);
	}
}

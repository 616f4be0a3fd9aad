#include "support/harness.h"

#include <math.h>

#include "plan/simulate.h"

/* A chain of n nodes, each with a leader of its own, and rings between them. */
static struct ff_sim chain(int n, const double *seconds, size_t slots)
{
	struct ff_sim sim = {.n_nodes = n, .n_leaders = n, .kinds = 1, .guest = 0, .host = FF_SIM_NO_HOST};
	for (int i = 0; i < n; i++)
		sim.nodes[i] = (struct ff_sim_node){.leader = i, .seconds = {{seconds[i], 0}, {seconds[i], 0}}};
	for (int i = 0; i + 1 < n; i++)
		sim.edges[sim.n_edges++] = (struct ff_sim_edge){i, i + 1, slots, 0, FF_SIM_EVERY, FF_SIM_EVERY};
	return sim;
}

static struct ff_sim_result result_of(const struct ff_sim *sim)
{
	struct ff_sim_result result = {0};
	struct ff_error error = {0};
	if (!CHECK_INT(ff_simulate(sim, &result, &error), FF_OK))
		CHECK_TEXT(error.what, "");
	return result;
}

static void the_slowest_stage_sets_the_pace(void)
{
	static const double EQUAL[] = {1, 1, 1, 1, 1, 1}, UNLIKE[] = {0.25, 1, 3, 0.5, 2, 1};
	for (size_t slots = 2; slots <= 5; slots++) {
		struct ff_sim sim = chain(6, EQUAL, slots);
		ff_scenario("%zu slots", slots);
		CHECK_NEAR(result_of(&sim).seconds, 1, 1e-9);
		sim = chain(6, UNLIKE, slots);
		struct ff_sim_result result = result_of(&sim);
		CHECK_NEAR(result.seconds, 3, 1e-9);
		for (int i = 0; i < 6; i++) {
			const struct ff_sim_leader *l = &result.leaders[i];
			CHECK_NEAR(l->busy, UNLIKE[i] / 3, 1e-9);
			CHECK_NEAR(l->busy + l->waiting_input + l->waiting_output, 1, 1e-9);
		}
		CHECK_NEAR(result.filled[1], (double)slots - 1.0 / 3, 1e-9); /* one is being filled again */
		CHECK_NEAR(result.leaders[0].waiting_output, 2.75 / 3, 1e-9);
		CHECK_NEAR(result.leaders[4].waiting_input, 1.0 / 3, 1e-9);
	}
}

/* A slot is held by both sides while they work. */
static void one_slot_halves_the_pace(void)
{
	static const double EQUAL[] = {1, 1, 1, 1}, UNLIKE[] = {1, 3, 2, 0.5};
	struct ff_sim sim = chain(4, EQUAL, 1);
	CHECK_NEAR(result_of(&sim).seconds, 2, 1e-9);
	sim = chain(4, UNLIKE, 1);
	CHECK_NEAR(result_of(&sim).seconds, 5, 1e-9); /* the slowest pair of neighbours */
}

/* A stage's work after it has passed its packet on does not delay the next stage. */
static void handing_on_early_overlaps(void)
{
	static const double HALF[] = {1, 1, 1};
	struct ff_sim sim = chain(3, HALF, 1);
	for (int i = 0; i < 3; i++)
		sim.nodes[i].seconds[0][1] = 1;
	CHECK_NEAR(result_of(&sim).seconds, 3, 1e-9); /* the producer's half, then the consumer's two */
	for (int i = 0; i < 2; i++)
		sim.edges[i].slots = 2;
	CHECK_NEAR(result_of(&sim).seconds, 2, 1e-9);
}

static void one_leader_does_one_thing_at_a_time(void)
{
	static const double UNLIKE[] = {0.25, 1, 2, 0.5};
	struct ff_sim sim = chain(4, UNLIKE, 2);
	sim.n_leaders = 3;
	sim.nodes[1].leader = sim.nodes[2].leader = 1;
	sim.nodes[3].leader = 2;
	struct ff_sim_result result = result_of(&sim);
	CHECK_NEAR(result.seconds, 3, 1e-9);
	CHECK_NEAR(result.node_busy[1], 1.0 / 3, 1e-9);
	CHECK_NEAR(result.node_busy[2], 2.0 / 3, 1e-9);
}

/* The last node answers to the source, which runs `lag` packets ahead of the answers. */
static void a_short_lag_is_what_limits(void)
{
	static const double EQUAL[] = {1, 1, 1, 1, 1, 1};
	for (size_t lag = 1; lag <= 10; lag++) {
		ff_scenario("lag %zu", lag);
		struct ff_sim sim = chain(6, EQUAL, 2);
		sim.edges[sim.n_edges++] = (struct ff_sim_edge){5, 0, lag + 2, lag, FF_SIM_EVERY, FF_SIM_EVERY};
		CHECK_NEAR(result_of(&sim).seconds, fmax(1, 6.0 / (double)lag), 1e-2);
	}
}

/* With a lag of 0 the second packet of a batch waits for answers to the first. */
static void two_packets_a_batch_go_one_after_the_other(void)
{
	static const double EQUAL[] = {1, 1, 1};
	struct ff_sim sim = chain(3, EQUAL, 2);
	sim.kinds = 2;
	sim.nodes[2].seconds[1][0] = 0.5;
	sim.edges[sim.n_edges++] = (struct ff_sim_edge){2, 0, 2, 0, 0, 1};
	/* the probes pass all three; then the pairs leave the source, and the next probes behind them */
	CHECK_NEAR(result_of(&sim).seconds, 4, 1e-9);
}

static void guests_take_half_a_core(void)
{
	static const double SECONDS[] = {1, 3, 0.5}, SLOW[] = {0.25, 1, 5};
	struct ff_sim sim = chain(3, SECONDS, 2);
	sim.host = 1;
	CHECK_NEAR(result_of(&sim).seconds, 4, 1e-9); /* the core is always at work on one of them */
	sim = chain(3, SLOW, 2);
	sim.host = 1;
	CHECK_NEAR(result_of(&sim).seconds, 5, 1e-9);
}

/* A random chain with a side edge from its second node to its last but one, and an edge from there back to the source;
 * one or two packets in each round. */
static struct ff_sim any_sim(unsigned *seed, int n, int kinds)
{
	double seconds[FF_SIM_NODES];
	for (int i = 0; i < n; i++)
		seconds[i] = (*seed = *seed * 1103515245u + 12345u) >> 16 & 15;
	seconds[n / 2] += 1;
	struct ff_sim sim = chain(n, seconds, 1 + (*seed >> 20 & 1));
	sim.kinds = kinds;
	for (int i = 0; i < n; i++)
		sim.nodes[i].seconds[i % kinds][1] = seconds[n - 1 - i] / 2;
	sim.edges[sim.n_edges++] = (struct ff_sim_edge){1, n - 2, 2 * (size_t)n, 0, FF_SIM_EVERY, FF_SIM_EVERY};
	sim.edges[sim.n_edges++] = kinds == 2 ? (struct ff_sim_edge){n - 2, 0, 2, 0, 0, 1}
	                                      : (struct ff_sim_edge){n - 2, 0, 5, 3, FF_SIM_EVERY, FF_SIM_EVERY};
	return sim;
}

static double work_of(const struct ff_sim *sim, int node)
{
	double sum = 0;
	for (int kind = 0; kind < sim->kinds; kind++)
		sum += sim->nodes[node].seconds[kind][0] + sim->nodes[node].seconds[kind][1];
	return sum;
}

/* Each leader's times add up to all of the time, and contain the work of each round. */
static void times_add_up(void)
{
	unsigned seed = 7;
	for (int turn = 0; turn < 40; turn++) {
		int n = 4 + turn % 5;
		struct ff_sim sim = any_sim(&seed, n, 1 + turn % 2);
		bool shared = turn % 4 >= 2;
		sim.host = shared ? 1 + turn % (n - 1) : FF_SIM_NO_HOST;
		ff_scenario("trial %d: %d nodes, %d kinds, host %d", turn, n, sim.kinds, sim.host);
		const struct ff_sim_result result = result_of(&sim);
		for (int i = 0; i < n; i++) {
			const struct ff_sim_leader *l = &result.leaders[i];
			double all = l->busy + l->waiting_input + l->waiting_output;
			CHECK_NEAR(result.node_busy[i], l->busy, 1e-9);
			CHECK_NEAR(result.node_busy[i] * result.seconds, work_of(&sim, i), 0.025 * work_of(&sim, i));
			if (!shared || (i != sim.host && i != sim.guest))
				CHECK_NEAR(all, 1, 1e-9);
		}
		CHECK(!shared || result.leaders[0].busy + result.leaders[sim.host].busy < 1 + 1e-9);
		for (int e = 0; e < sim.n_edges; e++)
			CHECK(result.filled[e] >= 0 && result.filled[e] <= (double)sim.edges[e].slots + 1e-9);
	}
}

static void what_stops_is_told(void)
{
	static const double EQUAL[] = {1, 1}, NOTHING[] = {0, 0};
	struct ff_sim_result result;
	struct ff_error error = {0};
	struct ff_sim sim = chain(2, EQUAL, 2);
	sim.edges[sim.n_edges++] = (struct ff_sim_edge){1, 0, 2, 0, FF_SIM_EVERY, FF_SIM_EVERY};
	CHECK_INT(ff_simulate(&sim, &result, &error), FF_ERROR_INTERNAL);
	CHECK_HAS(error.what, "deadlocks after 0 packets");
	sim = chain(2, NOTHING, 2);
	CHECK_INT(ff_simulate(&sim, &result, &error), FF_ERROR_INTERNAL);
	sim = chain(2, EQUAL, 0);
	CHECK_INT(ff_simulate(&sim, &result, &error), FF_ERROR_INTERNAL);
}

FF_TESTS("simulate", {"the slowest stage sets the pace", the_slowest_stage_sets_the_pace},
         {"one slot halves the pace", one_slot_halves_the_pace},
         {"handing on early overlaps", handing_on_early_overlaps},
         {"one leader does one thing at a time", one_leader_does_one_thing_at_a_time},
         {"a short lag is what limits", a_short_lag_is_what_limits},
         {"two packets a batch go one after the other", two_packets_a_batch_go_one_after_the_other},
         {"guests take half a core", guests_take_half_a_core}, {"times add up", times_add_up},
         {"what stops is told", what_stops_is_told})

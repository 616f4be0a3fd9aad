/* The pipeline gives the bits of the sequential execution by one thread. */
#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/futex.h"
#include "product/gemm.h"
#include "support/world.h"

#define NET                                                                                                            \
	"layers.widths=[96, 80, 64, 48]", "dataset.synthetic={height: 28, width: 28, noise: 0.1}",                     \
	    "dataset.train=260", "dataset.validation=40", "dataset.test=60"
enum { N_NET = 5, MANY = 24 };

/* Experiments; each test varies what must not change their results. */
static const struct scenario {
	const char *name;
	const char *overrides[5];
} SCENARIOS[] = {
    {"swish by adam, everything measured in each epoch",
     {"objective.loss=swish", "evaluate.test=epoch", "evaluate.train=epoch"}},
    {"logistic by sgd with peers",
     {"optimizer={kind: sgd, rate: 0.01, decay: 0.001, schedule: cooldown}",
      "objective={goodness: sum_square, threshold: width}", "layers.peer=0.06", "evaluate.train=end"}},
    {"greedy, full batch, inputs kept",
     {"train={order: greedy, batch: full, epochs: 3}", "negatives.redraw=once", "layers.normalize=l2"}},
    {"greedy, shuffled, inputs kept", {"train={order: greedy, batch: 60, epochs: 2}", "negatives.redraw=once"}},
    {"greedy, nothing kept", {"train={order: greedy, batch: 60, epochs: 2}", "evaluate.test=epoch"}},
    {"unsupervised with a head", {"mode=unsupervised", "head.when=together", "evaluate.test=epoch"}},
    {"unsupervised, shifted, dropped out, greedy, a head after",
     {"mode=unsupervised", "head={when: after, epochs: 2, layers: all}", "augment.shift=2", "layers.dropout=0.2",
      "train={order: greedy, batch: 60, epochs: 1}"}},
    {"labels drawn by the head at once",
     {"head={when: together, optimizer: sgd, rate: 0.1}", "negatives={draw: head, lag: 0}"}},
    {"labels drawn by the head, two batches before", {"head.when=together", "negatives={draw: head, lag: 2}"}},
    {"labels drawn by goodness, and a head", {"head={when: together, layers: 1}", "negatives={draw: goodness}"}},
    {"labels drawn by goodness, and a head after",
     {"head={when: after, epochs: 3}", "negatives={draw: goodness, lag: 1}"}},
    {"labels drawn by goodness of top units, dropped out",
     {"negatives={draw: goodness, lag: 1}", "objective={goodness: top_k, k: 7}", "layers.dropout=0.3"}},
    {"positives kept low, stopped early",
     {"objective={direction: minimise, loss: symba}", "train.patience=1", "train.epochs=6", "optimizer.rate=0.05"}},
};
static const struct scenario PLAIN = {"plain", {NULL}};
enum { N_SCENARIOS = sizeof SCENARIOS / sizeof *SCENARIOS };

static int add(const char *all[], int n, const char *const more[], int most)
{
	for (int i = 0; i < most && more[i]; i++)
		all[n++] = more[i];
	return n;
}

struct trained {
	struct world world;
	struct epochs epochs;
};

/* Trains the scenario's net in the given way. NULL after a failed check. */
static struct trained *train(const struct scenario *s, int threads, const char *const way[],
                             const struct ff_probe *probe)
{
	static const char *const BASE[] = {NET};
	const char *all[MANY];
	struct ff_error error = {0};
	ff_scenario("%s; %d threads; %s %s", s->name, threads, way[0], way[0] && way[1] ? way[1] : "");
	int n = add(all, 0, BASE, N_NET);
	n = add(all, n, s->overrides, 5);
	n = add(all, n, way, 5);
	struct trained *t = calloc(1, sizeof *t);
	if (!world_open(&t->world, threads, all, n)) {
		free(t);
		return NULL;
	}
	t->world.probe = probe;
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	CHECK_INT(t->epochs.trained, 1);
	return t;
}

static void done(struct trained *t)
{
	if (t)
		world_close(&t->world);
	free(t);
}

static struct trained *oracle(const struct scenario *s)
{
	return train(s, 1, (const char *const[]){"execution.kind=sequential", NULL}, NULL);
}

static void same_as(const struct trained *wanted, const struct scenario *s, int threads, const char *const way[],
                    const struct ff_probe *probe)
{
	struct trained *got = train(s, threads, way, probe);
	if (got && wanted) {
		world_check_same(&wanted->world, &got->world);
		epochs_check_same(&wanted->epochs, &got->epochs);
	}
	done(got);
}

static void teams_of_any_size_give_the_same_bits(void)
{
	static const char *const KINDS[] = {"execution.kind=pipeline", "execution.kind=sequential"};
	static const char *const STAGES[] = {"execution.threads.per_stage=1", "execution.threads.per_stage=2",
	                                     "execution.threads.per_stage=3", "execution.threads.per_stage=10"};
	static const int THREADS[] = {1, 2, 3, 10};
	for (int s = 0; s < N_SCENARIOS; s++) {
		struct trained *wanted = oracle(&SCENARIOS[s]);
		for (int i = 0; i < 4; i++) {
			for (int k = 0; k < 2; k++)
				same_as(wanted, &SCENARIOS[s], THREADS[i], (const char *const[]){KINDS[k], NULL}, NULL);
			same_as(wanted, &SCENARIOS[s], 0, (const char *const[]){STAGES[i], NULL}, NULL);
		}
		done(wanted);
	}
}

static void rings_of_any_depth_give_the_same_bits(void)
{
	static const char *const DEPTHS[] = {"execution.depth=1", "execution.depth=2", "execution.depth=4",
	                                     "execution.depth=64"};
	for (int s = 0; s < N_SCENARIOS; s++) {
		struct trained *wanted = oracle(&SCENARIOS[s]);
		for (int i = 0; i < 4; i++)
			same_as(wanted, &SCENARIOS[s], 0,
			        (const char *const[]){"execution.threads.per_stage=1", DEPTHS[i], NULL}, NULL);
		done(wanted);
	}
}

/* ---- delays ---- */

/* Waits briefly at random: sleeps, yields or spins. */
static ff_status wait_at_random(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	atomic_uint *state = user;
	unsigned r = atomic_fetch_add(state, 2654435769U) * 2246822519U;
	(void)error;
	r ^= (unsigned)node * 374761393U + (unsigned)packet->sequence * 668265263U;
	r ^= r >> 15;
	if (r % 5 == 0)
		usleep(r / 8 % 1500);
	else if (r % 5 == 1)
		sched_yield();
	else
		for (unsigned i = 0; i < r / 8 % 2000; i++)
			ff_pause();
	return FF_OK;
}

static void delays_in_every_stage_change_no_bit(void)
{
	static const char *const DEPTHS[] = {"execution.depth=1", "execution.depth=2", "execution.depth=4"};
	atomic_uint state = 1;
	const struct ff_probe probe = {wait_at_random, &state};
	for (int s = 0; s < N_SCENARIOS; s++) {
		struct trained *wanted = oracle(&SCENARIOS[s]);
		for (int i = 0; i < 3; i++)
			same_as(wanted, &SCENARIOS[s], 0,
			        (const char *const[]){"execution.threads.per_stage=2", DEPTHS[i], NULL}, &probe);
		done(wanted);
	}
}

static void more_threads_than_processors_change_no_bit(void)
{
	static const struct scenario DEEP = {"eight layers",
	                                     {"layers.widths=[96, 80, 64, 48, 40, 56, 72, 30]", "evaluate.test=epoch"}};
	struct trained *wanted = oracle(&DEEP);
	same_as(wanted, &DEEP, 0, (const char *const[]){"execution.threads.per_stage=4", NULL}, NULL);
	same_as(wanted, &DEEP, 3, (const char *const[]){"execution.depth=3", NULL}, NULL); /* shared leaders */
	done(wanted);
}

/* ---- kept inputs ---- */

static void kept_inputs_equal_streamed_ones(void)
{
	static const char *const ORDERS[] = {"train={order: greedy, batch: full, epochs: 3}",
	                                     "train={order: greedy, batch: 100, epochs: 3}"};
	static const char *const BUDGETS[] = {"execution.memory.budget=0", "execution.memory.budget=200000",
	                                      "execution.memory.budget=1MB", "execution.memory.budget=10MiB"};
	for (int o = 0; o < 2; o++) {
		struct scenario s = {
		    "greedy",
		    {ORDERS[o], "negatives.redraw=once", "head={when: after, epochs: 3}", "dataset.train=2500"}};
		struct trained *wanted = oracle(&s);
		for (int b = 0; b < 4; b++)
			same_as(wanted, &s, 2, (const char *const[]){BUDGETS[b], NULL}, NULL);
		if (wanted)
			for (int turn = 1; turn <= 4; turn++)
				CHECK(wanted->world.net.cache.kept[turn] == 2500);
		done(wanted);
	}
}

/* ---- counts of the rings ---- */

static void counts_may_wrap_under_way(void)
{
	static const uint64_t STARTS[] = {UINT64_MAX - 5, UINT64_MAX - 1, UINT32_MAX - 5ULL, INT64_MAX - 3ULL};
	const char *overrides[] = {NET, "execution.threads.per_stage=1", "execution.depth=3"};
	struct trained *wanted = oracle(&PLAIN);
	for (int i = 0; i < 4; i++) {
		struct trained *got = calloc(1, sizeof *got);
		struct ff_error error;
		ff_scenario("counts from %#llx", (unsigned long long)STARTS[i]);
		if (world_open(&got->world, 0, overrides, N_NET + 2)) {
			for (int e = 0; e < got->world.net.graph.n_edges; e++)
				ff_ring_start_at(&got->world.net.rings[e], STARTS[i]);
			CHECK_INT(world_train(&got->world, &got->epochs, &error), FF_OK);
			world_check_same(&wanted->world, &got->world);
			epochs_check_same(&wanted->epochs, &got->epochs);
		}
		done(got);
	}
	done(wanted);
}

/* ---- an early end ---- */

/* Asked on the source's thread alone. */
static bool at_once_the_sixth_time(void *user)
{
	struct epochs *epochs = user;
	return ++epochs->asked > 5;
}

static void an_early_end_is_the_same_in_both(void)
{
	struct trained *t[2];
	static const char *const WAYS[] = {"execution.kind=sequential", "execution.threads.per_stage=1"};
	for (int i = 0; i < 2; i++) {
		const char *overrides[] = {NET, WAYS[i]};
		struct ff_error error;
		ff_scenario("%s", WAYS[i]);
		t[i] = calloc(1, sizeof *t[i]);
		if (!world_open(&t[i]->world, 0, overrides, N_NET + 1))
			return;
		t[i]->world.stop = at_once_the_sixth_time;
		CHECK_INT(world_train(&t[i]->world, &t[i]->epochs, &error), FF_OK);
		CHECK(t[i]->epochs.totals.interrupted);
		CHECK_INT(t[i]->epochs.trained, 1);
		CHECK_INT(t[i]->epochs.totals.pairs, 250);
		CHECK_INT(t[i]->epochs.totals.epochs, 0);
		CHECK_INT(t[i]->epochs.test.n, 60);
		CHECK_INT(t[i]->epochs.validation.n, 40);
		CHECK_INT(t[i]->epochs.train.n, 0);
	}
	ff_scenario("%s beside %s", WAYS[0], WAYS[1]);
	world_check_same(&t[0]->world, &t[1]->world);
	epochs_check_same(&t[0]->epochs, &t[1]->epochs);
	done(t[0]);
	done(t[1]);
}

FF_TESTS("pipeline", {"teams of any size give the same bits", teams_of_any_size_give_the_same_bits},
         {"rings of any depth give the same bits", rings_of_any_depth_give_the_same_bits},
         {"delays in every stage change no bit", delays_in_every_stage_change_no_bit},
         {"more threads than processors change no bit", more_threads_than_processors_change_no_bit},
         {"kept inputs equal streamed ones", kept_inputs_equal_streamed_ones},
         {"counts may wrap under way", counts_may_wrap_under_way},
         {"an early end is the same in both", an_early_end_is_the_same_in_both})

/* A kind of layer, an objective and a kind of station from outside the engine (tests/toys) train sequentially and as a
 * pipeline to the same bits, whoever is slow and however deep the rings are. */
#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/world.h"
#include "toys/toys.h"

static const char *const NAMES[] = {NULL, "a layer of local units", "an objective without negatives",
                                    "a station with an edge back"};
enum { N_NAMES = sizeof NAMES / sizeof *NAMES };

/* Modes to train in, with what each of them needs. */
static const char *const MODES[][2] = {{"mode=supervised", "head.when=together"},
                                       {"mode=unsupervised", "head.when=together"},
                                       {"mode=supervised", "negatives={draw: goodness, lag: 2}"},
                                       {"mode=supervised", "train={order: greedy, batch: 60, epochs: 2}"}};
enum { N_MODES = sizeof MODES / sizeof *MODES };

/* Delays of up to a millisecond, another one for each node and packet. */
static ff_status wait_a_while(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	const unsigned *seed = user;
	(void)error;
	unsigned number = (*seed * 2654435761U) ^ ((unsigned)packet->sequence * 40503U + (unsigned)node * 9973U);
	number ^= number >> 13;
	number *= 2246822519U;
	if ((number >> 16) % 4 == 0)
		usleep((number >> 20) % 1000);
	return FF_OK;
}

struct trained {
	struct world world;
	struct epochs epochs;
};

static struct trained *train(const char *toy, const char *const mode[2], int threads, const char *kind, int depth,
                             const struct ff_probe *probe)
{
	char slots[32] = "execution.depth=auto";
	struct ff_error error = {0};
	if (depth)
		snprintf(slots, sizeof slots, "execution.depth=%d", depth);
	const char *overrides[] = {
	    mode[0], mode[1], kind, slots, "evaluate.test=epoch", "layers.widths=[40, 30, 20]", "optimizer.rate=0.01"};
	ff_scenario("%s, %s, %s; %d threads, %s, %s", toy ? toy : "no toy", mode[0], mode[1], threads, kind, slots);
	struct trained *t = calloc(1, sizeof *t);
	toys_use(toy);
	if (!t || !world_open(&t->world, threads, overrides, 7)) {
		free(t);
		return NULL;
	}
	t->world.probe = probe;
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	return t;
}

static void done(struct trained *t)
{
	if (t)
		world_close(&t->world);
	free(t);
}

static void pipelines_give_the_bits_of_the_sequence(void)
{
	for (int i = 1; i < N_NAMES; i++)
		for (int m = 0; m < N_MODES; m++) {
			if (i == 2 && m == 2)
				continue; /* without negatives there are no labels to draw */
			struct trained *wanted = train(NAMES[i], MODES[m], 1, "execution.kind=sequential", 0, NULL);
			for (int threads = 1; wanted && threads <= 3; threads++)
				for (unsigned depth = 1; depth <= 3; depth++) {
					const struct ff_probe probe = {wait_a_while, &depth};
					struct trained *got = train(NAMES[i], MODES[m], threads,
					                            "execution.kind=pipeline", (int)depth, &probe);
					if (got) {
						world_check_same(&wanted->world, &got->world);
						epochs_check_same(&wanted->epochs, &got->epochs);
					}
					done(got);
				}
			done(wanted);
		}
	toys_use(NULL);
}

/* Else a test of a toy that nobody calls would pass. */
static void toys_change_what_is_learnt(void)
{
	for (int m = 0; m < 2; m++) {
		struct trained *plain = train(NULL, MODES[m], 1, "execution.kind=sequential", 0, NULL);
		for (int i = 1; plain && i < N_NAMES; i++) {
			struct trained *toy = train(NAMES[i], MODES[m], 1, "execution.kind=sequential", 0, NULL);
			if (!toy)
				continue;
			for (int l = 1; l < 3; l++)
				CHECK(toy->epochs.metrics[1].loss[l] != plain->epochs.metrics[1].loss[l]);
			CHECK(toy->epochs.metrics[1].loss[1] < toy->epochs.metrics[0].loss[1]);
			CHECK(isnan(toy->epochs.metrics[1].goodness_negative[1]) == (i == 2));
			done(toy);
		}
		done(plain);
	}
	toys_use(NULL);
}

/* A pipeline whose last layer fails ends, though an edge goes back from it. */
static ff_status fail_late(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	(void)user;
	return node == 3 && packet->sequence == 4 ? ff_fail(error, FF_ERROR_DATA, "the test says so") : FF_OK;
}

static void a_failure_ends_edges_back(void)
{
	const struct ff_probe probe = {fail_late, NULL};
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error = {0};
	toys_use("a station with an edge back");
	if (!world_open(&w, 3, (const char *const[]){"execution.threads.per_stage=1"}, 1))
		return;
	w.probe = &probe;
	CHECK_INT(world_train(&w, &epochs, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.what, "the test says so");
	world_close(&w);
	toys_use(NULL);
}

FF_TESTS("interfaces", {"pipelines give the bits of the sequence", pipelines_give_the_bits_of_the_sequence},
         {"toys change what is learnt", toys_change_what_is_learnt},
         {"a failure ends edges back", a_failure_ends_edges_back})

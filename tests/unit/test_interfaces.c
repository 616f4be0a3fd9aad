/* A kind of layer, an objective and a kind of station from outside the engine (tests/toys) train sequentially and as a
 * pipeline to the same bits, whoever is slow and however deep the rings are. */
#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/model_file.h"
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

/* Without negatives there are no labels to draw. */
static bool applies(int toy, int mode)
{
	return toy != 2 || mode != 2;
}

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

enum { EACH = 4 }; /* threads: one for each station */

struct trained {
	struct world world;
	struct epochs epochs;
};

static struct trained *open_world(const char *toy, const char *const mode[2], int threads, const char *kind, int depth)
{
	char slots[32] = "execution.depth=auto";
	if (depth)
		snprintf(slots, sizeof slots, "execution.depth=%d", depth);
	const char *overrides[] = {mode[0],
	                           mode[1],
	                           kind,
	                           slots,
	                           "evaluate.test=epoch",
	                           "layers.widths=[40, 30, 20]",
	                           "optimizer.rate=0.01",
	                           "execution.threads.per_stage=1"};
	ff_scenario("%s, %s, %s; %d threads, %s, %s", toy ? toy : "no toy", mode[0], mode[1], threads, kind, slots);
	struct trained *t = calloc(1, sizeof *t);
	toys_use(toy);
	if (t && world_open(&t->world, threads, overrides, threads == EACH ? 8 : 7))
		return t;
	free(t);
	return NULL;
}

static void finish(struct trained *t)
{
	struct ff_error error = {0};
	CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_OK);
	CHECK_TEXT(error.what, "");
}

static struct trained *train(const char *toy, const char *const mode[2], int threads, const char *kind, int depth,
                             const struct ff_probe *probe)
{
	struct trained *t = open_world(toy, mode, threads, kind, depth);
	if (!t)
		return NULL;
	if (threads == EACH)
		CHECK_INT(t->world.net.graph.n_leaders, t->world.net.graph.n_stations);
	t->world.probe = probe;
	finish(t);
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
			if (!applies(i, m))
				continue;
			struct trained *wanted = train(NAMES[i], MODES[m], 1, "execution.kind=sequential", 0, NULL);
			for (int threads = 1; wanted && threads <= EACH; threads++)
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

/* Else a test of a toy that nobody calls would pass. The last layer has none behind it. */
static void toys_change_what_is_learnt(void)
{
	for (int m = 0; m < N_MODES; m++) {
		struct trained *plain = train(NULL, MODES[m], 1, "execution.kind=sequential", 0, NULL);
		for (int i = 1; plain && i < N_NAMES; i++) {
			struct trained *toy =
			    applies(i, m) ? train(NAMES[i], MODES[m], 1, "execution.kind=sequential", 0, NULL) : NULL;
			if (!toy)
				continue;
			const struct ff_epoch_metrics *of = &toy->epochs.metrics[toy->epochs.n - 1];
			bool same = of->loss[2] == plain->epochs.metrics[toy->epochs.n - 1].loss[2];
			CHECK(same == (i == 3 && m == 3)); /* greedily, no layer behind works that could say anything */
			CHECK(of->loss[2] < toy->epochs.metrics[toy->epochs.n - 2].loss[2]);
			CHECK(isnan(of->goodness_negative[2]) == (i == 2));
			done(toy);
		}
		done(plain);
	}
	toys_use(NULL);
}

/* A first layer that takes rows learns from the rows that one with labels stands for: the same but for rounding. */
static void rows_written_out_are_those_with_labels(void)
{
	for (int m = 0; m < N_MODES; m++) {
		struct trained *labelled = train(NULL, MODES[m], 1, "execution.kind=sequential", 0, NULL);
		struct trained *dense = train("dense layers", MODES[m], EACH, "execution.kind=pipeline", 2, NULL);
		for (int e = 0; labelled && dense && e < labelled->epochs.n; e++) {
			const struct ff_epoch_metrics *a = &labelled->epochs.metrics[e], *b = &dense->epochs.metrics[e];
			for (int l = 0; l < 3; l++) {
				CHECK(isnan(a->loss[l]) == isnan(b->loss[l]));
				CHECK(isnan(a->loss[l]) || fabs(a->loss[l] - b->loss[l]) < 1e-4 * fabs(a->loss[l]));
			}
			CHECK(fabs(a->test_error - b->test_error) < 0.02);
		}
		done(labelled);
		done(dense);
	}
	toys_use(NULL);
}

/* What goes back between layers begins anew with each epoch, and so in a run that goes on. */
static void resumed_toys_end_in_the_same_bits(void)
{
	static struct ff_checkpoint_writer writer; /* both are large */
	static struct ff_checkpoint checkpoint;
	const char *path = "test_interfaces.ffckpt";
	struct ff_error error = {0};
	for (int i = 1; i < N_NAMES; i++) {
		struct trained *a = open_world(NAMES[i], MODES[0], EACH, "execution.kind=pipeline", 2);
		struct trained *b = open_world(NAMES[i], MODES[0], 1, "execution.kind=sequential", 0);
		if (a && b) {
			CHECK_INT(ff_checkpoint_init(&writer, &a->world.net, path, &error), FF_OK);
			a->world.writer = &writer;
			a->world.at = 1;
			finish(a);
			CHECK_INT(ff_checkpoint_open(path, &checkpoint, &error), FF_OK);
			b->world.resume = &checkpoint;
			b->world.state = &a->epochs.state;
			finish(b);
			CHECK_INT(b->epochs.n, 1);
			world_check_same(&a->world, &b->world);
			ff_checkpoint_close(&checkpoint);
		}
		done(a);
		done(b);
		unlink(path);
	}
	toys_use(NULL);
}

static ff_status fail_at(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	return node == *(const int *)user && packet->sequence == 4 ? ff_fail(error, FF_ERROR_DATA, "the test says so")
	                                                           : FF_OK;
}

/* A pipeline ends whichever of its nodes fails, though edges go back. */
static void a_failure_ends_edges_back(void)
{
	for (int node = 0; node <= 4; node++) {
		const struct ff_probe probe = {fail_at, &node};
		struct ff_error error = {0};
		struct trained *t = open_world(NAMES[3], MODES[0], EACH, "execution.kind=pipeline", 1 + node % 3);
		if (t) {
			t->world.probe = &probe;
			CHECK_INT(world_train(&t->world, &t->epochs, &error), FF_ERROR_DATA);
			CHECK_TEXT(error.what, "the test says so");
		}
		done(t);
	}
	toys_use(NULL);
}

/* Before it trains, not when its weights are to be written. */
static void a_layer_without_tensors_is_refused(void)
{
	struct ff_error error = {0};
	struct trained *t = open_world(NAMES[1], MODES[0], 1, "execution.kind=sequential", 0);
	if (t) {
		CHECK_INT(ff_model_file_check(&t->world.net, &error), FF_ERROR_CONFIG);
		CHECK_TEXT(error.what, "layer 1 is of the kind local, which no model file can hold");
	}
	done(t);
	toys_use(NULL);
}

FF_TESTS("interfaces", {"pipelines give the bits of the sequence", pipelines_give_the_bits_of_the_sequence},
         {"toys change what is learnt", toys_change_what_is_learnt},
         {"rows written out are those with labels", rows_written_out_are_those_with_labels},
         {"resumed toys end in the same bits", resumed_toys_end_in_the_same_bits},
         {"a failure ends edges back", a_failure_ends_edges_back},
         {"a layer without tensors is refused", a_layer_without_tensors_is_refused})

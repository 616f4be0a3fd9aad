/* A pipeline ends in order when something fails, at every node and at every kind of packet. An alarm ends this program
 * if it hangs. */
#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "machine/threads.h"
#include "model/weights.h"
#include "plan/calibrate.h"
#include "support/world.h"

enum { L = 3, SOURCE = 0, COLLECTOR = L + 1, BEHIND_READOUT = L + 2 };

#define STAGED "execution.threads.per_stage=2"

/* Threads of this process. */
static int n_threads(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/task");
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
		n += entry->d_name[0] != '.';
	closedir(folder);
	return n;
}

/* Threads that were joined, and those of their teams, may take a moment to disappear. */
static void check_threads_left(int wanted)
{
#ifdef __clang__ /* its OpenMP runtime keeps threads for the next team */
	return;
#endif
	for (int i = 0; i < 2000 && n_threads() > wanted; i++)
		usleep(1000);
	CHECK(n_threads() <= wanted);
}

/* Fails at one node, or two, when the nth packet of a kind comes there. */
struct fault {
	int node;
	enum ff_packet_kind kind;
	uint64_t sequence; /* not before this packet */
	int linger;        /* microseconds, before it fails */
};
struct faults {
	struct fault at[2];
	int n;
	_Atomic uint64_t reached[BEHIND_READOUT + 1]; /* packets that came to each node */
};

static ff_status inject(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	struct faults *faults = user;
	faults->reached[node]++;
	for (int i = 0; i < faults->n; i++) {
		const struct fault *f = &faults->at[i];
		if (f->node != node || f->kind != packet->kind || packet->sequence < f->sequence)
			continue;
		usleep((unsigned)f->linger);
		return ff_fail(error, FF_ERROR_IO, "injected at node %d", node);
	}
	return FF_OK;
}

static ff_status train_with(struct faults *faults, const char *const more[], int n, struct epochs *epochs,
                            struct ff_error *error)
{
	const char *overrides[8] = {"evaluate.test=epoch", "dataset.validation=30"};
	const struct ff_probe probe = {inject, faults};
	struct world w;
	for (int i = 0; i < n; i++)
		overrides[2 + i] = more[i];
	if (!world_open(&w, 0, overrides, 2 + n))
		return FF_ERROR_INTERNAL;
	w.probe = &probe;
	static struct ff_checkpoint_writer writer; /* large */
	char folder[] = "/tmp/ff_faults_XXXXXX", path[64];
	CHECK(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/checkpoint", folder);
	CHECK_INT(ff_checkpoint_init(&writer, &w.net, path, NULL), FF_OK);
	w.writer = &writer;
	w.at = 1;
	ff_status status = world_train(&w, epochs, error);
	ff_checkpoint_abandon(&writer);
	world_close(&w);
	unlink(path);
	CHECK_INT(rmdir(folder), 0); /* no unfinished checkpoint is left */
	return status;
}

static void fail_once(int node, enum ff_packet_kind kind, uint64_t sequence, const char *const way[], int n)
{
	static struct epochs epochs; /* large */
	struct ff_error error = {0};
	struct faults faults = {.at = {{node, kind, sequence, 0}}, .n = 1};
	char wanted[32];
	int before = n_threads();
	ff_scenario("%s %s ...; node %d fails at packet %d of kind %d", way[0], way[1], node, (int)sequence, kind);
	snprintf(wanted, sizeof wanted, "injected at node %d", node);
	CHECK_INT(train_with(&faults, way, n, &epochs, &error), FF_ERROR_IO);
	CHECK_TEXT(error.what, wanted);
	check_threads_left(before);
}

/* The last two ways also have a readout that draws wrong labels, and early stopping. */
static void any_node_may_fail_at_any_kind_of_packet(void)
{
	static const char *const WAYS[][4] = {
	    {STAGED, "execution.depth=2"},
	    {STAGED, "execution.depth=1"},
	    {"train.order=greedy", "negatives.redraw=once"},
	    {"execution.kind=sequential", "execution.threads.total=1"},
	    {STAGED, "train.patience=4", "head.when=together", "negatives.draw=head"},
	    {"execution.threads.total=1", "train.patience=4", "head.when=together", "negatives.draw=head"},
	};
	for (int w = 0; w < 6; w++)
		for (int node = SOURCE; node <= (w < 4 ? COLLECTOR : BEHIND_READOUT); node++)
			for (int kind = FF_PACKET_TRAIN; kind <= FF_PACKET_STOP; kind++) {
				if (kind == FF_PACKET_KEEP && w < 4)
					continue;
				bool once =
				    kind == FF_PACKET_STOP || kind == FF_PACKET_KEEP || kind == FF_PACKET_CHECKPOINT;
				for (uint64_t sequence = 0; sequence < (once ? 1 : 9); sequence += 4)
					fail_once(node, (enum ff_packet_kind)kind, sequence, WAYS[w], w < 4 ? 2 : 4);
			}
}

/* Both fail. The failure reported is the first in sequential order, whichever comes first in time. */
static void first_of(struct fault first, struct fault second)
{
	static const char *const WAYS[] = {STAGED, "execution.kind=sequential"};
	for (int i = 0; i < 4; i++) {
		static struct epochs epochs; /* large */
		struct ff_error error = {0};
		struct faults faults = {.at = {first, second}, .n = 2};
		char wanted[32];
		ff_scenario("%s; node %d fails, then node %d, the %s late", WAYS[i % 2], first.node, second.node,
		            i < 2 ? "first" : "second");
		faults.at[0].linger = i < 2 ? 20000 : 0;
		faults.at[1].linger = i < 2 ? 0 : 20000;
		snprintf(wanted, sizeof wanted, "injected at node %d", first.node);
		CHECK_INT(train_with(&faults, &WAYS[i % 2], 1, &epochs, &error), FF_ERROR_IO);
		CHECK_TEXT(error.what, wanted);
	}
}

static void the_first_failure_is_told(void)
{
	first_of((struct fault){3, FF_PACKET_TRAIN, 2, 0}, (struct fault){1, FF_PACKET_TRAIN, 3, 0});
	first_of((struct fault){3, FF_PACKET_TRAIN, 2, 0}, (struct fault){SOURCE, FF_PACKET_TRAIN, 4, 0});
	first_of((struct fault){COLLECTOR, FF_PACKET_TRAIN, 0, 0}, (struct fault){2, FF_PACKET_TRAIN, 2, 0});
	first_of((struct fault){1, FF_PACKET_TRAIN, 3, 0}, (struct fault){2, FF_PACKET_TRAIN, 3, 0});
}

static void what_came_before_the_failure_is_collected(void)
{
	static struct epochs epochs; /* large */
	struct ff_error error = {0};
	static const char *const WAY[] = {STAGED};
	struct faults faults = {.at = {{1, FF_PACKET_TRAIN, 7, 0}}, .n = 1}; /* in the second epoch */
	CHECK_INT(train_with(&faults, WAY, 1, &epochs, &error), FF_ERROR_IO);
	CHECK_INT(epochs.n, 1);
	CHECK_INT(epochs.metrics[0].epoch, 1);
	CHECK_INT(faults.reached[COLLECTOR], faults.reached[1] - 1);
}

/* A bias that makes the layer's loss infinite, from the second batch on. */
static ff_status poison(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	struct world *w = user;
	(void)error;
	if (node == 2 && packet->sequence == 1)
		ff_layer_bias(ff_net_layer(&w->net, 1))[0] = 1e38F;
	return FF_OK;
}

static void a_loss_that_is_not_finite_is_told_alike(void)
{
	static const char *const WAYS[] = {STAGED, "execution.kind=sequential"};
	static struct ff_error errors[2];
	for (int i = 0; i < 2; i++) {
		static struct epochs epochs; /* large */
		struct world w;
		const struct ff_probe probe = {poison, &w};
		ff_scenario("%s", WAYS[i]);
		if (!world_open(&w, 0, &WAYS[i], 1))
			return;
		w.probe = &probe;
		CHECK_INT(world_train(&w, &epochs, &errors[i]), FF_ERROR_NUMERIC);
		world_close(&w);
	}
	CHECK_TEXT(errors[0].where, "layer 2, epoch 1, batch 2");
	CHECK_TEXT(errors[0].where, errors[1].where);
	CHECK_TEXT(errors[0].what, errors[1].what);
}

/* ---- threads that cannot be created ---- */

/* Linked in place of pthread_create() for the engine's own calls. */
static int creations_left = 1 << 30;
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *context)
{
	return creations_left-- > 0 ? __real_pthread_create(thread, attributes, run, context) : 11; /* EAGAIN */
}

static void a_thread_that_cannot_start_ends_the_others(void)
{
	static const char *const WAY[] = {STAGED};
	for (int left = 0; left <= L; left++) {
		static struct epochs epochs; /* large */
		struct ff_error error = {0};
		struct faults none = {.n = 0};
		int before = n_threads();
		ff_scenario("%d threads can be started", left);
		creations_left = left;
		CHECK_INT(train_with(&none, WAY, 1, &epochs, &error), FF_ERROR_MEMORY);
		CHECK_HAS(error.what, "cannot start thread");
		check_threads_left(before);
	}
	creations_left = 1 << 30;
}

static void threads_that_cannot_be_had_are_told_before_the_run(void)
{
	struct ff_error error = {0};
	int before = n_threads();
	CHECK_INT(ff_threads_check(50, &error), FF_OK);
	creations_left = 7;
	CHECK_INT(ff_threads_check(8, &error), FF_ERROR_MEMORY);
	creations_left = 1 << 30;
	CHECK_HAS(error.what, "only 7 of 8 threads can be started");
	check_threads_left(before);
}

/* OpenMP would end the program if it could not create its threads. Here one of two threads is missing, or the one that
 * measures. */
static void without_threads_a_run_plans_by_the_table(void)
{
	const struct ff_machine_model m = ff_machine_model_flat(2, &ff_rates_table);
	for (int left = 1; left <= 2; left++) {
		const int before = n_threads();
		ff_scenario("%d threads can be started", left);
		creations_left = left;
		const struct ff_rates rates = ff_calibrate_briefly(&m, 2);
		CHECK(rates.flops == ff_rates_table.flops && rates.region == ff_rates_table.region);
		check_threads_left(before);
	}
	creations_left = 1 << 30;
	CHECK(ff_calibrate_briefly(&m, 2).flops != ff_rates_table.flops);
}

/* The ids of this process's threads, added up as far as they are known: a thread that is made anew changes them. */
static uint64_t sum_of_threads(void)
{
	uint64_t sum = 0;
	DIR *folder = opendir("/proc/self/task");
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
		sum += strtoull(entry->d_name, NULL, 10);
	closedir(folder);
	return sum;
}

/* Once every team has worked, and later, while the source has packets left to make. */
static ff_status look_at_threads(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	uint64_t *sums = user;
	(void)error;
	if (node == COLLECTOR && packet->kind == FF_PACKET_EPOCH_END && packet->epoch < 4)
		sums[packet->epoch > 1] = sum_of_threads();
	return FF_OK;
}

static void teams_keep_their_threads(void)
{
	static const char *const WAY[] = {"execution.threads.per_stage=3", "train.epochs=9", "train.batch=115",
	                                  "layers.widths=[300, 200, 100]"};
	static struct epochs epochs; /* large */
	struct ff_error error;
	struct world w;
	uint64_t sums[2] = {0, 1};
	const struct ff_probe probe = {look_at_threads, sums};
	if (!world_open(&w, 0, WAY, 4))
		return;
	w.probe = &probe;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	CHECK_INT(sums[0], sums[1]);
	world_close(&w);
}

static void threads_are_created_once(void)
{
	static const char *const WAY[] = {STAGED, "train.epochs=6"};
	static struct epochs epochs; /* large */
	struct ff_error error = {0};
	struct faults none = {.n = 0};
	creations_left = L + 1; /* a leader a layer, and the source */
	CHECK_INT(train_with(&none, WAY, 2, &epochs, &error), FF_OK);
	CHECK_INT(creations_left, 0);
	creations_left = 1 << 30;
}

int main(void)
{
	static const struct ff_test_case CASES[] = {
	    {"any node may fail at any kind of packet", any_node_may_fail_at_any_kind_of_packet},
	    {"the first failure is told", the_first_failure_is_told},
	    {"what came before the failure is collected", what_came_before_the_failure_is_collected},
	    {"a loss that is not finite is told alike", a_loss_that_is_not_finite_is_told_alike},
	    {"a thread that cannot start ends the others", a_thread_that_cannot_start_ends_the_others},
	    {"threads that cannot be had are told before the run", threads_that_cannot_be_had_are_told_before_the_run},
	    {"without threads a run plans by the table", without_threads_a_run_plans_by_the_table},
	    {"threads are created once", threads_are_created_once},
	    {"teams keep their threads", teams_keep_their_threads},
	};
	alarm(300);
	return ff_tests_run("pipeline faults", CASES, (int)(sizeof CASES / sizeof *CASES));
}

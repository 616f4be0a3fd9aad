/* What a pipeline costs while it runs: no allocation, no processor time for idle threads, and no memory beyond its
 * rings. */
#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/work.h"
#include "support/world.h"

#define STAGED "execution.threads.per_stage=2"

/* ---- allocation ---- */

/* Linked in place of the engine's calls: counts allocations of all threads but the collector's while `counting`. */
static atomic_bool counting;
static _Thread_local bool collector;
static atomic_int allocations;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);

void *__wrap_malloc(size_t n)
{
	allocations += counting && !collector;
	return __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations += counting && !collector;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	allocations += counting && !collector;
	return __real_realloc(p, n);
}

void *__wrap_mmap(void *at, size_t n, int protection, int flags, int file, off_t offset)
{
	allocations += counting && !collector;
	return __real_mmap(at, n, protection, flags, file, offset);
}

/* Counts from the first packet at the end of the pipeline to the last. */
static ff_status count_from_here(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	const bool *cheat = user;
	(void)error;
	if (node == 4)
		counting = collector = true;
	if (*cheat && node == 2 && packet->kind == FF_PACKET_STOP)
		free(__wrap_malloc(1));
	return FF_OK;
}

static int allocations_of(const char *const overrides[], int n, bool cheat, bool profiled)
{
	struct ff_profile profile = {0};
	static struct epochs epochs; /* large */
	struct world w;
	struct ff_error error;
	const struct ff_probe probe = {count_from_here, &cheat};
	if (!world_open(&w, 0, overrides, n))
		return -1;
	w.probe = &probe;
	if (profiled) {
		CHECK_INT(ff_profile_init(&profile, &w.net.graph, 1000, &error), FF_OK);
		w.profile = &profile;
	}
	allocations = 0;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	counting = collector = false;
	ff_profile_fini(&profile);
	world_close(&w);
	return allocations;
}

static void nothing_is_allocated_once_it_runs(void)
{
	static const char *const TOGETHER[] = {STAGED, "evaluate.test=epoch", "dataset.validation=30"};
	static const char *const GREEDY[] = {STAGED, "train.order=greedy", "negatives.redraw=once"};
	CHECK_INT(allocations_of(TOGETHER, 3, false, false), 0);
	CHECK_INT(allocations_of(GREEDY, 3, false, false), 0);
	CHECK_INT(allocations_of(TOGETHER, 3, false, true), 0);
	CHECK_INT(allocations_of(TOGETHER, 3, true, false), 1); /* this test can fail */
}

/* ---- idling ---- */

static double processor_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum { PAUSE = 150000 }; /* microseconds between two packets */

static ff_status dawdle(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	const int *slow = user;
	(void)packet, (void)error;
	if (node == *slow)
		usleep(PAUSE);
	return FF_OK;
}

/* Processor time of the whole process as a part of the time that passed, with one slow node. */
static double load_with_slow(int node)
{
	static struct epochs epochs; /* large */
	struct world w;
	struct ff_error error;
	const struct ff_probe probe = {dawdle, &node};
	static const char *const WAY[] = {STAGED, "evaluate.train=never"};
	if (!world_open(&w, 0, WAY, 2))
		return 1;
	w.probe = &probe;
	double before = processor_seconds(), started = ff_clock();
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	double load = (processor_seconds() - before) / (ff_clock() - started);
	world_close(&w);
	return load;
}

/* While one node sleeps, three or more stages are idle: all together may take less than 2 % of a processor for each of
 * three, including the work that there is. */
static void an_idle_stage_costs_next_to_nothing(void)
{
	CHECK_NEAR(load_with_slow(0), 0, 3 * 0.02);
	CHECK_NEAR(load_with_slow(3), 0, 3 * 0.02);
}

/* ---- a slow stage ---- */

struct watch {
	_Atomic uint64_t at[5]; /* the last packet that came to each node */
	uint64_t furthest;      /* the source was ahead of the collector; written by the source */
};

static ff_status watch_lead(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	struct watch *watch = user;
	(void)error;
	atomic_store(&watch->at[node], packet->sequence);
	if (node == 0) {
		uint64_t lead = packet->sequence - atomic_load(&watch->at[4]);
		watch->furthest = lead > watch->furthest ? lead : watch->furthest;
	}
	if (node == 3)
		usleep(3000);
	return FF_OK;
}

static void a_slow_stage_holds_the_others_back(void)
{
	static const char *const DEPTHS[] = {"execution.depth=1", "execution.depth=2", "execution.depth=4"};
	static struct epochs epochs; /* large */
	for (uint64_t i = 0; i < 3; i++) {
		struct watch watch = {.furthest = 0};
		const struct ff_probe probe = {watch_lead, &watch};
		const char *overrides[] = {STAGED, "train.batch=10", DEPTHS[i]};
		struct ff_error error;
		struct world w;
		if (!world_open(&w, 0, overrides, 3))
			return;
		w.probe = &probe;
		CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
		/* Every ring full, and a packet in hand before and behind. */
		CHECK(watch.furthest >= 1);
		CHECK(watch.furthest <= 4 * ((uint64_t)1 << i) + 2);
		for (int e = 0; e < 4; e++) {
			struct ff_ring_counters counters;
			ff_ring_read_counters(&w.net.rings[e], &counters);
			CHECK_INT(counters.pushes, counters.pops);
			CHECK_INT(counters.occupancy, 0);
		}
		world_close(&w);
	}
}

static void the_slowest_stage_is_named(void)
{
	static const char *const WIDTHS[] = {"layers.widths=[2000, 10, 60]", "layers.widths=[60, 3000, 5]",
	                                     "layers.widths=[60, 60, 6000]"};
	static struct epochs epochs; /* large */
	struct ff_result *result = calloc(1, sizeof *result);
	for (int slow = 0; slow < 3; slow++) {
		const char *overrides[] = {"execution.threads.per_stage=1",
		                           "dataset.synthetic={height: 14, width: 14, noise: 0.1}", "train.epochs=4",
		                           WIDTHS[slow]};
		struct ff_error error;
		struct world w;
		if (!world_open(&w, 0, overrides, 4))
			break;
		CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
		ff_work_report(&w.net, &w.source, result);
		CHECK_INT(result->execution.bottleneck, slow);
		for (int l = 0; l < 3; l++) {
			CHECK_INT(result->execution.leader[l], l);
			CHECK_INT(result->execution.stages[l].threads, 1);
			CHECK(result->execution.stages[l].busy > 0);
		}
		/* Stages after the slow one lack input; stages before it wait for output slots. */
		if (slow == 0)
			CHECK(result->execution.stages[2].waiting_input > result->execution.stages[2].busy);
		if (slow == 2)
			CHECK(result->execution.stages[0].waiting_output > result->execution.stages[0].busy);
		world_close(&w);
	}
	free(result);
}

/* ---- time ---- */

static ff_status dawdle_at_the_end(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	(void)user, (void)error;
	if (node == 4 && packet->kind != FF_PACKET_TRAIN)
		usleep(100000);
	return FF_OK;
}

/* The collector takes 100 ms at the end of an epoch and for an evaluation, like a slow disk. The net needs far less and
 * has free slots, so training must go on meanwhile. */
static void a_slow_collector_is_named_and_not_counted_as_training(void)
{
	static const char *const WAYS[] = {"execution={depth: 64, threads: {per_stage: 1}}",
	                                   "execution.kind=sequential"};
	static struct epochs epochs; /* large */
	struct ff_result *result = calloc(1, sizeof *result);
	const struct ff_probe probe = {dawdle_at_the_end, NULL};
	for (int i = 0; i < 2; i++) {
		const char *overrides[] = {WAYS[i], "evaluate.test=epoch", "train.batch=230", "train.epochs=4"};
		struct ff_error error;
		struct world w;
		if (!world_open(&w, 0, overrides, 4))
			break;
		w.probe = &probe;
		CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
		ff_work_report(&w.net, &w.source, result);
		CHECK_INT(result->execution.bottleneck, 3);
		CHECK(result->execution.collector.busy > 0.75);
		for (int e = 0; e < 4; e++) { /* one batch each, of a millisecond or so */
			CHECK(epochs.metrics[e].seconds > 0);
			CHECK(epochs.metrics[e].seconds < 0.09);
			CHECK_NEAR(epochs.metrics[e].samples_per_second * epochs.metrics[e].seconds, 230, 1e-6);
		}
		world_close(&w);
	}
	free(result);
}

FF_TESTS("pipeline costs", {"nothing is allocated once it runs", nothing_is_allocated_once_it_runs},
         {"an idle stage costs next to nothing", an_idle_stage_costs_next_to_nothing},
         {"a slow stage holds the others back", a_slow_stage_holds_the_others_back},
         {"the slowest stage is named", the_slowest_stage_is_named},
         {"a slow collector is named and not counted as training",
          a_slow_collector_is_named_and_not_counted_as_training})

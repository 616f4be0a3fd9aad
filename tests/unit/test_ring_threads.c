#define _GNU_SOURCE /* usleep */
#include "support/harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/rings.h"

static const size_t CAPACITIES[] = {1, 2, 3, 4, 64};
enum { N_CAPACITIES = sizeof CAPACITIES / sizeof *CAPACITIES, WORDS = 12, SLOT = WORDS * 8 };

static const uint64_t STARTS[] = {UINT32_MAX - 70ULL, UINT64_MAX - 70, UINT64_MAX, (uint64_t)INT64_MAX - 70};
enum { N_STARTS = sizeof STARTS / sizeof *STARTS };

#define LONG_SPIN 60000000000ULL /* a minute: never sleeps in a test */

/* Rings behave as where the kernel has no membarrier. */
static bool fence_each;

static struct ff_ring *make_ring(size_t slots, uint64_t spin)
{
	struct ff_ring *ring = ring_create(slots, SLOT, spin);
	if (fence_each)
		ring_fence_each(ring);
	return ring;
}

/* A thread at one end of a ring. */
struct worker {
	struct ff_ring *ring;
	uint64_t n;       /* to send; to take at most */
	uint64_t random;  /* state; 0 = no delays */
	uint64_t done;    /* packets sent or taken before the end */
	uint64_t wrong;   /* packets that were not what was sent */
	double processor; /* seconds of processor time it took */
	bool close;       /* the producer closes after its last packet */
	pthread_t thread;
};

/* Now and then a short spin, a yield or a sleep. */
static void delay(uint64_t *random)
{
	if (!*random)
		return;
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	uint64_t r = *random >> 20;
	if (r % 16384 == 0)
		usleep(60);
	else if (r % 1024 == 0)
		sched_yield();
	else if (r % 64 == 0)
		for (uint64_t i = 0; i < r / 64 % 128; i++)
			ff_pause();
}

static double thread_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *produce(void *worker)
{
	struct worker *w = worker;
	double started = thread_seconds();
	for (; w->done < w->n; w->done++) {
		uint64_t *slot = ff_ring_reserve(w->ring);
		if (!slot)
			break;
		for (uint64_t i = 0; i < WORDS; i++)
			slot[i] = w->done * WORDS + i;
		delay(&w->random);
		ff_ring_commit(w->ring);
	}
	if (w->close)
		ff_ring_close(w->ring);
	w->processor = thread_seconds() - started;
	return NULL;
}

static void *consume(void *worker)
{
	struct worker *w = worker;
	double started = thread_seconds();
	for (; w->done < w->n; w->done++) {
		uint64_t *slot = ff_ring_peek(w->ring);
		if (!slot)
			break;
		for (uint64_t i = 0; i < WORDS; i++)
			w->wrong += slot[i] != w->done * WORDS + i;
		delay(&w->random);
		memset(slot, 0xff, SLOT);
		ff_ring_release(w->ring);
	}
	w->processor = thread_seconds() - started;
	return NULL;
}

static void start(struct worker *w, void *work(void *))
{
	if (pthread_create(&w->thread, NULL, work, w) != 0)
		abort();
}

static void join(struct worker *w)
{
	pthread_join(w->thread, NULL);
}

/* Counters never go back, and pushes and pops are never further apart than the ring is large, give or take what
 * happens between two loads. */
static void watch(const struct ff_ring *ring, size_t slots, uint64_t n)
{
	struct ff_ring_counters last = {0}, c;
	do {
		c = counters_of(ring);
		CHECK(c.pushes >= last.pushes && c.pops >= last.pops && c.pushes >= c.pops && c.pushes <= n);
		CHECK(c.occupancy <= slots);
		CHECK(c.full.spins >= last.full.spins && c.empty.nanoseconds >= last.empty.nanoseconds);
		last = c;
		usleep(500);
	} while (c.pops < n);
}

/* n packets through a ring whose counts start at `count`; every word of every packet is compared. */
static void hand_over(size_t slots, uint64_t spin, uint64_t count, uint64_t n, uint64_t random)
{
	ff_scenario("%zu slots, spin of %llu ns, counts from %#llx%s", slots, (unsigned long long)spin,
	            (unsigned long long)count, fence_each ? ", each side fences" : "");
	struct ff_ring *ring = make_ring(slots, spin);
	ff_ring_start_at(ring, count);
	struct worker producer = {.ring = ring, .n = n, .random = random, .close = true};
	struct worker consumer = {.ring = ring, .n = UINT64_MAX, .random = random * 31};
	start(&producer, produce);
	start(&consumer, consume);
	watch(ring, slots, n);
	join(&producer);
	join(&consumer);
	CHECK_INT(producer.done, n);
	CHECK_INT(consumer.done, n);
	CHECK_INT(consumer.wrong, 0);
	struct ff_ring_counters c = counters_of(ring);
	CHECK_INT(c.pushes, n);
	CHECK_INT(c.pops, n);
	CHECK_INT(c.occupancy, 0);
	CHECK_INT(ff_ring_state(ring), FF_RING_CLOSED);
	ring_destroy(ring);
}

static void packets_arrive_whole_and_in_order(void)
{
	for (size_t i = 0; i < N_CAPACITIES; i++) {
		hand_over(CAPACITIES[i], FF_RING_SPIN, 0, 60000, 88172645463325252ULL + i);
		hand_over(CAPACITIES[i], 0, 0, 60000, 1442695040888963407ULL + i);
	}
}

static void sleeping_at_every_turn_loses_nothing(void)
{
	/* A budget of a nanosecond: every wait of some length is slept. */
	for (size_t i = 0; i < N_CAPACITIES; i++)
		hand_over(CAPACITIES[i], 1, 0, 30000, i % 2 ? 0x9e3779b97f4a7c15ULL : 0);
}

static void counts_wrap_under_way(void)
{
	for (size_t s = 0; s < N_STARTS; s++)
		for (size_t i = 0; i < N_CAPACITIES; i++)
			hand_over(CAPACITIES[i], FF_RING_SPIN, STARTS[s], 2000, 7);
}

/* Waits until a counter is no longer 0, ten seconds at most. */
static bool comes(const struct ff_ring *ring, uint64_t (*counter)(const struct ff_ring_counters *))
{
	for (int i = 0; i < 20000; i++) {
		struct ff_ring_counters c = counters_of(ring);
		if (counter(&c) > 0)
			return true;
		usleep(500);
	}
	return false;
}

static uint64_t parks(const struct ff_ring_counters *c)
{
	return c->full.parks + c->empty.parks;
}

static uint64_t waits(const struct ff_ring_counters *c)
{
	return c->full.waits + c->empty.waits;
}

/* A producer stuck behind a full ring and a consumer before an empty one, asleep or spinning; then the end. */
static void end_wakes(uint64_t spin, void end(struct ff_ring *), bool asleep)
{
	ff_scenario("spin of %llu ns, %s%s", (unsigned long long)spin, end == ff_ring_abort ? "abort" : "close",
	            fence_each ? ", each side fences" : "");
	struct ff_ring *full = make_ring(2, spin), *empty = make_ring(2, spin);
	struct worker producer = {.ring = full, .n = 10}, consumer = {.ring = empty, .n = 10};
	start(&producer, produce);
	start(&consumer, consume);
	CHECK(comes(full, asleep ? parks : waits));
	CHECK(comes(empty, asleep ? parks : waits));
	usleep(2000);
	end(full);
	end(empty);
	join(&producer);
	join(&consumer);
	CHECK_INT(producer.done, 2);
	CHECK_INT(consumer.done, 0);
	struct ff_ring_counters f = counters_of(full), e = counters_of(empty);
	CHECK_INT(f.full.waits, 1);
	CHECK_INT(e.empty.waits, 1);
	CHECK_INT(parks(&f) + parks(&e) > 0, asleep);
	CHECK_INT(f.empty.waits + e.full.waits, 0);
	CHECK(f.full.nanoseconds >= 2000000 && e.empty.nanoseconds >= 2000000);
	ring_destroy(full);
	ring_destroy(empty);
}

static void the_end_wakes_sleepers(void)
{
	for (int i = 0; i < 20; i++) {
		end_wakes(i % 2 ? 0 : FF_RING_SPIN, ff_ring_close, true);
		end_wakes(i % 2 ? 0 : FF_RING_SPIN, ff_ring_abort, true);
	}
}

static void the_end_stops_spinners(void)
{
	end_wakes(LONG_SPIN, ff_ring_close, false);
	end_wakes(LONG_SPIN, ff_ring_abort, false);
}

/* Many short lives: the end meets the other side at every point of its way to sleep. */
static void ends_race_with_the_way_to_sleep(void)
{
	for (uint64_t i = 0; i < 800; i++) {
		struct ff_ring *ring = make_ring(1 + i % 3, i % 5 ? i % 5 : FF_RING_SPIN);
		struct worker producer = {.ring = ring, .n = i % 4, .close = true};
		struct worker consumer = {.ring = ring, .n = UINT64_MAX};
		bool abort_it = i % 8 == 7;
		ff_scenario("life %d%s", (int)i, fence_each ? ", each side fences" : "");
		producer.n = abort_it ? UINT64_MAX : producer.n;
		start(&consumer, consume);
		start(&producer, produce);
		for (uint64_t p = 0; p < i * 7 % 400; p++)
			ff_pause();
		if (abort_it)
			ff_ring_abort(ring);
		join(&producer);
		join(&consumer);
		if (!abort_it)
			CHECK_INT(consumer.done, producer.n);
		CHECK(consumer.done <= producer.done);
		CHECK_INT(consumer.wrong, 0);
		ring_destroy(ring);
	}
}

static void counters_tell_who_waited(void)
{
	struct ff_ring *ring = ring_create(2, SLOT, FF_RING_SPIN);
	struct worker consumer = {.ring = ring, .n = 3}, producer = {.ring = ring, .n = 6};
	start(&consumer, consume);
	CHECK(comes(ring, parks)); /* on empty */
	usleep(20000);
	start(&producer, produce); /* the consumer takes three, the ring holds two, the sixth waits */
	join(&consumer);
	for (int i = 0; i < 20000 && counters_of(ring).pushes < 5; i++)
		usleep(500);
	usleep(20000);
	ff_ring_abort(ring);
	join(&producer);
	struct ff_ring_counters c = counters_of(ring);
	CHECK_INT(producer.done, 5);
	CHECK_INT(c.pushes, 5);
	CHECK_INT(c.pops, 3);
	CHECK_INT(c.occupancy, 2);
	CHECK(c.full.parks >= 1 && c.full.waits >= 1 && c.full.spins >= 1);
	CHECK(c.empty.parks >= 1 && c.empty.waits >= 1 && c.empty.spins >= 1);
	CHECK(c.full.nanoseconds >= 15000000);
	CHECK(c.empty.nanoseconds >= 20000000);
	ring_destroy(ring);
}

static void sleep_takes_no_processor(void)
{
	struct ff_ring *full = ring_create(1, SLOT, FF_RING_SPIN), *empty = ring_create(1, SLOT, 0);
	struct worker producer = {.ring = full, .n = 2}, consumer = {.ring = empty, .n = 2};
	double started = ff_clock();
	start(&producer, produce);
	start(&consumer, consume);
	usleep(200000);
	ff_ring_abort(full);
	ff_ring_abort(empty);
	join(&producer);
	join(&consumer);
	double most = 0.02 * (ff_clock() - started);
	CHECK_NEAR(producer.processor, most / 2, most / 2);
	CHECK_NEAR(consumer.processor, most / 2, most / 2);
	CHECK(counters_of(full).full.parks >= 1 && counters_of(empty).empty.parks >= 1);
	ring_destroy(full);
	ring_destroy(empty);
}

/* Waits longer than the budget make it fall, waits shorter make it rise again. */
static void the_budget_follows_the_waits(void)
{
	struct ff_ring *ring = ring_create(1, SLOT, FF_RING_SPIN);
	for (uint64_t i = 0; i < 20; i++) {
		struct worker consumer = {.ring = ring, .n = 1};
		start(&consumer, consume);
		uint64_t before = counters_of(ring).empty.parks;
		for (int j = 0; j < 20000 && counters_of(ring).empty.parks == before; j++)
			usleep(200);
		CHECK(ff_ring_try_reserve(ring) != NULL);
		ff_ring_commit(ring);
		join(&consumer);
	}
	CHECK(ring->consumer.budget < FF_RING_SPIN / 16);
	CHECK(ring->consumer.budget > 0);
	CHECK_INT(ring->producer.budget, FF_RING_SPIN);
	ring_destroy(ring);
}

static void each_side_fences_where_the_kernel_does_not(void)
{
	fence_each = true;
	packets_arrive_whole_and_in_order();
	sleeping_at_every_turn_loses_nothing();
	the_end_wakes_sleepers();
	ends_race_with_the_way_to_sleep();
	fence_each = false;
}

FF_TESTS("ring between threads", {"packets arrive whole and in order", packets_arrive_whole_and_in_order},
         {"sleeping at every turn loses nothing", sleeping_at_every_turn_loses_nothing},
         {"counts wrap under way", counts_wrap_under_way}, {"the end wakes sleepers", the_end_wakes_sleepers},
         {"the end stops spinners", the_end_stops_spinners},
         {"ends race with the way to sleep", ends_race_with_the_way_to_sleep},
         {"counters tell who waited", counters_tell_who_waited}, {"sleep takes no processor", sleep_takes_no_processor},
         {"the budget follows the waits", the_budget_follows_the_waits},
         {"each side fences where the kernel does not", each_side_fences_where_the_kernel_does_not})

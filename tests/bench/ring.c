/* Nanoseconds of a hand-off through a ring, beside Concurrency Kit's ck_ring (if it was found), in turn in the same
 * process: a stream of 8-byte payloads, and ping-pong (half a round trip) through two rings of one slot; both threads
 * on one processor, and on two.
 *
 * ck_ring holds one entry less than its size, a power of two: hence the odd numbers of slots, the same for both. It
 * never waits by itself, so it gets its users' usual way: a pause on two processors, a yield on one. It is measured
 * twice: with its own entries of 8 bytes, packed eight to a line, and with entries of a line each, as a ring's slots
 * are (its consumer copies them out). The ring, too, is measured twice: as it is, and as it is where the kernel has no
 * membarrier and each side fences for itself. Every value is compared, in a first round that is not timed and in those
 * that are. */
#define _GNU_SOURCE /* processor affinity */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef FF_HAVE_CK
#include <ck_ring.h>
#endif

#include "base/clock.h"
#include "bench/bench.h"
#include "pipeline/ring.h"
#include "support/rings.h"

enum { FORTH, BACK, WAYS, MAX_SLOTS = 64 };
enum kind { OWN, OWN_EACH, CK, CK_LINES, KINDS };

#ifdef FF_HAVE_CK
struct line {
	alignas(FF_ALIGN) uint64_t value;
};
CK_RING_PROTOTYPE(line, line)
#endif

/* One thing to measure, and a queue each way of each kind. */
struct course {
	const char *what, *where;
	size_t slots;
	uint64_t n; /* hand-offs of a round */
	bool ping_pong;
	int processor[2]; /* of the first thread, which sends first, and of the second */
	enum kind kind;   /* in use */
	uint64_t wrong[2];
	pthread_barrier_t start;
	struct ff_ring ring[WAYS];
	alignas(FF_ALIGN) char memory[WAYS][MAX_SLOTS * FF_ALIGN];
#ifdef FF_HAVE_CK
	alignas(FF_ALIGN) ck_ring_t ck[WAYS];
	alignas(FF_ALIGN) ck_ring_buffer_t entries[WAYS][MAX_SLOTS];
	struct line lines[WAYS][MAX_SLOTS];
#endif
};

#ifdef FF_HAVE_CK
static inline void ck_wait(const struct course *c)
{
	if (c->processor[0] == c->processor[1])
		sched_yield();
	else
		ck_pr_stall();
}

static inline void ck_send(struct course *c, int way, uint64_t value)
{
	struct line *line;
	if (c->kind == CK) {
		while (!ck_ring_enqueue_spsc(&c->ck[way], c->entries[way], (void *)(uintptr_t)value))
			ck_wait(c);
		return;
	}
	while (!(line = ck_ring_enqueue_reserve_spsc_line(&c->ck[way], c->lines[way])))
		ck_wait(c);
	line->value = value;
	ck_ring_enqueue_commit_spsc(&c->ck[way]);
}

static inline uint64_t ck_receive(struct course *c, int way)
{
	void *value;
	struct line line;
	if (c->kind == CK) {
		while (!ck_ring_dequeue_spsc(&c->ck[way], c->entries[way], &value))
			ck_wait(c);
		return (uint64_t)(uintptr_t)value;
	}
	while (!ck_ring_dequeue_spsc_line(&c->ck[way], c->lines[way], &line))
		ck_wait(c);
	return line.value;
}

static void ck_reset(struct course *c, int way)
{
	ck_ring_init(&c->ck[way], (unsigned)c->slots + 1);
}
#else
static void ck_send(struct course *c, int way, uint64_t value)
{
	(void)c, (void)way, (void)value;
}

static uint64_t ck_receive(struct course *c, int way)
{
	(void)c, (void)way;
	return 0;
}

static void ck_reset(struct course *c, int way)
{
	(void)c, (void)way;
}
#endif

static inline void send(struct course *c, int way, uint64_t value)
{
	if (c->kind >= CK) {
		ck_send(c, way, value);
		return;
	}
	uint64_t *slot = ff_ring_reserve(&c->ring[way]);
	*slot = value;
	ff_ring_commit(&c->ring[way]);
}

static inline uint64_t receive(struct course *c, int way)
{
	if (c->kind >= CK)
		return ck_receive(c, way);
	const uint64_t *slot = ff_ring_peek(&c->ring[way]);
	uint64_t value = *slot;
	ff_ring_release(&c->ring[way]);
	return value;
}

static void reset(struct course *c)
{
	uint64_t spin = c->processor[0] == c->processor[1] ? 0 : FF_RING_SPIN;
	for (int way = 0; way < WAYS; way++) {
		ff_ring_init(&c->ring[way], c->memory[way], c->slots, sizeof(uint64_t), spin);
		if (c->kind == OWN_EACH)
			ring_fence_each(&c->ring[way]);
		ck_reset(c, way);
	}
}

static void pin(int processor)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
		fprintf(stderr, "ring: cannot pin a thread to processor %d; the figures mean less\n", processor);
}

static void first_thread(struct course *c)
{
	uint64_t wrong = 0;
	if (c->ping_pong)
		for (uint64_t i = 0; i < c->n / 2; i++) {
			send(c, FORTH, 3 * i + 1);
			wrong += receive(c, BACK) != 3 * i + 2;
		}
	else
		for (uint64_t i = 0; i < c->n; i++)
			send(c, FORTH, 3 * i + 1);
	c->wrong[0] = wrong;
}

static void *second_thread(void *course)
{
	struct course *c = course;
	pin(c->processor[1]);
	pthread_barrier_wait(&c->start);
	uint64_t wrong = 0;
	if (c->ping_pong)
		for (uint64_t i = 0; i < c->n / 2; i++)
			send(c, BACK, receive(c, FORTH) + 1);
	else
		for (uint64_t i = 0; i < c->n; i++)
			wrong += receive(c, FORTH) != 3 * i + 1;
	c->wrong[1] = wrong;
	return NULL;
}

/* One round of the course's kind, from both threads' start to both threads' end. */
static double run(struct course *c)
{
	pthread_t second;
	reset(c);
	pin(c->processor[0]);
	if (pthread_barrier_init(&c->start, NULL, 2) != 0 || pthread_create(&second, NULL, second_thread, c) != 0)
		abort();
	pthread_barrier_wait(&c->start);
	double started = ff_clock();
	first_thread(c);
	pthread_join(second, NULL);
	double seconds = ff_clock() - started;
	pthread_barrier_destroy(&c->start);
	if (c->wrong[0] + c->wrong[1]) {
		fprintf(stderr, "ring: %s, kind %d: %llu values are wrong\n", c->what, c->kind,
		        (unsigned long long)(c->wrong[0] + c->wrong[1]));
		exit(1);
	}
	return seconds;
}

static void report_kind(const struct course *c, const struct bench_times *times, const char *prefix)
{
	double scale = 1e9 / (double)c->n;
	printf(",\"%sns\":%.1f,\"%sleast\":%.1f,\"%smost\":%.1f", prefix, scale * bench_median(times), prefix,
	       scale * bench_least(times), prefix, scale * bench_most(times));
}

static void report(const struct course *c, const struct bench_times times[KINDS], int kinds)
{
	printf("{\"bench\":\"ring\",\"what\":\"%s\",\"processors\":\"%s\",\"slots\":%zu", c->what, c->where, c->slots);
	report_kind(c, &times[OWN], "");
	report_kind(c, &times[OWN_EACH], "each_fences_");
	if (kinds > CK) {
		report_kind(c, &times[CK], "ck_");
		report_kind(c, &times[CK_LINES], "ck_lines_");
		printf(",\"ratio_to_ck\":%.3f,\"ratio_to_ck_lines\":%.3f", bench_median_ratio(&times[OWN], &times[CK]),
		       bench_median_ratio(&times[OWN], &times[CK_LINES]));
	}
	printf(",\"rounds\":%d}\n", times[OWN].n);
	fflush(stdout);
}

static void bench_course(struct course *c, int rounds)
{
#ifdef FF_HAVE_CK
	int kinds = KINDS;
#else
	int kinds = CK;
#endif
	struct bench_times times[KINDS] = {0};
	for (int i = -1; i < rounds; i++) /* round -1 verifies and warms up */
		for (int kind = 0; kind < kinds; kind++) {
			c->kind = (enum kind)kind;
			double seconds = run(c);
			if (i >= 0)
				bench_add(&times[kind], seconds);
		}
	report(c, times, kinds);
}

/* The first two processors this process may use; the same twice if it has but one. */
static void find_processors(int processor[2])
{
	cpu_set_t set;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set) != 0)
		CPU_SET(0, &set);
	int found = 0;
	for (int i = 0; i < CPU_SETSIZE && found < 2; i++)
		if (CPU_ISSET(i, &set))
			processor[found++] = i;
	if (found < 2)
		processor[1] = processor[0];
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		size_t slots;
		bool ping_pong;
		uint64_t n[2]; /* on one processor, on two */
	} SHAPES[] = {
	    {"stream", 63, false, {200000, 300000}}, {"stream", 15, false, {100000, 200000}},
	    {"stream", 7, false, {50000, 200000}},   {"stream", 3, false, {20000, 100000}},
	    {"ping-pong", 1, true, {20000, 50000}},
	};
	int threads, rounds = 15, processor[2];
	bench_options(argc, argv, &threads, &rounds);
	bench_print_machine("ring", threads);
	find_processors(processor);
	struct course *c = aligned_alloc(FF_ALIGN, sizeof *c);
	if (!c)
		abort();
	for (int apart = 0; apart <= (processor[0] != processor[1]); apart++)
		for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
			c->what = SHAPES[i].what;
			c->where = apart ? "two" : "one";
			c->slots = SHAPES[i].slots;
			c->ping_pong = SHAPES[i].ping_pong;
			c->n = SHAPES[i].n[apart];
			c->processor[0] = processor[0];
			c->processor[1] = processor[apart];
			bench_course(c, rounds);
		}
	free(c);
	return 0;
}

/* Orders, by label; [hand on] and half of [own] and [ended] are in the header:
 *
 * [hand on]  a side's count is stored release, which pairs with [look] of the other side: all that was done to a slot
 *            before it was handed on is seen by whoever got it, reads by the consumer included. Where each side fences
 *            for itself (machine/futex.h) the store is seq_cst.
 * [look]     the other side's count is loaded acquire (seq_cst in [recheck]).
 * [end]      the state is raised seq_cst; as a release it pairs with [ended]: who sees the end sees all commits before.
 * [ended]    the state is loaded acquire (seq_cst in [recheck]).
 * [recheck]  count and state, read seq_cst between ff_futex_announce() and ff_futex_sleep(); [hand on] and [end] are the
 *            [publish] of machine/futex.h, each followed by its [ask].
 * [own]      relaxed: a count or counter that only this side writes, read by itself.
 * [tell]     relaxed: a counter that orders nothing. */
#include "pipeline/ring.h"

#include <sched.h>
#include <time.h>

enum {
	BRISK = 128,  /* pauses before a wait is timed: a few microseconds */
	PAUSE = 16,   /* nanoseconds of a pause, at least */
	BURST = 32,   /* pauses between readings of the clock */
	REST = 64,    /* most pauses between two looks at the other side */
	YIELDS = 4,   /* given to other threads before sleep, without a budget to spin */
	PROBE = 8,    /* of so many sleeps one is put off by the largest budget */
	LEAST = 1024, /* a budget never falls below this part of the largest */
};

static size_t stride_of(size_t slot_bytes)
{
	return slot_bytes > SIZE_MAX - FF_ALIGN ? SIZE_MAX : ff_align_up(slot_bytes);
}

size_t ff_ring_bytes(size_t slots, size_t slot_bytes)
{
	size_t bytes;
	return __builtin_mul_overflow(slots, stride_of(slot_bytes), &bytes) ? SIZE_MAX : bytes;
}

/* Every look takes the other side's line away from it, so where several slots may come at once it pays to wait for
 * some of them. */
static int rest_of(size_t slots)
{
	return slots < REST ? (int)slots : REST;
}

static void side_init(struct ff_ring_side *side, char *slots, uint64_t lag, uint64_t budget, bool fences)
{
	atomic_init(&side->count, 0);
	ff_futex_init(&side->sleeper, fences);
	side->slot = slots;
	side->look_at = lag;
	side->lag = lag;
	side->budget = budget;
	atomic_init(&side->waits, 0);
	atomic_init(&side->spins, 0);
	atomic_init(&side->parks, 0);
	atomic_init(&side->nanoseconds, 0);
}

void ff_ring_init(struct ff_ring *ring, void *memory, size_t slots, size_t slot_bytes, uint64_t spin)
{
	assert(slots >= 1 && slot_bytes >= 1 && ff_ring_bytes(slots, slot_bytes) < SIZE_MAX);
	assert((uintptr_t)memory % FF_ALIGN == 0 && (uintptr_t)ring % FF_ALIGN == 0);
	ring->slots = memory;
	ring->end = ring->slots + ff_ring_bytes(slots, slot_bytes);
	ring->stride = stride_of(slot_bytes);
	ring->spin = spin;
	ring->rest = rest_of(slots);
	ring->brisk = spin / PAUSE < BRISK ? (int)(spin / PAUSE) : BRISK;
	ring->origin = 0;
	atomic_init(&ring->state, FF_RING_OPEN);
	bool fences = ff_futex_can_fence();
	side_init(&ring->producer, memory, slots, spin, fences); /* full: consumer's count == own - slots */
	side_init(&ring->consumer, memory, 0, spin, fences);     /* empty: producer's count == own */
}

void ff_ring_start_at(struct ff_ring *ring, uint64_t count)
{
	ring->origin = count;
	atomic_init(&ring->producer.count, count);
	atomic_init(&ring->consumer.count, count);
	ring->producer.look_at = count + ring->producer.lag;
	ring->consumer.look_at = count;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t now = atomic_load_explicit(counter, memory_order_relaxed); /* [own] */
	atomic_store_explicit(counter, now + n, memory_order_relaxed);      /* [tell] */
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return 1000000000 * (uint64_t)t.tv_sec + (uint64_t)t.tv_nsec;
}

/* Has the side a slot? Reads the other side's count. The next look comes half way through what this one finds: then the
 * other's line is on its way here while there is still work. */
static inline bool look(struct ff_ring_side *side, const struct ff_ring_side *other, memory_order order)
{
	uint64_t count = atomic_load_explicit(&side->count, memory_order_relaxed); /* [own] */
	uint64_t wall = atomic_load_explicit(&other->count, order) + side->lag;    /* [look], from [hand on] */
	side->look_at = wall - (wall - count) / 2;
	return wall != count;
}

static inline bool must_wait(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other,
                             memory_order order)
{
	return !look(side, other, order) &&
	       atomic_load_explicit(&ring->state, order) == FF_RING_OPEN; /* [ended], from [end] */
}

/* True if the wait ended within `pauses`. */
static inline bool spin(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other, int pauses)
{
	bool waiting = true;
	int n = 0;
	for (; waiting && n < pauses; n += ring->rest) {
		for (int i = 0; i < ring->rest; i++)
			ff_pause();
		waiting = must_wait(ring, side, other, memory_order_acquire);
	}
	add(&side->spins, (uint64_t)n);
	return !waiting;
}

/* True if the wait ended after a few turns of whoever else wants this processor. Timed by the clock that is cheap to
 * read: most such waits are one turn of the other side, and reading the other clock twice is a good part of that. */
static inline bool yield(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other)
{
	uint64_t began = nanoseconds(CLOCK_MONOTONIC_COARSE), n = 0;
	bool waiting;
	do {
		sched_yield();
		waiting = must_wait(ring, side, other, memory_order_acquire);
	} while (++n < YIELDS && waiting);
	add(&side->spins, n);
	add(&side->nanoseconds, nanoseconds(CLOCK_MONOTONIC_COARSE) - began);
	return !waiting;
}

/* As long as the budget says. Now and then as long as at first, or two sides that each wake from sleep too late for the
 * other's budget would keep each other asleep. */
static bool spin_for(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other, uint64_t began)
{
	bool probe = atomic_load_explicit(&side->parks, memory_order_relaxed) % PROBE == PROBE - 1; /* [own] */
	uint64_t budget = probe ? ring->spin : side->budget;
	while (nanoseconds(CLOCK_MONOTONIC) - began < budget)
		if (spin(ring, side, other, BURST))
			return true;
	return false;
}

static void park(struct ff_ring *ring, struct ff_ring_side *side, struct ff_ring_side *other)
{
	do {
		bool fenced = ff_futex_announce(&other->sleeper);
		if (!must_wait(ring, side, other, memory_order_seq_cst)) /* [recheck] */
			break;
		add(&side->parks, 1);
		ff_futex_sleep(&other->sleeper, fenced);
	} while (must_wait(ring, side, other, memory_order_acquire));
	ff_futex_retract(&other->sleeper);
}

/* Spin where that would have covered the last wait, else spin less. */
static void adapt(struct ff_ring_side *side, uint64_t most, uint64_t waited)
{
	if (waited <= most)
		side->budget = side->budget > most / 2 ? most : 2 * side->budget;
	else if (side->budget / 2 > most / LEAST)
		side->budget /= 2;
}

/* What is left of a wait after the first spin or yields; returns when there may be a slot or the ring has ended. */
static __attribute__((noinline)) void wait_long(struct ff_ring *ring, struct ff_ring_side *side,
                                                struct ff_ring_side *other)
{
	uint64_t began = nanoseconds(CLOCK_MONOTONIC);
	if (!spin_for(ring, side, other, began))
		park(ring, side, other);
	uint64_t waited = nanoseconds(CLOCK_MONOTONIC) - began;
	add(&side->nanoseconds, waited);
	adapt(side, ring->spin, waited);
}

/* Inline, with all that a yield needs: a return is mispredicted after the system's change of threads. */
static inline void wait_for(struct ff_ring *ring, struct ff_ring_side *side, struct ff_ring_side *other)
{
	add(&side->waits, 1);
	if (!(ring->spin == 0 ? yield(ring, side, other) : spin(ring, side, other, ring->brisk)))
		wait_long(ring, side, other);
}

/* The side's slot, or NULL if it has none or the ring's state is `quit` or beyond. */
static inline void *take(struct ff_ring *ring, struct ff_ring_side *side, struct ff_ring_side *other, int quit,
                         bool wait)
{
	bool ready = look(side, other, memory_order_acquire);
	if (!ready && wait && atomic_load_explicit(&ring->state, memory_order_acquire) == FF_RING_OPEN) /* [ended] */
		wait_for(ring, side, other);
	if (atomic_load_explicit(&ring->state, memory_order_acquire) >= quit) /* [ended], from [end] */
		return NULL;
	/* Looked at after the state: a closed ring that seemed empty now has no commit to come. */
	if (!ready && !look(side, other, memory_order_acquire))
		return NULL;
	return side->slot;
}

void *ff_ring_wait_to_reserve(struct ff_ring *ring)
{
	return take(ring, &ring->producer, &ring->consumer, FF_RING_CLOSED, true);
}

void *ff_ring_try_reserve(struct ff_ring *ring)
{
	return ff_ring_has(ring, &ring->producer, FF_RING_CLOSED)
	           ? ring->producer.slot
	           : take(ring, &ring->producer, &ring->consumer, FF_RING_CLOSED, false);
}

void *ff_ring_wait_to_peek(struct ff_ring *ring)
{
	return take(ring, &ring->consumer, &ring->producer, FF_RING_ABORTED, true);
}

void *ff_ring_try_peek(struct ff_ring *ring)
{
	return ff_ring_has(ring, &ring->consumer, FF_RING_ABORTED)
	           ? ring->consumer.slot
	           : take(ring, &ring->consumer, &ring->producer, FF_RING_ABORTED, false);
}

static void end(struct ff_ring *ring, int state)
{
	int now = atomic_load_explicit(&ring->state, memory_order_relaxed); /* only a guess for the exchange */
	while (now < state && !atomic_compare_exchange_weak_explicit(&ring->state, &now, state, memory_order_seq_cst,
	                                                             memory_order_relaxed)) /* [end], to [ended] */
		;
	ff_futex_wake(&ring->producer.sleeper);
	ff_futex_wake(&ring->consumer.sleeper);
}

void ff_ring_close(struct ff_ring *ring)
{
	end(ring, FF_RING_CLOSED);
}

void ff_ring_abort(struct ff_ring *ring)
{
	end(ring, FF_RING_ABORTED);
}

enum ff_ring_state ff_ring_state(const struct ff_ring *ring)
{
	return (enum ff_ring_state)atomic_load_explicit(&ring->state, memory_order_acquire); /* [ended] */
}

static void read_waits(const struct ff_ring_side *side, struct ff_ring_waits *waits)
{
	waits->waits = atomic_load_explicit(&side->waits, memory_order_relaxed); /* [tell], all four */
	waits->spins = atomic_load_explicit(&side->spins, memory_order_relaxed);
	waits->parks = atomic_load_explicit(&side->parks, memory_order_relaxed);
	waits->nanoseconds = atomic_load_explicit(&side->nanoseconds, memory_order_relaxed);
}

/* The consumer's count first, and acquire, from [hand on]: then the producer's is no smaller. */
static void read_counts(const struct ff_ring *ring, uint64_t *head, uint64_t *tail)
{
	*head = atomic_load_explicit(&ring->consumer.count, memory_order_acquire);
	*tail = atomic_load_explicit(&ring->producer.count, memory_order_relaxed); /* [tell] */
}

/* Both may have moved on between the loads. */
static size_t filled(const struct ff_ring *ring, uint64_t head, uint64_t tail)
{
	uint64_t slots = ring->producer.lag, held = tail - head;
	return (size_t)(held < slots ? held : slots);
}

size_t ff_ring_filled(const struct ff_ring *ring)
{
	uint64_t head, tail;
	read_counts(ring, &head, &tail);
	return filled(ring, head, tail);
}

void ff_ring_read_counters(const struct ff_ring *ring, struct ff_ring_counters *counters)
{
	uint64_t head, tail;
	read_counts(ring, &head, &tail);
	counters->pushes = tail - ring->origin;
	counters->pops = head - ring->origin;
	counters->occupancy = filled(ring, head, tail);
	read_waits(&ring->producer, &counters->full);
	read_waits(&ring->consumer, &counters->empty);
}

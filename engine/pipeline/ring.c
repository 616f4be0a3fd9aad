/* Memory orders by label. [hand on] and some uses of [own] and [ended] are in the header.
 *
 *     [hand on]  Release-store of a side's count. Pairs with the acquire-load at [look] on the other side: whatever was
 *                done to a slot before it was committed or released, the consumer's reads included, happens before the
 *                other side uses it. Where each side fences for itself (machine/futex.h) the store is seq_cst.
 *     [look]     Acquire-load of the other side's count (seq_cst in [recheck]). Pairs with [hand on].
 *     [end]      seq_cst update of the state. As a release it pairs with [ended]: a side that sees the end also sees
 *                every commit before it.
 *     [ended]    Acquire-load of the state (seq_cst in [recheck]). Pairs with [end].
 *     [recheck]  seq_cst loads of count and state between ff_futex_announce() and ff_futex_sleep(). [hand on] and [end]
 *                are the [publish] of machine/futex.h; each is followed by its [ask].
 *     [own]      Relaxed: only this side writes the count or counter, and it reads its own value.
 *     [tell]     Relaxed: the counter orders nothing. */
#include "pipeline/ring.h"

#include <sched.h>
#include <time.h>

enum {
	UNTIMED = 128,     /* pauses before a wait is timed: a few microseconds */
	PAUSE = 16,        /* shortest time of a pause, in nanoseconds */
	BURST = 32,        /* pauses between two reads of the clock */
	MAX_PAUSES = 64,   /* between two reads of the other side's count */
	YIELDS = 4,        /* before sleeping, without a spinning budget */
	RETRY = 8,         /* one in so many sleeps is preceded by spinning for the whole budget */
	MIN_BUDGET = 1024, /* a budget never falls below the largest one divided by this */
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

/* Every read of the other side's count takes its cache line away from it. Where several slots may become ready
 * meanwhile, it pays to wait for some of them. */
static int pauses_of(size_t slots)
{
	return slots < MAX_PAUSES ? (int)slots : MAX_PAUSES;
}

static void side_init(struct ff_ring_side *side, char *slots, uint64_t initial, uint64_t budget, bool fences)
{
	atomic_init(&side->count, 0);
	ff_futex_init(&side->sleeper, fences);
	side->slot = slots;
	side->limit = initial;
	side->initial = initial;
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
	ring->pauses = pauses_of(slots);
	ring->untimed = spin / PAUSE < UNTIMED ? (int)(spin / PAUSE) : UNTIMED;
	ring->origin = 0;
	atomic_init(&ring->state, FF_RING_OPEN);
	bool fences = ff_futex_can_fence();
	side_init(&ring->producer, memory, slots, spin, fences);
	side_init(&ring->consumer, memory, 0, spin, fences);
}

void ff_ring_start_at(struct ff_ring *ring, uint64_t count)
{
	ring->origin = count;
	atomic_init(&ring->producer.count, count);
	atomic_init(&ring->consumer.count, count);
	ring->producer.limit = count + ring->producer.initial;
	ring->consumer.limit = count;
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

/* Reads the other side's count; returns whether this side has a slot. The limit is set to the middle of the slots
 * found, so that the next read comes early: the other side's cache line then travels while there is still work. */
static inline bool look(struct ff_ring_side *side, const struct ff_ring_side *other, memory_order order)
{
	uint64_t count = atomic_load_explicit(&side->count, memory_order_relaxed);   /* [own] */
	uint64_t bound = atomic_load_explicit(&other->count, order) + side->initial; /* [look], from [hand on] */
	side->limit = bound - (bound - count) / 2;
	return bound != count;
}

static inline bool must_wait(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other,
                             memory_order order)
{
	return !look(side, other, order) &&
	       atomic_load_explicit(&ring->state, order) == FF_RING_OPEN; /* [ended], from [end] */
}

/* Returns true if the wait ended within `pauses` pauses. */
static inline bool spin(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other, int pauses)
{
	bool waiting = true;
	int n = 0;
	for (; waiting && n < pauses; n += ring->pauses) {
		for (int i = 0; i < ring->pauses; i++)
			ff_pause();
		waiting = must_wait(ring, side, other, memory_order_acquire);
	}
	add(&side->spins, (uint64_t)n);
	return !waiting;
}

/* Returns true if the wait ended after a few yields. Uses the coarse clock, which is cheap to read: most of these waits
 * last a single time slice of the other side, and two reads of the precise clock would be a good part of that. */
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

/* Spins as long as the budget allows. Once in a while spins for the largest budget: otherwise two sides that each wake
 * too late for the other's budget would keep each other asleep. */
static bool spin_for(struct ff_ring *ring, struct ff_ring_side *side, const struct ff_ring_side *other, uint64_t began)
{
	bool whole = atomic_load_explicit(&side->parks, memory_order_relaxed) % RETRY == RETRY - 1; /* [own] */
	uint64_t budget = whole ? ring->spin : side->budget;
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

/* Raises the budget if spinning would have covered the last wait, else halves it. */
static void adapt(struct ff_ring_side *side, uint64_t most, uint64_t waited)
{
	if (waited <= most)
		side->budget = side->budget > most / 2 ? most : 2 * side->budget;
	else if (side->budget / 2 > most / MIN_BUDGET)
		side->budget /= 2;
}

/* The rest of a wait after the first spin or yields. Returns when there may be a slot or the ring has ended. */
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

/* Inlined with everything that a yield needs: a return is mispredicted after the kernel has switched threads. */
static inline void wait_for(struct ff_ring *ring, struct ff_ring_side *side, struct ff_ring_side *other)
{
	add(&side->waits, 1);
	if (!(ring->spin == 0 ? yield(ring, side, other) : spin(ring, side, other, ring->untimed)))
		wait_long(ring, side, other);
}

/* Returns the side's next slot, or NULL if it has none or the ring's state is `quit` or beyond. */
static inline void *take(struct ff_ring *ring, struct ff_ring_side *side, struct ff_ring_side *other, int quit,
                         bool wait)
{
	bool ready = look(side, other, memory_order_acquire);
	if (!ready && wait && atomic_load_explicit(&ring->state, memory_order_acquire) == FF_RING_OPEN) /* [ended] */
		wait_for(ring, side, other);
	if (atomic_load_explicit(&ring->state, memory_order_acquire) >= quit) /* [ended], from [end] */
		return NULL;
	/* Read after the state: if a closed ring looks empty now, no commit can follow. */
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
	return ff_ring_ready(ring, &ring->producer, FF_RING_CLOSED)
	           ? ring->producer.slot
	           : take(ring, &ring->producer, &ring->consumer, FF_RING_CLOSED, false);
}

void *ff_ring_wait_to_peek(struct ff_ring *ring)
{
	return take(ring, &ring->consumer, &ring->producer, FF_RING_ABORTED, true);
}

void *ff_ring_try_peek(struct ff_ring *ring)
{
	return ff_ring_ready(ring, &ring->consumer, FF_RING_ABORTED)
	           ? ring->consumer.slot
	           : take(ring, &ring->consumer, &ring->producer, FF_RING_ABORTED, false);
}

static void end(struct ff_ring *ring, int state)
{
	int now = atomic_load_explicit(&ring->state, memory_order_relaxed); /* a guess for the exchange */
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

/* Reads the consumer's count first, with acquire from [hand on]: then the producer's count is not smaller. */
static void read_counts(const struct ff_ring *ring, uint64_t *head, uint64_t *tail)
{
	*head = atomic_load_explicit(&ring->consumer.count, memory_order_acquire);
	*tail = atomic_load_explicit(&ring->producer.count, memory_order_relaxed); /* [tell] */
}

/* Clamped, because both counts may move between the loads. */
static size_t filled(const struct ff_ring *ring, uint64_t head, uint64_t tail)
{
	uint64_t capacity = ring->producer.initial, held = tail - head;
	return (size_t)(held < capacity ? held : capacity);
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

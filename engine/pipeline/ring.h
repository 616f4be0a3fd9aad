/* A bounded single-producer single-consumer queue of slots. Nothing is copied: the producer writes straight into a slot
 * and the consumer reads it there.
 *
 *     producer                                    consumer
 *     while ((x = ff_ring_reserve(ring))) {       while ((x = ff_ring_peek(ring))) {
 *             write x;                                    read x;
 *             ff_ring_commit(ring);                       ff_ring_release(ring);
 *     }                                           }
 *
 * Waiting: a full ring blocks the producer, an empty one the consumer. The waiting side spins for a short while (or
 * yields the processor if its budget is 0), then sleeps until the other side commits or releases a slot. While nobody
 * sleeps, a commit or release is one plain store and one load: no system call, no lock, no read-modify-write, and no
 * fence where the kernel offers membarrier, because the side that goes to sleep pays for it.
 *
 * Ending: ff_ring_close() is the orderly end: no new reservation succeeds, and the consumer gets what was committed,
 * then NULL. ff_ring_abort() ends at once: both sides get NULL from then on, and what is in the ring is dropped. Any
 * thread may call either, more than once; both sides are woken. A slot that a side already holds stays valid and may
 * still be committed or released.
 *
 * Memory: the caller provides it and the ring allocates nothing. Init does not touch the slots, so the thread that
 * writes them first decides on which NUMA node they lie. The memory must outlive both threads and every thread that
 * closes the ring.
 *
 * Threads: reserve and commit from one thread, peek and release from one thread; close, abort, state and counters from
 * any thread. */
#ifndef ENGINE_PIPELINE_RING_H
#define ENGINE_PIPELINE_RING_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "machine/futex.h"

/* Spinning budget in nanoseconds for a thread with a processor of its own: about what sleeping and waking cost. */
enum { FF_RING_SPIN = 20000 };

enum ff_ring_state { FF_RING_OPEN, FF_RING_CLOSED, FF_RING_ABORTED };

/* One side of a ring: the producer, or the consumer. */
struct ff_ring_side {
	/* Cache line that the other side reads. */
	alignas(FF_ALIGN) _Atomic uint64_t count; /* of slots handed on; written by this side, read by all; wraps */

	/* Cache line that the other side rarely writes and that this side reads at every commit or release. It lies
	 * between the other two because processors prefetch lines in pairs: a miss on one would also take its neighbour
	 * away from the other side. */
	alignas(FF_ALIGN) struct ff_futex sleeper; /* the other side, asleep until count changes or the ring ends */

	/* Cache line private to this side. Plain members: used by this side only. Atomic ones: written by this side,
	 * read by all. */
	alignas(FF_ALIGN) char *slot; /* the next one to use */
	uint64_t limit; /* cached: slots are ready up to this count; there the other side's count is read again */
	/* Slots that this side may use before the other side hands any on: the capacity for the producer, 0 for the
	 * consumer. Full when producer.count - consumer.count == capacity, empty when the counts are equal. */
	uint64_t initial;
	uint64_t budget; /* nanoseconds it spins before it sleeps, at present */
	_Atomic uint64_t waits, spins, parks, nanoseconds;

	alignas(FF_ALIGN) char gap[FF_ALIGN];
};

struct ff_ring {
	/* Written by init, read by all. */
	alignas(FF_ALIGN) char *slots;
	char *end;         /* behind the last slot */
	size_t stride;     /* bytes from one slot to the next */
	uint64_t spin;     /* the largest spinning budget */
	int pauses;        /* between two reads of the other side's count while spinning */
	int untimed;       /* pauses before a wait is timed */
	uint64_t origin;   /* initial value of both counts */
	_Atomic int state; /* enum ff_ring_state, only ever grows; written by any closer, read by all */
	struct ff_ring_side producer, consumer;
};

/* Waits of one side. A wait is added when it ends. The first few microseconds of a wait, spun without reading the
 * clock, are not timed; the yields of a ring without a spinning budget are timed with the resolution of the system's
 * tick. */
struct ff_ring_waits {
	uint64_t waits;       /* times that no slot was ready at once */
	uint64_t spins;       /* pauses or yields in these waits */
	uint64_t parks;       /* times the thread slept */
	uint64_t nanoseconds; /* in waits, asleep or spinning */
};

struct ff_ring_counters {
	uint64_t pushes, pops;            /* slots committed, slots released */
	size_t occupancy;                 /* slots committed and not yet released */
	struct ff_ring_waits full, empty; /* the producer's waits; the consumer's */
};

/* Bytes for `slots` >= 1 slots of slot_bytes >= 1 each, every slot rounded up to whole cache lines; SIZE_MAX on
 * overflow. */
size_t ff_ring_bytes(size_t slots, size_t slot_bytes);

/* Initialises an empty open ring of any number of slots >= 1 in memory [ff_ring_bytes(slots, slot_bytes)]. The memory
 * and *ring must be aligned to FF_ALIGN (an arena guarantees both). spin: the longest time in nanoseconds that a
 * waiting side spins before it sleeps; the ring shortens it while waits turn out longer. Use FF_RING_SPIN, or 0 if
 * there are more threads than processors. Call it before any other thread knows the ring. */
void ff_ring_init(struct ff_ring *ring, void *memory, size_t slots, size_t slot_bytes, uint64_t spin);

/* Producer: returns a slot to write, the same one until it is committed; waits while the ring is full. NULL once the
 * ring is closed or aborted. The slot still holds its previous contents. */
static inline void *ff_ring_reserve(struct ff_ring *ring);

/* The same without waiting: NULL also if the ring is full. */
void *ff_ring_try_reserve(struct ff_ring *ring);

/* Producer: publishes the reserved slot to the consumer. */
static inline void ff_ring_commit(struct ff_ring *ring);

/* Consumer: returns the oldest committed slot, the same one until it is released, to read or overwrite; waits while the
 * ring is empty. NULL once the ring is closed and empty, or aborted. */
static inline void *ff_ring_peek(struct ff_ring *ring);

/* The same without waiting: NULL also if the ring is empty. */
void *ff_ring_try_peek(struct ff_ring *ring);

/* Consumer: returns the peeked slot to the producer. */
static inline void ff_ring_release(struct ff_ring *ring);

/* Closes the ring in order. If the producer calls it, the consumer gets everything committed; if another thread does, a
 * concurrent commit may come too late for the consumer. */
void ff_ring_close(struct ff_ring *ring);

/* Ends the ring at once. */
void ff_ring_abort(struct ff_ring *ring);

enum ff_ring_state ff_ring_state(const struct ff_ring *ring);

/* Takes a snapshot of the counters. Each is exact, but they need not belong to the same moment while the ring is in
 * use. */
void ff_ring_read_counters(const struct ff_ring *ring, struct ff_ring_counters *counters);

/* Slots committed and not yet released, in [0, capacity]. Any thread; exact while nobody commits or releases. */
size_t ff_ring_filled(const struct ff_ring *ring);

/* For tests: lets both counts of an unused ring start at `count`. Pushes and pops are still counted from 0. */
void ff_ring_start_at(struct ff_ring *ring, uint64_t count);

/* Private from here on: the fast path, taken while nobody waits. ring.c has the slow path and explains the labels at
 * the memory orders. */

/* Slow path: no slot is ready, or the ring has ended. */
void *ff_ring_wait_to_reserve(struct ff_ring *ring);
void *ff_ring_wait_to_peek(struct ff_ring *ring);

/* Whether a slot is ready and the ring has not reached the state `quit`. */
static inline bool ff_ring_ready(const struct ff_ring *ring, const struct ff_ring_side *side, int quit)
{
	return side->limit != atomic_load_explicit(&side->count, memory_order_relaxed) && /* [own] */
	       atomic_load_explicit(&ring->state, memory_order_acquire) < quit;           /* [ended], from [end] */
}

static inline void ff_ring_hand_on(struct ff_ring *ring, struct ff_ring_side *side)
{
	uint64_t count = atomic_load_explicit(&side->count, memory_order_relaxed); /* [own] */
	assert(count != side->limit);                                              /* the slot was reserved or peeked */
	side->slot += ring->stride;
	if (side->slot == ring->end)
		side->slot = ring->slots;
	if (side->sleeper.fences)
		/* [hand on], to [look] and [recheck] */
		atomic_store_explicit(&side->count, count + 1, memory_order_release);
	else
		atomic_store_explicit(&side->count, count + 1, memory_order_seq_cst); /* [hand on] */
	ff_futex_wake(&side->sleeper);
}

static inline void *ff_ring_reserve(struct ff_ring *ring)
{
	return ff_ring_ready(ring, &ring->producer, FF_RING_CLOSED) ? ring->producer.slot
	                                                            : ff_ring_wait_to_reserve(ring);
}

static inline void ff_ring_commit(struct ff_ring *ring)
{
	ff_ring_hand_on(ring, &ring->producer);
}

static inline void *ff_ring_peek(struct ff_ring *ring)
{
	return ff_ring_ready(ring, &ring->consumer, FF_RING_ABORTED) ? ring->consumer.slot : ff_ring_wait_to_peek(ring);
}

static inline void ff_ring_release(struct ff_ring *ring)
{
	ff_ring_hand_on(ring, &ring->consumer);
}

#endif

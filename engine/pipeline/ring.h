/* A bounded queue of slots between two threads, one of which produces and one of which consumes. Nothing is copied: the
 * producer writes straight into a slot, the consumer reads it there.
 *
 *     producer                                    consumer
 *     while ((x = ff_ring_reserve(ring))) {       while ((x = ff_ring_peek(ring))) {
 *             write x;                                    read x;
 *             ff_ring_commit(ring);                       ff_ring_release(ring);
 *     }                                           }
 *
 * Waiting: a full ring stops the producer, an empty one the consumer. The one who waits spins for a short while (yields
 * the processor instead if its budget is 0), then sleeps until the other hands something on. As long as nobody sleeps,
 * handing on is a plain store and a load: no system call, no lock, no read-modify-write, and where the kernel offers
 * membarrier, no fence either: who goes to sleep pays for that.
 *
 * Ending: ff_ring_close() is the orderly end: no new reservation succeeds, the consumer gets what was committed, then
 * NULL. ff_ring_abort() ends at once: both sides get NULL from then on, what is in the ring is dropped. Either may be
 * called from any thread, more than once, and wakes both sides. A slot in hand stays valid; it may still be
 * committed or released.
 *
 * Memory is the caller's, nothing is allocated; init does not touch the slots, so the thread that first writes them
 * decides on which memory node they lie. It must stay until both threads and all who close have returned.
 * Threads: reserve and commit from one thread, peek and release from one; close, abort, state and counters from any. */
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

/* Nanoseconds of spinning that suit a side with a processor of its own: about what sleeping and waking cost. */
enum { FF_RING_SPIN = 20000 };

enum ff_ring_state { FF_RING_OPEN, FF_RING_CLOSED, FF_RING_ABORTED };

/* One side of a ring: the producer, or the consumer. */
struct ff_ring_side {
	/* A line that the other side reads. */
	alignas(FF_ALIGN) _Atomic uint64_t count; /* slots handed on; written by this side, read by all; wraps */

	/* A line that the other side seldom writes, and this side reads whenever it hands on. It lies between the
	 * others because processors fetch lines in pairs: who misses one would take its neighbour too. */
	alignas(FF_ALIGN) struct ff_futex sleeper; /* the other side, asleep until count moves or the ring ends */

	/* A line of this side's own. Plain members: this side alone. Atomic ones: written by this side, read by all. */
	alignas(FF_ALIGN) char *slot; /* the next to take */
	uint64_t look_at;             /* has slots up to this count, and looks there for more */
	uint64_t lag;                 /* has none at the count that is the other side's + lag */
	uint64_t budget;              /* nanoseconds it spins before it sleeps, at present */
	_Atomic uint64_t waits, spins, parks, nanoseconds;

	alignas(FF_ALIGN) char gap[FF_ALIGN];
};

struct ff_ring {
	/* Written by init, read by all. */
	alignas(FF_ALIGN) char *slots;
	char *end;         /* behind the last */
	size_t stride;     /* bytes from one slot to the next */
	uint64_t spin;     /* largest budget */
	int rest, brisk;   /* pauses between two looks while spinning; pauses before a wait is timed */
	uint64_t origin;   /* of both counts */
	_Atomic int state; /* enum ff_ring_state, only ever grows; written by any closer, read by all */
	struct ff_ring_side producer, consumer;
};

/* What one side waited for. A wait is added when it ends. The first few microseconds of a wait, spun without looking at
 * the clock, are not timed; the yields of a ring without a budget to spin are timed to a tick of the system. */
struct ff_ring_waits {
	uint64_t waits;       /* times there was no slot at once */
	uint64_t spins;       /* pauses or yields in them */
	uint64_t parks;       /* times the thread slept */
	uint64_t nanoseconds; /* in waits, asleep or spinning */
};

struct ff_ring_counters {
	uint64_t pushes, pops;            /* slots committed, slots released */
	size_t occupancy;                 /* slots committed and not yet released */
	struct ff_ring_waits full, empty; /* the producer's waits; the consumer's */
};

/* Bytes for `slots` >= 1 slots of slot_bytes >= 1 each, every slot rounded up to whole cache lines; SIZE_MAX if that
 * cannot be counted. */
size_t ff_ring_bytes(size_t slots, size_t slot_bytes);

/* Makes an empty open ring of any number of slots >= 1 in memory [ff_ring_bytes(slots, slot_bytes)], which must be
 * aligned to FF_ALIGN, as must *ring (an arena gives both). spin: nanoseconds a waiting side spins at most before it
 * sleeps; the ring shortens that while waits turn out longer. FF_RING_SPIN, or 0 if threads outnumber processors.
 * Before any other thread knows the ring. */
void ff_ring_init(struct ff_ring *ring, void *memory, size_t slots, size_t slot_bytes, uint64_t spin);

/* Producer: a slot to write, the same one until it is committed; waits while the ring is full. NULL once the ring is
 * closed or aborted. The slot holds what was last in it. */
static inline void *ff_ring_reserve(struct ff_ring *ring);

/* The same without waiting: NULL also if the ring is full. */
void *ff_ring_try_reserve(struct ff_ring *ring);

/* Producer: hands the reserved slot on to the consumer. */
static inline void ff_ring_commit(struct ff_ring *ring);

/* Consumer: the oldest slot, the same one until it is released, to read or overwrite; waits while the ring is empty.
 * NULL once the ring is closed and empty, or aborted. */
static inline void *ff_ring_peek(struct ff_ring *ring);

/* The same without waiting: NULL also if the ring is empty. */
void *ff_ring_try_peek(struct ff_ring *ring);

/* Consumer: hands the peeked slot back to the producer. */
static inline void ff_ring_release(struct ff_ring *ring);

/* The orderly end. By the producer, the consumer gets all that was committed; by another thread, a commit at the same
 * time may come too late for the consumer. */
void ff_ring_close(struct ff_ring *ring);

/* The end at once. */
void ff_ring_abort(struct ff_ring *ring);

enum ff_ring_state ff_ring_state(const struct ff_ring *ring);

/* A moment's counters; each is exact, but they need not be of the same moment while the ring is in use. */
void ff_ring_read_counters(const struct ff_ring *ring, struct ff_ring_counters *counters);

/* Slots committed and not yet released, between 0 and all. Any thread; exact where nobody commits or releases
 * meanwhile. */
size_t ff_ring_filled(const struct ff_ring *ring);

/* For tests: both counts of an unused ring start at `count`. Pushes and pops are still counted from 0. */
void ff_ring_start_at(struct ff_ring *ring, uint64_t count);

/* What follows is private: the way of a packet while nobody waits. ring.c has the rest, and the labels of the
 * orders. */

/* Where a side has no slot ready or the ring has ended. */
void *ff_ring_wait_to_reserve(struct ff_ring *ring);
void *ff_ring_wait_to_peek(struct ff_ring *ring);

/* Has it a slot ready, in a ring that has not reached the state `quit`? */
static inline bool ff_ring_has(const struct ff_ring *ring, const struct ff_ring_side *side, int quit)
{
	return side->look_at != atomic_load_explicit(&side->count, memory_order_relaxed) && /* [own] */
	       atomic_load_explicit(&ring->state, memory_order_acquire) < quit;             /* [ended], from [end] */
}

static inline void ff_ring_hand_on(struct ff_ring *ring, struct ff_ring_side *side)
{
	uint64_t count = atomic_load_explicit(&side->count, memory_order_relaxed); /* [own] */
	assert(count != side->look_at);                                            /* a slot was taken */
	side->slot += ring->stride;
	if (side->slot == ring->end)
		side->slot = ring->slots;
	if (side->sleeper.fences)
		atomic_store_explicit(&side->count, count + 1,
		                      memory_order_release); /* [hand on], to [look] and [recheck] */
	else
		atomic_store_explicit(&side->count, count + 1, memory_order_seq_cst); /* [hand on] */
	ff_futex_wake(&side->sleeper);
}

static inline void *ff_ring_reserve(struct ff_ring *ring)
{
	return ff_ring_has(ring, &ring->producer, FF_RING_CLOSED) ? ring->producer.slot : ff_ring_wait_to_reserve(ring);
}

static inline void ff_ring_commit(struct ff_ring *ring)
{
	ff_ring_hand_on(ring, &ring->producer);
}

static inline void *ff_ring_peek(struct ff_ring *ring)
{
	return ff_ring_has(ring, &ring->consumer, FF_RING_ABORTED) ? ring->consumer.slot : ff_ring_wait_to_peek(ring);
}

static inline void ff_ring_release(struct ff_ring *ring)
{
	ff_ring_hand_on(ring, &ring->consumer);
}

#endif

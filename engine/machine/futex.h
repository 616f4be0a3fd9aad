/* Where one thread sleeps until another has something for it. The only file with the system's futex and membarrier.
 *
 * One waiter, any number of wakers. The condition is the caller's; no wake-up is lost if both sides keep this order:
 *
 *     waiter: ff_futex_announce()           [announce]    waker: store what makes the condition true  [publish]
 *             read the condition, seq_cst  [recheck]            ff_futex_wake()                       [ask]
 *             ff_futex_sleep() if it is false
 *
 * It takes a full barrier between the two steps of either side, so that [recheck] sees [publish] or [ask] sees
 * [announce]. There are two ways, chosen at init:
 *
 * - The waiter pays for both sides (`fences`): [publish] may be a release store, [ask] is relaxed, and announce lets
 *   the kernel put a barrier into every running thread of the process (membarrier). The barrier falls somewhere into
 *   the waker's code. A [publish] before it is seen by [recheck]; an [ask] after it sees [announce]; and since the
 *   compiler keeps their order (the signal fence: the barrier is like a signal handler with a fence in it), one of the
 *   two is the case. This is the asymmetric fence of P1202, which C11 lacks: what the processors do is the kernel's
 *   word, what compilers do is C11's on signal handlers.
 * - Each pays for itself, where the kernel refuses: all four are seq_cst, so they have one order. If [ask] comes before
 *   [announce], then so does [publish], and [recheck] sees the condition true.
 *
 * Between [recheck] and sleep the kernel compares the word once more. Without a waiter, a waker does one load.
 * The waiter looks at its condition again after every return: it may have been woken for nothing. */
#ifndef ENGINE_MACHINE_FUTEX_H
#define ENGINE_MACHINE_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ff_futex {
	_Atomic uint32_t waiting; /* 1: announced. Set by the waiter; cleared by the waker that wakes, or the waiter */
	bool fences;              /* the waiter fences for its wakers too; written by init, read by all */
};

/* Asks the kernel for barriers on behalf of this process's threads; false if it has none to give. For ff_futex_init();
 * may be called again, from any thread. */
bool ff_futex_can_fence(void);

/* fences: ff_futex_can_fence(), or false. Not thread-safe; the others are, each for its side. */
static inline void ff_futex_init(struct ff_futex *park, bool fences)
{
	atomic_init(&park->waiting, 0);
	park->fences = fences;
}

/* Waiter: I am about to sleep. False if the kernel failed to put up the barrier: then a wake-up may be lost. */
bool ff_futex_announce(struct ff_futex *park);

/* Waiter: I did not sleep, or woke by myself. A waker that saw the announcement makes one call for nothing. */
static inline void ff_futex_retract(struct ff_futex *park)
{
	/* relaxed: the waiter's own flag, which orders nothing when it falls */
	if (atomic_load_explicit(&park->waiting, memory_order_relaxed))
		atomic_store_explicit(&park->waiting, 0, memory_order_relaxed);
}

/* Waiter: sleeps while announced; returns once woken, or for no reason. fenced: what announce returned; if false, it
 * returns after a millisecond at the latest. */
void ff_futex_sleep(struct ff_futex *park, bool fenced);

/* The rare half of ff_futex_wake(). */
void ff_futex_wake_waiter(struct ff_futex *park);

/* Waker: wakes the waiter if it announced itself, after a [publish] that is seq_cst, or release at least if the waiter
 * fences. No system call and no read-modify-write otherwise. */
static inline void ff_futex_wake(struct ff_futex *park)
{
	uint32_t waiting;
	if (park->fences) {
		atomic_signal_fence(memory_order_seq_cst); /* no instruction: [publish] stays before [ask] */
		waiting = atomic_load_explicit(&park->waiting, memory_order_relaxed); /* [ask], against [announce] */
	} else {
		waiting = atomic_load_explicit(&park->waiting, memory_order_seq_cst); /* [ask], against [announce] */
	}
	if (waiting)
		ff_futex_wake_waiter(park);
}

/* One beat of a spinning wait: saves power, and leaves the core to its other thread. */
static inline void ff_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield");
#endif
}

#endif

/* Lets one thread sleep until another has something for it. The only file that uses the kernel's futex and membarrier.
 *
 * One waiter, any number of wakers. The condition is the caller's. No wake-up is lost if both sides keep this order:
 *
 *     waiter: ff_futex_announce()          [announce]    waker: store what makes the condition true  [publish]
 *             read the condition, seq_cst  [recheck]            ff_futex_wake()                      [ask]
 *             ff_futex_sleep() if it is false
 *
 * Each side needs a full barrier between its two steps, so that [recheck] sees [publish] or [ask] sees [announce]. Init
 * chooses one of two ways:
 *
 * - The waiter pays for both sides (`fences`): [publish] may be a release store, [ask] is relaxed, and announce makes
 *   the kernel execute a barrier in every running thread of the process (membarrier). That barrier falls somewhere into
 *   the waker's code. A [publish] before it is seen by [recheck]; an [ask] after it sees [announce]; and one of the two
 *   holds, as the compiler keeps their order (a signal fence suffices, because the barrier acts like a signal handler
 *   with a fence in it). This is the asymmetric fence of P1202, which C11 lacks: the kernel guarantees what processors
 *   do, and C11's rules for signal handlers what compilers do.
 *
 * - Each side pays for itself, if the kernel refuses: all four are seq_cst, so they have a single total order. If [ask]
 *   comes before [announce], then so does [publish], and [recheck] sees that the condition is true.
 *
 * Between [recheck] and sleep the kernel compares the word once more. Without a waiter, a waker does a single load. The
 * waiter must check its condition after every return, as wake-ups may be spurious. */
#ifndef ENGINE_MACHINE_FUTEX_H
#define ENGINE_MACHINE_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct ff_futex {
	_Atomic uint32_t waiting; /* 1: announced. Set by the waiter; cleared by a waker or the waiter */
	bool fences;              /* the waiter fences for its wakers too; written by init, read by all */
};

/* Registers this process for membarrier; false if the kernel does not offer it. The result is for ff_futex_init(). May
 * be called again, from any thread. */
bool ff_futex_can_fence(void);

/* fences: the result of ff_futex_can_fence(), or false. Not thread-safe; the other functions are, each for its side. */
static inline void ff_futex_init(struct ff_futex *park, bool fences)
{
	atomic_init(&park->waiting, 0);
	park->fences = fences;
}

/* Waiter: announces that it is about to sleep. False if the kernel failed to execute the barrier: then a wake-up may be
 * lost. */
bool ff_futex_announce(struct ff_futex *park);

/* Waiter: withdraws the announcement, after it did not sleep or woke by itself. A waker that saw the announcement makes
 * one unnecessary system call. */
static inline void ff_futex_retract(struct ff_futex *park)
{
	/* relaxed: the flag is the waiter's own, and clearing it orders nothing */
	if (atomic_load_explicit(&park->waiting, memory_order_relaxed))
		atomic_store_explicit(&park->waiting, 0, memory_order_relaxed);
}

/* Waiter: sleeps while announced; returns when woken, or spuriously. fenced: the result of announce; if false, it
 * returns after a millisecond at the latest. */
void ff_futex_sleep(struct ff_futex *park, bool fenced);

/* The slow path of ff_futex_wake(). */
void ff_futex_wake_waiter(struct ff_futex *park);

/* Waker: wakes the waiter if it has announced itself. Call it after a [publish] that is seq_cst, or at least release if
 * the waiter fences. Otherwise no system call and no read-modify-write. */
static inline void ff_futex_wake(struct ff_futex *park)
{
	uint32_t waiting;
	if (park->fences) {
		atomic_signal_fence(memory_order_seq_cst); /* no instruction: keeps [publish] before [ask] */
		waiting = atomic_load_explicit(&park->waiting, memory_order_relaxed); /* [ask], against [announce] */
	} else {
		waiting = atomic_load_explicit(&park->waiting, memory_order_seq_cst); /* [ask], against [announce] */
	}
	if (waiting)
		ff_futex_wake_waiter(park);
}

/* One step of a spinning wait: saves power and leaves the core to its other hyper-thread. */
static inline void ff_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ __volatile__("yield");
#endif
}

#endif

/* Where one thread sleeps until another has something for it. The only file with the system's futex.
 *
 * One waiter, any number of wakers. The condition is the caller's; no wake-up is lost if both sides keep this order:
 *
 *     waiter: ff_park_announce()  [announce]      waker: store what makes the condition true, seq_cst  [publish]
 *             read the condition, seq_cst [recheck]      ff_park_wake()                                  [ask]
 *             ff_park_sleep() if it is false
 *
 * All four are sequentially consistent, so they have one order. If [ask] comes before [announce], then so does
 * [publish], and [recheck] sees the condition true: nobody sleeps. Otherwise [ask] sees the announcement and wakes.
 * Between [recheck] and sleep the kernel compares the word once more. Without a waiter, a waker does one load.
 * The waiter looks at its condition again after every return: it may have been woken for nothing. */
#ifndef ENGINE_BASE_PARK_H
#define ENGINE_BASE_PARK_H

#include <stdatomic.h>
#include <stdint.h>

struct ff_park {
	_Atomic uint32_t waiting; /* 1: announced. Set by the waiter; cleared by the waker that wakes, or the waiter */
};

/* Not thread-safe; the others are, each for its side. */
static inline void ff_park_init(struct ff_park *park)
{
	atomic_init(&park->waiting, 0);
}

/* Waiter: I am about to sleep. */
static inline void ff_park_announce(struct ff_park *park)
{
	atomic_store_explicit(&park->waiting, 1, memory_order_seq_cst); /* [announce], against [ask] */
}

/* Waiter: I did not sleep, or woke by myself. A waker that saw the announcement makes one call for nothing. */
static inline void ff_park_retract(struct ff_park *park)
{
	/* relaxed: the waiter's own flag, which orders nothing when it falls */
	if (atomic_load_explicit(&park->waiting, memory_order_relaxed))
		atomic_store_explicit(&park->waiting, 0, memory_order_relaxed);
}

/* Waiter: sleeps while announced; returns once woken, or for no reason. */
void ff_park_sleep(struct ff_park *park);

/* The rare half of ff_park_wake(). */
void ff_park_wake_waiter(struct ff_park *park);

/* Waker: wakes the waiter if it announced itself. No system call and no read-modify-write otherwise. */
static inline void ff_park_wake(struct ff_park *park)
{
	if (atomic_load_explicit(&park->waiting, memory_order_seq_cst)) /* [ask], against [announce] */
		ff_park_wake_waiter(park);
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

#include "machine/futex.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(((struct ff_futex *)0)->waiting) == 4, "a futex is 32 bits");

enum { NAP = 1000000 }; /* nanoseconds of a sleep without a barrier, in which a wake-up may be lost */

static bool membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0) == 0;
}

bool ff_futex_can_fence(void)
{
	return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool ff_futex_announce(struct ff_futex *park)
{
	atomic_store_explicit(&park->waiting, 1, memory_order_seq_cst); /* [announce], against [ask] */
	/* may fail although it was offered: out of memory, or forbidden since */
	return !park->fences || membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

void ff_futex_sleep(struct ff_futex *park, bool fenced)
{
	struct timespec nap = {.tv_nsec = NAP};
	/* Woken, interrupted, or no longer announced: the caller checks its condition in any case. */
	(void)syscall(SYS_futex, &park->waiting, FUTEX_WAIT_PRIVATE, 1, fenced ? NULL : &nap, NULL, 0);
}

void ff_futex_wake_waiter(struct ff_futex *park)
{
	/* Of several wakers only the one that clears the flag makes the system call. seq_cst: a later [ask] that finds
	 * the flag cleared here is ordered before the waiter's next [announce]. */
	if (atomic_exchange_explicit(&park->waiting, 0, memory_order_seq_cst))
		(void)syscall(SYS_futex, &park->waiting, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

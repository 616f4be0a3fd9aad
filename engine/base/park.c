#include "base/park.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(struct ff_park) == 4, "a futex is 32 bits");

void ff_park_sleep(struct ff_park *park)
{
	/* Woken, interrupted, or no longer announced: to the caller, who looks again, it is all one. */
	(void)syscall(SYS_futex, &park->waiting, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
}

void ff_park_wake_waiter(struct ff_park *park)
{
	/* Of several wakers the one that clears the flag calls. seq_cst: a later [ask] that finds the flag cleared here is
	 * ordered before the waiter's next [announce]. */
	if (atomic_exchange_explicit(&park->waiting, 0, memory_order_seq_cst))
		(void)syscall(SYS_futex, &park->waiting, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"

/* Some senders signal a process and then its group, timeout(1) for one: those two are one request. */
static const double ONE_REQUEST = 0.3; /* s */

/* Written by the handler, on whichever thread it runs; lock-free, so a handler may. */
static _Atomic double caught_at; /* ff_clock(); 0 before */
static atomic_int caught;
static atomic_bool loud;
static bool obeyed; /* by the main thread */

static void on_signal(int number)
{
	static const char TEXT[] =
	    "\nffengine: interrupted: finishing the work in progress; interrupt again to end at once\n";
	int before = errno;
	double first = 0, now = ff_clock();
	if (!atomic_compare_exchange_strong(&caught_at, &first, now)) {
		if (now - first >= ONE_REQUEST) {
			signal(number, SIG_DFL);
			raise(number); /* delivered when this handler returns */
		}
		return;
	}
	atomic_store(&caught, number);
	if (atomic_load(&loud))
		(void)!write(STDERR_FILENO, TEXT, sizeof TEXT - 1);
	errno = before;
}

void ff_interrupt_watch(bool tell)
{
	static const int SIGNALS[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, now;
	sigemptyset(&action.sa_mask);
	atomic_store(&loud, tell);
	/* What was ignored when we started (SIGINT in a script's background, SIGHUP of nohup) stays so. */
	for (int i = 0; i < 3; i++)
		if (sigaction(SIGNALS[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaction(SIGNALS[i], &action, NULL);
}

bool ff_interrupt_came(void *unused)
{
	(void)unused;
	return atomic_load_explicit(&caught, memory_order_relaxed) != 0; /* orders nothing */
}

void ff_interrupt_obeyed(void)
{
	obeyed = true;
}

int ff_interrupt_exit_code(void)
{
	return obeyed ? 128 + atomic_load(&caught) : 0;
}

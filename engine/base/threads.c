#include "base/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Holds a thread until all of them stand. */
static void *wait_at(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

ff_status ff_threads_check(int n, struct ff_error *error)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t *threads = n > 0 ? malloc((size_t)n * sizeof *threads) : NULL;
	if (n <= 0)
		return FF_OK;
	if (!threads)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d threads", n);
	int started = 0, failed = 0;
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the threads that stay */
	pthread_mutex_lock(&gate);
	while (started < n && (failed = pthread_create(&threads[started], NULL, wait_at, &gate)) == 0)
		started++;
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	free(threads);
	if (!failed)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_MEMORY, NULL,
	                  "lower execution.threads, or raise the limit on threads (`ulimit -u`)",
	                  "only %d of %d threads can be started: %s", started, n, strerror(failed));
}

#include "machine/threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "machine/team.h"

/* ---- jobs ---- */

struct job {
	pthread_t thread;
	ff_job_fn *work;
	void *context;
	size_t i;
};

static void *work_on(void *argument)
{
	const struct job *job = argument;
	job->work(job->context, job->i);
	return NULL;
}

size_t ff_jobs_of(size_t n, size_t grain)
{
	size_t processors = (size_t)ff_team_processors(), worth = n / grain;
	size_t jobs = worth < processors ? worth : processors;
	return jobs < 1 ? 1 : jobs < FF_MOST_JOBS ? jobs : FF_MOST_JOBS;
}

void ff_jobs_do(size_t n, ff_job_fn *work, void *context)
{
	struct job jobs[FF_MOST_JOBS];
	size_t started = 0;
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (bool more = true; more && started + 1 < n; started += more) {
		jobs[started] = (struct job){.work = work, .context = context, .i = started};
		more = pthread_create(&jobs[started].thread, NULL, work_on, &jobs[started]) == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	for (size_t i = started; i < n; i++)
		work(context, i);
	for (size_t i = 0; i < started; i++)
		pthread_join(jobs[i].thread, NULL);
}

/* ---- limits ---- */

/* Keeps a thread alive until all of them have started. */
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
	pthread_sigmask(SIG_SETMASK, &all, &before); /* the other threads handle signals */
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

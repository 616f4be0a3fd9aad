/* Threads that are started for one piece of work and end with it, for work whose team would otherwise be left over: the
 * threads of a team stay with their first caller (machine/team.h). */
#ifndef ENGINE_MACHINE_THREADS_H
#define ENGINE_MACHINE_THREADS_H

#include <stddef.h>

#include "base/error.h"

enum { FF_MOST_JOBS = 8 };

/* Job number i. */
typedef void ff_job_fn(void *context, size_t i);

/* The number of jobs for work of n parts: one for each `grain` parts, at most one per processor of this process and at
 * most FF_MOST_JOBS; at least 1. */
size_t ff_jobs_of(size_t n, size_t grain);

/* Runs jobs [0, n), n <= FF_MOST_JOBS, at the same time: the last one on the calling thread, the others on a thread
 * each, or on the calling thread if no more threads can be started. Returns when all are done. Signals go to the
 * process's other threads. Thread-safe. */
void ff_jobs_do(size_t n, ff_job_fn *job, void *context);

/* Whether this process may have n more threads: starts n threads (n <= 0: none) that do nothing and ends them again.
 * That is the only reliable way to learn of the limits of user, control group and kernel, and an OpenMP runtime that
 * cannot start its threads ends the whole program. Errors: FF_ERROR_MEMORY. Thread-safe. */
FF_NODISCARD ff_status ff_threads_check(int n, struct ff_error *error);

#endif

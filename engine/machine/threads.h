/* Threads that are started for one piece of work and end with it: where a team's, which stay with whoever called first
 * (machine/team.h), would be left over. */
#ifndef ENGINE_MACHINE_THREADS_H
#define ENGINE_MACHINE_THREADS_H

#include <stddef.h>

#include "base/error.h"

enum { FF_MOST_JOBS = 8 };

/* Job number i. */
typedef void ff_job_fn(void *context, size_t i);

/* How many jobs work of n parts is worth: one for each `grain` parts, at most one a processor of this process, nor more
 * than FF_MOST_JOBS; at least 1. */
size_t ff_jobs_of(size_t n, size_t grain);

/* Does jobs [0, n), n <= FF_MOST_JOBS, at once: the last by the caller, the others on a thread each, or by the caller
 * too if there is none to be had. Returns when all are done. Signals go to the caller's threads. Thread-safe. */
void ff_jobs_do(size_t n, ff_job_fn *job, void *context);

/* Whether this process may have so many threads more: starts n threads (n <= 0: none) that do nothing and ends them
 * again, the one sure way to learn of limits of the user, the control group and the kernel, for an OpenMP runtime that
 * cannot have its threads ends the whole program.
 * Errors: FF_ERROR_MEMORY. Thread-safe. */
FF_NODISCARD ff_status ff_threads_check(int n, struct ff_error *error);

#endif

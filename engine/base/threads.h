/* Whether this process may have so many threads more. */
#ifndef ENGINE_BASE_THREADS_H
#define ENGINE_BASE_THREADS_H

#include "base/error.h"

/* Starts n threads (n <= 0: none) that do nothing and ends them again: the one sure way to learn of limits of the user, the control
 * group and the kernel, for an OpenMP runtime that cannot have its threads ends the whole program.
 * Errors: FF_ERROR_MEMORY. Thread-safe. */
FF_NODISCARD ff_status ff_threads_check(int n, struct ff_error *error);

#endif

/* Hardware counters of a thread and the threads it starts, through perf_event_open(2), as far as the kernel and the
 * processor allow. Opened, started and read by system calls, in between they cost nothing. */
#ifndef ENGINE_MACHINE_COUNTERS_H
#define ENGINE_MACHINE_COUNTERS_H

#include <stdbool.h>

enum ff_counter { FF_COUNTER_CYCLES, FF_COUNTER_INSTRUCTIONS, FF_COUNTER_MISSES, FF_N_COUNTERS };

struct ff_counters {
	int files[FF_N_COUNTERS]; /* -1: not to be had */
	int refused;              /* errno of the first that was not; 0: none */
};

/* Opens what can be opened, of the calling thread in user mode: cycles, instructions, misses of the last cache; stopped
 * and at 0. inherit: also of threads that it starts from now on. Whatever happened, ff_counters_close() ends them. */
void ff_counters_open(struct ff_counters *counters, bool inherit);

/* Lets them run. Does nothing to those that are not there. */
void ff_counters_start(const struct ff_counters *counters);

/* Counts since the start; NaN where there is none. Where counters had to take turns, estimates from their share of the
 * time. From any thread, also after the counted one has ended. */
void ff_counters_read(const struct ff_counters *counters, double counts[FF_N_COUNTERS]);

void ff_counters_close(struct ff_counters *counters);

#endif

/* Hardware counters of a thread and the threads it starts, through perf_event_open(2), as far as kernel and processor
 * allow. Opening, starting and reading are system calls; in between counting costs nothing. */
#ifndef ENGINE_MACHINE_COUNTERS_H
#define ENGINE_MACHINE_COUNTERS_H

#include <stdbool.h>

enum ff_counter { FF_COUNTER_CYCLES, FF_COUNTER_INSTRUCTIONS, FF_COUNTER_MISSES, FF_N_COUNTERS };

struct ff_counters {
	int files[FF_N_COUNTERS]; /* -1: not available */
	int refused;              /* errno of the first counter that is not available; 0: all are */
};

/* Opens the counters that are available for the calling thread in user mode (cycles, instructions, misses of the
 * last-level cache), stopped and at 0. inherit: includes threads that it starts from now on. End them with
 * ff_counters_close() in any case. */
void ff_counters_open(struct ff_counters *counters, bool inherit);

/* Starts counting. Has no effect on counters that are not available. */
void ff_counters_start(const struct ff_counters *counters);

/* Reads the counts since the start; NaN where a counter is not available. Where the kernel multiplexed counters, they
 * are estimates from their share of the time. Any thread may call it, also after the counted thread has ended. */
void ff_counters_read(const struct ff_counters *counters, double counts[FF_N_COUNTERS]);

void ff_counters_close(struct ff_counters *counters);

#endif

#include "machine/counters.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t EVENTS[FF_N_COUNTERS] = {
    [FF_COUNTER_CYCLES] = PERF_COUNT_HW_CPU_CYCLES,
    [FF_COUNTER_INSTRUCTIONS] = PERF_COUNT_HW_INSTRUCTIONS,
    [FF_COUNTER_MISSES] = PERF_COUNT_HW_CACHE_MISSES,
};

/* Opened without a group, as the kernel cannot read groups of inherited counters. */
static int open_one(uint64_t event, bool inherit)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_HARDWARE,
	    .size = sizeof attr,
	    .config = event,
	    .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	    .disabled = 1,
	    .inherit = inherit,
	    .exclude_kernel = 1, /* unprivileged users may not count more */
	    .exclude_hv = 1,
	};
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void ff_counters_open(struct ff_counters *counters, bool inherit)
{
	counters->refused = 0;
	for (int i = 0; i < FF_N_COUNTERS; i++) {
		counters->files[i] = open_one(EVENTS[i], inherit);
		if (counters->files[i] < 0 && !counters->refused)
			counters->refused = errno;
	}
}

void ff_counters_start(const struct ff_counters *counters)
{
	for (int i = 0; i < FF_N_COUNTERS; i++)
		if (counters->files[i] >= 0)
			(void)ioctl(counters->files[i], PERF_EVENT_IOC_ENABLE, 0); /* on failure it reads as NaN */
}

void ff_counters_read(const struct ff_counters *counters, double counts[FF_N_COUNTERS])
{
	for (int i = 0; i < FF_N_COUNTERS; i++) {
		struct {
			uint64_t value, enabled, running;
		} now;
		counts[i] = NAN;
		if (counters->files[i] >= 0 && read(counters->files[i], &now, sizeof now) == sizeof now && now.running)
			counts[i] = (double)now.value * ((double)now.enabled / (double)now.running);
	}
}

void ff_counters_close(struct ff_counters *counters)
{
	for (int i = 0; i < FF_N_COUNTERS; i++) {
		if (counters->files[i] >= 0)
			close(counters->files[i]);
		counters->files[i] = -1;
	}
}

#include "base/memory.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

/* The first number that `format` finds in a line of the file; SIZE_MAX without one ("max", no such file). */
static size_t number_in(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	if (!file)
		return SIZE_MAX;
	char line[256];
	uint64_t number = SIZE_MAX;
	while (fgets(line, sizeof line, file) && sscanf(line, format, &number) != 1)
		;
	fclose(file);
	return (size_t)number;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* What a control group's limit leaves above what is used. */
static size_t group_left(const char *limit, const char *used)
{
	size_t most = number_in(limit, "%" SCNu64), now = number_in(used, "%" SCNu64);
	if (most == SIZE_MAX || now == SIZE_MAX)
		return SIZE_MAX;
	return most > now ? most - now : 0;
}

size_t ff_memory_available(void)
{
	size_t kib = number_in("/proc/meminfo", "MemAvailable: %" SCNu64);
	size_t bytes = kib < SIZE_MAX / 1024 ? kib * 1024 : SIZE_MAX;
	bytes = least(bytes, group_left("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"));
	bytes = least(bytes, group_left("/sys/fs/cgroup/memory/memory.limit_in_bytes",
	                                "/sys/fs/cgroup/memory/memory.usage_in_bytes"));
	struct rlimit limit;
	if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		bytes = least(bytes, (size_t)limit.rlim_cur);
	return bytes;
}

ff_status ff_memory_check(size_t bytes, const char *what, struct ff_error *error)
{
	size_t available = ff_memory_available();
	if (bytes <= available)
		return FF_OK;
	double gib = 1024.0 * 1024 * 1024;
	return ff_fail_at(error, FF_ERROR_MEMORY, NULL, "use narrower layers, fewer of them, or a smaller batch",
	                  "%s needs %.1f GiB of memory, and %.1f GiB are available", what, (double)bytes / gib,
	                  (double)available / gib);
}

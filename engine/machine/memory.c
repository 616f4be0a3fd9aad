#include "machine/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "machine/cgroup.h"

/* Bytes that a new program could use, by the kernel's estimate; SIZE_MAX if it gives none. */
static size_t machine_memory(void)
{
	static const char KEY[] = "MemAvailable:";
	char line[256];
	uint64_t kib = SIZE_MAX / 1024;
	FILE *file = fopen("/proc/meminfo", "re");
	if (!file)
		return SIZE_MAX;
	while (fgets(line, sizeof line, file))
		if (strncmp(line, KEY, sizeof KEY - 1) == 0)
			kib = strtoull(line + sizeof KEY - 1, NULL, 10);
	fclose(file);
	return (size_t)kib * 1024;
}

/* Bytes that the address-space limit leaves. */
static size_t address_space(void)
{
	struct rlimit limit;
	char line[256];
	uint64_t pages = 0;
	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	FILE *file = fopen("/proc/self/statm", "re");
	if (file) {
		if (fgets(line, sizeof line, file))
			pages = strtoull(line, NULL, 10);
		fclose(file);
	}
	uint64_t used = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return limit.rlim_cur > used ? (size_t)(limit.rlim_cur - used) : 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t ff_memory_available(void)
{
	return least(machine_memory(), least(ff_cgroup_memory(), address_space()));
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

void ff_memory_huge(void *base, size_t bytes)
{
	const uintptr_t huge = 2 << 20, from = ((uintptr_t)base + huge - 1) / huge * huge;
	const uintptr_t to = ((uintptr_t)base + bytes) / huge * huge;
	if (from < to)
		(void)madvise((char *)base + (from - (uintptr_t)base), to - from, MADV_HUGEPAGE); /* advice only */
}

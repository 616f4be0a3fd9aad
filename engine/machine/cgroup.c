#include "machine/cgroup.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FOLDER = 512 };

/* The group's folder below the controller's root in a line "4:cpu,cpuacct:/folder" of /proc/self/cgroup; NULL if the
 * line is about other controllers. Version 2 has a single line "0::/folder", with controller "". Modifies the line. */
static char *folder_in(char *line, const char *controller)
{
	char *list = strchr(line, ':'), *folder = list ? strchr(list + 1, ':') : NULL;
	if (!folder)
		return NULL;
	*folder++ = '\0';
	folder[strcspn(folder, "\n")] = '\0';
	list++;
	for (char *name; (name = strsep(&list, ","));)
		if (strcmp(name, controller) == 0)
			return folder;
	return NULL;
}

/* Calls visit for the folder of this process's control group and of each parent up to the root. */
static void visit_groups(const char *controller, void (*visit)(const char *folder, void *context), void *context)
{
	char line[MAX_FOLDER] = "", root[64], folder[MAX_FOLDER + sizeof root], *below = NULL;
	FILE *file = fopen("/proc/self/cgroup", "re");
	while (file && !below && fgets(line, sizeof line, file))
		below = folder_in(line, controller);
	if (file)
		fclose(file);
	if (!below)
		return;
	int n = snprintf(root, sizeof root, "/sys/fs/cgroup%s%s", *controller ? "/" : "", controller);
	snprintf(folder, sizeof folder, "%s%s", root, below);
	for (char *slash = folder + strlen(folder); slash >= folder + n; slash = strrchr(folder, '/')) {
		*slash = '\0';
		visit(folder, context);
	}
}

/* Reads up to two numbers from the line of folder/name that begins with `key`; returns how many there are. */
static int numbers_in(const char *folder, const char *name, const char *key, uint64_t number[2])
{
	char path[MAX_FOLDER + 128], line[256];
	int found = 0;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	while (file && found == 0 && fgets(line, sizeof line, file)) {
		char *at = line + strlen(key), *end;
		for (; strncmp(line, key, strlen(key)) == 0 && found < 2; found++, at = end) {
			number[found] = strtoull(at, &end, 10);
			if (end == at) /* "max": no number */
				break;
		}
	}
	if (file)
		fclose(file);
	return found;
}

/* a - b, or 0 if b is larger. */
static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void least_memory(const char *folder, void *context)
{
	size_t *least = context;
	uint64_t most[2], used[2], cache[2] = {0};
	if (numbers_in(folder, "memory.max", "", most) < 1 || numbers_in(folder, "memory.current", "", used) < 1)
		return;
	(void)numbers_in(folder, "memory.stat", "inactive_file ", cache);
	uint64_t left = less(most[0], less(used[0], cache[0]));
	if (left < *least)
		*least = (size_t)left;
}

size_t ff_cgroup_memory(void)
{
	static const char VERSION1[] = "/sys/fs/cgroup/memory"; /* in a container this is its own group */
	size_t least = SIZE_MAX;
	uint64_t most[2], used[2];
	visit_groups("", least_memory, &least);
	if (numbers_in(VERSION1, "memory.limit_in_bytes", "", most) &&
	    numbers_in(VERSION1, "memory.usage_in_bytes", "", used)) {
		uint64_t left = less(most[0], used[0]);
		least = left < least ? (size_t)left : least;
	}
	return least;
}

static void least_quota(const char *folder, void *context)
{
	double *least = context;
	uint64_t quota[2], period[2];                         /* microseconds of CPU time in each period */
	int found = numbers_in(folder, "cpu.max", "", quota); /* version 2; without a limit "max 100000" */
	if (found == 2)
		period[0] = quota[1];
	else if (numbers_in(folder, "cpu.cfs_quota_us", "", quota) < 1 || quota[0] > INT64_MAX || /* version 1; -1 */
	         numbers_in(folder, "cpu.cfs_period_us", "", period) < 1)
		return;
	if (period[0] && (double)quota[0] / (double)period[0] < *least)
		*least = (double)quota[0] / (double)period[0];
}

double ff_cgroup_quota(void)
{
	double least = INFINITY;
	visit_groups("", least_quota, &least);
	visit_groups("cpu", least_quota, &least);
	return least;
}

int ff_cgroup_processors(void)
{
	double processors = ceil(ff_cgroup_quota());
	return processors >= INT_MAX ? INT_MAX : processors < 1 ? 1 : (int)processors;
}

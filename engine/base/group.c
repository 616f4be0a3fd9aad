#include "base/group.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FOLDER = 512 };

/* Calls visit for the folder of this process's control group (version 2) and of each one above it. */
static void visit_groups(void (*visit)(const char *folder, void *context), void *context)
{
	static const char ROOT[] = "/sys/fs/cgroup";
	char line[MAX_FOLDER - sizeof ROOT] = "", folder[MAX_FOLDER];
	FILE *file = fopen("/proc/self/cgroup", "re");
	if (!file)
		return;
	while (fgets(line, sizeof line, file) && strncmp(line, "0::/", 4) != 0)
		*line = '\0';
	fclose(file);
	if (!*line)
		return;
	line[strcspn(line, "\n")] = '\0';
	snprintf(folder, sizeof folder, "%s%s", ROOT, line + 3);
	for (char *slash = folder + strlen(folder); slash >= folder + sizeof ROOT - 1; slash = strrchr(folder, '/')) {
		*slash = '\0';
		visit(folder, context);
	}
}

/* The first two numbers of the line of folder/name that begins with `key`; how many there are. */
static int numbers_in(const char *folder, const char *name, const char *key, uint64_t number[2])
{
	char path[MAX_FOLDER + 64], line[256];
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

/* a - b, or 0 where b is more. */
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

size_t ff_group_memory(void)
{
	static const char VERSION1[] = "/sys/fs/cgroup/memory"; /* in a container: its own group */
	size_t least = SIZE_MAX;
	uint64_t most[2], used[2];
	visit_groups(least_memory, &least);
	if (numbers_in(VERSION1, "memory.limit_in_bytes", "", most) &&
	    numbers_in(VERSION1, "memory.usage_in_bytes", "", used)) {
		uint64_t left = less(most[0], used[0]);
		least = left < least ? (size_t)left : least;
	}
	return least;
}

static void least_processors(const char *folder, void *context)
{
	int *least = context;
	uint64_t quota[2]; /* microseconds of every so many */
	if (numbers_in(folder, "cpu.max", "", quota) < 2 || quota[1] == 0)
		return;
	uint64_t processors = (quota[0] + quota[1] - 1) / quota[1];
	if (processors < (uint64_t)*least)
		*least = processors ? (int)processors : 1;
}

int ff_group_processors(void)
{
	int least = INT_MAX;
	visit_groups(least_processors, &least);
	return least;
}

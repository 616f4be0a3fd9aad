/* Ranges of a topology's places: parts for several processes, and text. */
#include <stdio.h>

#include "machine/topology.h"

/* The start of a cache domain nearest to place `at`, the earlier one on a tie; n_places counts as one. */
static int nearest_boundary(const struct ff_topology *t, int at)
{
	int nearest = t->n_places;
	for (int d = t->n_domains - 1; d >= 0; d--) {
		int first = t->domains[d].first;
		int distance = first < at ? at - first : first - at, least = nearest < at ? at - nearest : nearest - at;
		if (distance <= least)
			nearest = first;
	}
	return nearest;
}

/* Where the first of `parts` parts of the places from `first` on ends. */
static int end_of_part(const struct ff_topology *t, int first, int parts)
{
	int size = (t->n_places - first) / parts, end = nearest_boundary(t, first + size), off = end - first - size;
	bool enough = t->n_places - end >= parts - 1; /* one place each for the others */
	if (parts == 1)
		return t->n_places;
	return end > first && enough && 3 * (off < 0 ? -off : off) <= size ? end : first + size;
}

void ff_topology_part(const struct ff_topology *topology, int parts, int part, int *first, int *n)
{
	int end = 0;
	for (int i = 0; i <= part; i++) {
		*first = end;
		end = end_of_part(topology, *first, parts - i);
	}
	*n = end - *first;
}

int ff_topology_run_text(const struct ff_topology *t, int i, int end, char *text, size_t size)
{
	int first = t->places[i].processor, next = i + 1, step = 0;
	if (next < end)
		step = t->places[next].processor - first;
	while (step > 0 && next < end && t->places[next].processor - t->places[next - 1].processor == step)
		next++;
	int last = t->places[next - 1].processor;
	if (next == i + 1 || (step > 1 && next == i + 2)) {
		snprintf(text, size, "%d", first);
		return i + 1;
	}
	if (step == 1)
		snprintf(text, size, "%d-%d", first, last);
	else
		snprintf(text, size, "%d-%d:%d", first, last, step);
	return next;
}

void ff_topology_places_text(const struct ff_topology *topology, int first, int n, char *text, size_t size)
{
	size_t used = 0;
	for (int i = first; i < first + n && used < size;) {
		char run[48];
		bool begins = i == first;
		i = ff_topology_run_text(topology, i, first + n, run, sizeof run);
		used += (size_t)snprintf(text + used, size - used, "%s%s", begins ? "" : ",", run);
	}
}

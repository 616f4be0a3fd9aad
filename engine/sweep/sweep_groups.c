#include "sweep/sweep_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Reads a value that is a number, or a list of equal numbers. */
static bool number_of(const char *text, double *number)
{
	bool any = false;
	while (*text) {
		char *end;
		text += strspn(text, "[], ");
		if (!*text)
			break;
		double one = strtod(text, &end);
		if (end == text || !strchr("[], ", *end) || !isfinite(one) || (any && one != *number))
			return false;
		*number = one;
		any = true;
		text = end;
	}
	return any;
}

int ff_sweep_group_of(const struct ff_sweep_run *run, int k, int point, const struct ff_sweep_group *groups, int n)
{
	const char *value = ff_sweep_value(run->sweep, &run->sweep->points[point], k);
	for (int g = 0; value && g < n; g++)
		if (strcmp(groups[g].text, value) == 0)
			return g;
	return -1;
}

static int compare_x(const void *a, const void *b)
{
	double x = ((const struct ff_sweep_group *)a)->x, y = ((const struct ff_sweep_group *)b)->x;
	return (x > y) - (x < y);
}

int ff_sweep_groups(const struct ff_sweep_run *run, int k, struct ff_sweep_group *groups, bool *numeric)
{
	int n = 0;
	*numeric = true;
	for (int p = 0; p < run->sweep->n_points; p++) {
		const struct ff_point_result *r = &run->results[p];
		const char *value = ff_sweep_value(run->sweep, &run->sweep->points[p], k);
		if (r->state != FF_POINT_DONE || !value)
			continue;
		int g = ff_sweep_group_of(run, k, p, groups, n);
		if (g < 0) {
			groups[n] = (struct ff_sweep_group){.text = value};
			*numeric &= number_of(value, &groups[n].x);
			g = n++;
		}
		groups[g].n++;
		groups[g].error += (ff_point_error(r) - groups[g].error) / groups[g].n;
		groups[g].speed += (r->samples_per_second - groups[g].speed) / groups[g].n;
	}
	for (int g = 0; g < n && !*numeric; g++)
		groups[g].x = g;
	qsort(groups, (size_t)n, sizeof *groups, compare_x);
	return n;
}

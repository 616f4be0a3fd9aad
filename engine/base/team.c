#include "base/team.h"

#include <omp.h>

void ff_team_for(const struct ff_team *team, size_t n, size_t grain, ff_range_fn *work, void *context)
{
	if (team->threads == 1 || n <= grain) {
		if (n)
			work(context, 0, n);
		return;
	}
#pragma omp parallel num_threads(team->threads)
	{
		size_t part = (size_t)omp_get_thread_num(), parts = (size_t)omp_get_num_threads();
		size_t blocks = (n + grain - 1) / grain;
		size_t begin = blocks * part / parts * grain, end = blocks * (part + 1) / parts * grain;
		if (end > n)
			end = n;
		if (begin < end)
			work(context, begin, end);
	}
}

int ff_team_available(void)
{
	return omp_get_num_procs();
}

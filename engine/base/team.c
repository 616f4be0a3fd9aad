#include "base/team.h"

#include <omp.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "base/group.h"

/* Works on a part with denormal numbers taken and given as zero, on whichever thread: left alone, the optimizer's state
 * of units that are seldom active decays into denormals, whose arithmetic is many times slower. */
static void work_on(ff_range_fn *work, void *context, size_t begin, size_t end)
{
#ifdef __SSE2__
	enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
	unsigned before = _mm_getcsr();
	_mm_setcsr(before | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
	work(context, begin, end);
	_mm_setcsr(before);
#else
	work(context, begin, end);
#endif
}

void ff_team_for(const struct ff_team *team, size_t n, size_t grain, ff_range_fn *work, void *context)
{
	if (team->threads == 1 || n <= grain) {
		if (n)
			work_on(work, context, 0, n);
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
			work_on(work, context, begin, end);
	}
}

int ff_team_available(void)
{
	int processors = omp_get_num_procs(), quota = ff_group_processors();
	return quota < processors ? quota : processors;
}

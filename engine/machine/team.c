#include "machine/team.h"

#include <omp.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include "machine/cgroup.h"
#include "machine/topology.h"

/* Works on a part with denormals treated as zero, on whichever thread: otherwise the optimizer's state of rarely active
 * units decays into denormals, whose arithmetic is many times slower. */
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

int ff_team_processors(void)
{
	int processors = omp_get_num_procs(), quota = ff_cgroup_processors(),
	    given = ff_batch_system_limit().processors;
	processors = quota < processors ? quota : processors;
	return given > 0 && given < processors ? given : processors;
}

int ff_team_available(void)
{
	struct ff_topology topology;
	bool known = ff_topology_init(&topology, &(struct ff_topology_options){0}, NULL) == FF_OK;
	int places = known ? topology.n_places : 0;
	bool here = known && topology.here;
	if (known)
		ff_topology_fini(&topology);
	return here ? places : ff_team_processors(); /* hwloc cannot tell which of them are cores */
}

ff_status ff_team_bind(const struct ff_team *team, const struct ff_topology *topology, int first,
                       struct ff_error *error)
{
	size_t n = (size_t)team->threads;
	struct ff_error *errors = calloc(n, sizeof *errors);
	if (!errors)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to bind %d threads", team->threads);
#pragma omp parallel num_threads(team->threads)
	{
		int i = omp_get_thread_num(), place = first + i;
		errors[i].status = ff_topology_bind(topology, &place, 1, &errors[i]);
	}
	ff_status status = FF_OK;
	for (size_t i = 0; i < n && status == FF_OK; i++) {
		status = errors[i].status;
		if (status != FF_OK && error)
			*error = errors[i];
	}
	free(errors);
	return status;
}

#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>

/* ---- search ---- */

struct search {
	int n, cores;
	double source;
	double *sums; /* [cores x n + 1]: of the stations before s with t threads at (t - 1) (n + 1) + s; owned */
	/* The fewest cores for stations [0, end), if the source is placed ([1]) or not yet ([0]). */
	int fewest[2][FF_MAX_STATIONS + 1];
	struct step {
		int first, threads;
		bool hosts;             /* the source shares one of its cores */
	} step[2][FF_MAX_STATIONS + 1]; /* the leader that ends there */
};

static double leader_seconds(const struct search *s, int first, int end, int threads)
{
	const double *sums = s->sums + (size_t)(threads - 1) * (size_t)(s->n + 1);
	return sums[end] - sums[first];
}

static void sum_up(struct search *s, const double *seconds)
{
	for (int t = 0; t < s->cores; t++) {
		double *sums = s->sums + (size_t)t * (size_t)(s->n + 1);
		sums[0] = 0;
		for (int i = 0; i < s->n; i++)
			sums[i + 1] = sums[i] + seconds[(size_t)i * (size_t)s->cores + (size_t)t];
	}
}

static void offer(struct search *s, int placed, int end, int cores, struct step step)
{
	if (cores < s->fewest[placed][end]) {
		s->fewest[placed][end] = cores;
		s->step[placed][end] = step;
	}
}

/* Considers all leaders that end with station end - 1. A leader with more stations needs at least as many threads,
 * since no station's seconds are negative, so the search for the threads continues from the previous leader's. A leader
 * that hosts the source has less time. */
static void end_leaders_at(struct search *s, int end, double time)
{
	for (int hosts = 0; hosts < 2; hosts++) {
		int threads = 1;
		for (int first = end - 1; first >= 0; first--) {
			double left = time - (hosts ? s->source : 0);
			while (threads <= s->cores && leader_seconds(s, first, end, threads) > left)
				threads++;
			if (threads > s->cores)
				break;
			struct step step = {first, threads, hosts};
			for (int placed = 0; placed + hosts < 2; placed++)
				if (s->fewest[placed][first] <= s->cores)
					offer(s, placed + hosts, end, s->fewest[placed][first] + threads, step);
		}
	}
}

/* The fewest cores with which no leader takes longer than `time`; more than `cores` if it is impossible. */
static int fewest_cores(struct search *s, double time)
{
	for (int end = 0; end <= s->n; end++)
		s->fewest[0][end] = s->fewest[1][end] = s->cores + 1;
	s->fewest[0][0] = 0;
	if (s->source <= time)
		s->fewest[1][0] = 1;
	for (int end = 1; end <= s->n; end++)
		end_leaders_at(s, end, time);
	return s->fewest[1][s->n];
}

static void read_plan(const struct search *s, struct ff_plan *plan)
{
	int placed = 1, count = 0;
	for (int end = s->n; end > 0; count++) {
		const struct step *step = &s->step[placed][end];
		placed -= step->hosts;
		end = step->first;
	}
	plan->n_leaders = count;
	plan->cores = s->fewest[1][s->n];
	plan->host = FF_PLAN_OWN;
	plan->seconds = placed ? s->source : 0; /* the source has its own core */
	placed = 1;
	for (int end = s->n; end > 0;) {
		const struct step *step = &s->step[placed][end];
		double seconds = leader_seconds(s, step->first, end, step->threads) + (step->hosts ? s->source : 0);
		plan->leaders[--count] = (struct ff_leader){step->first, end, step->threads};
		plan->seconds = fmax(plan->seconds, seconds);
		if (step->hosts)
			plan->host = count;
		placed -= step->hosts;
		end = step->first;
	}
}

ff_status ff_plan_search(const double *seconds, int n, int cores, double source, double least, struct ff_plan *plan,
                         struct ff_error *error)
{
	enum { HALVINGS = 60 };
	struct search s = {.n = n, .cores = cores, .source = source};
	s.sums = malloc((size_t)cores * (size_t)(n + 1) * sizeof *s.sums);
	if (!s.sums)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to plan for %d cores", cores);
	sum_up(&s, seconds);
	double low = least, high = leader_seconds(&s, 0, n, 1) + source; /* everything on one core */
	high = fmax(high * (1 + 1e-9), least);
	if (fewest_cores(&s, least) <= cores)
		high = least;
	for (int i = 0; i < HALVINGS && high - low > 1e-10 * high; i++) {
		double middle = (low + high) / 2;
		if (fewest_cores(&s, middle) <= cores)
			high = middle;
		else
			low = middle;
	}
	(void)fewest_cores(&s, high * (1 + 1e-9)); /* so that equal plans stay equal in spite of rounding */
	*plan = (struct ff_plan){0};
	read_plan(&s, plan);
	free(s.sums);
	return FF_OK;
}

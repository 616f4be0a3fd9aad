#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan/plan.h"

enum { MOST_STATIONS = 64, MOST_CORES = 256 };

/* seconds [n x cores] of the stations. */
struct case_of {
	int n, cores;
	double source, least, seconds[MOST_STATIONS * MOST_CORES];
};

static double at(const struct case_of *c, int station, int threads)
{
	return c->seconds[station * c->cores + threads - 1];
}

static struct ff_plan plan_of(const struct case_of *c)
{
	struct ff_plan plan = {0};
	struct ff_error error = {0};
	CHECK_INT(ff_plan_search(c->seconds, c->n, c->cores, c->source, c->least, &plan, &error), FF_OK);
	return plan;
}

/* Work that n threads share evenly, at a cost of `loss` for each further thread. */
static struct case_of *shared(int n, int cores, const double *work, double loss, double source)
{
	struct case_of *c = calloc(1, sizeof *c);
	c->n = n;
	c->cores = cores;
	c->source = source;
	for (int s = 0; s < n; s++)
		for (int t = 1; t <= cores; t++)
			c->seconds[s * cores + t - 1] = work[s] / t + loss * (t - 1);
	return c;
}

/* The seconds of the plan's slowest leader; checks that the leaders are a valid plan. */
static double slowest(const struct case_of *c, const struct ff_plan *plan)
{
	double most = plan->host == FF_PLAN_OWN ? c->source : 0;
	int cores = plan->host == FF_PLAN_OWN;
	for (int i = 0; i < plan->n_leaders; i++) {
		const struct ff_leader *leader = &plan->leaders[i];
		double sum = plan->host == i ? c->source : 0;
		CHECK_INT(leader->first, i ? plan->leaders[i - 1].end : 0);
		CHECK(leader->threads >= 1);
		for (int s = leader->first; s < leader->end; s++)
			sum += at(c, s, leader->threads);
		most = fmax(most, sum);
		cores += leader->threads;
	}
	CHECK_INT(plan->leaders[plan->n_leaders - 1].end, c->n);
	CHECK_INT(plan->cores, cores);
	CHECK(cores <= c->cores);
	return most;
}

/* The best of all ways to lead stations [first, n), given the slowest so far; `hosted`: the source has a place. */
static double best(const struct case_of *c, int first, int cores, bool hosted, double so_far)
{
	double least = INFINITY, sum;
	if (first == c->n)
		return hosted ? so_far : INFINITY;
	for (int end = first + 1; end <= c->n; end++)
		for (int t = 1; t <= cores; t++) {
			sum = 0;
			for (int s = first; s < end; s++)
				sum += at(c, s, t);
			least = fmin(least, best(c, end, cores - t, hosted, fmax(so_far, sum)));
			if (!hosted)
				least = fmin(least, best(c, end, cores - t, true, fmax(so_far, sum + c->source)));
		}
	return least;
}

static double best_of_all(const struct case_of *c)
{
	return fmin(best(c, 0, c->cores, false, 0), best(c, 0, c->cores - 1, true, c->source));
}

/* The seconds are arbitrary, so more threads may be slower. */
static void plans_are_as_good_as_the_best_of_all(void)
{
	struct case_of *c = calloc(1, sizeof *c);
	unsigned random = 4711;
	for (int trial = 0; trial < 600; trial++) {
		c->n = 1 + trial % 4;
		c->cores = 1 + trial / 4 % 6;
		for (int i = 0; i < c->n * c->cores; i++) {
			random = random * 1664525U + 1013904223U;
			c->seconds[i] = 1e-6 * (1 + (random >> 8) % 1000) / (trial % 3 ? 1 + i % c->cores : 1);
		}
		c->source = 1e-6 * ((random >> 20) % 500);
		ff_scenario("trial %d: %d stations, %d cores", trial, c->n, c->cores);
		struct ff_plan plan = plan_of(c);
		double wanted = best_of_all(c);
		CHECK_NEAR(slowest(c, &plan), wanted, 1e-7 * wanted);
		CHECK_NEAR(plan.seconds, wanted, 1e-7 * wanted);
	}
	free(c);
}

static void known_optima(void)
{
	static const double ONES[64] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	                                1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const double STEEP[] = {1, 2, 4, 8};
	static const struct {
		int n, cores, leaders, used;
		const double *work;
		double source, seconds;
	} KNOWN[] = {
	    {4, 1, 1, 1, ONES, 0.1, 4.1},        /* one core does it all */
	    {8, 4, 4, 4, ONES, 0.01, 2.01},      /* fewer cores than stages: two on each */
	    {7, 4, 4, 4, ONES, 0.5, 2},          /* the source is with the one that is alone */
	    {4, 16, 4, 16, STEEP, 0.01, 1.06},   /* 1, 2, 4, 9 threads */
	    {4, 5, 4, 5, ONES, 0.9, 1},          /* the source on a core of its own */
	    {2, 64, 2, 3, ONES, 1, 1},           /* the source is the bottleneck, so other cores stay idle */
	    {64, 128, 64, 128, ONES, 0.01, 0.53} /* two threads each; one team hosts the source */
	};
	for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
		struct case_of *c = shared(KNOWN[i].n, KNOWN[i].cores, KNOWN[i].work, 0.02, KNOWN[i].source);
		ff_scenario("%d stations, %d cores", KNOWN[i].n, KNOWN[i].cores);
		struct ff_plan plan = plan_of(c);
		CHECK_NEAR(slowest(c, &plan), KNOWN[i].seconds, 1e-6);
		CHECK_INT(plan.n_leaders, KNOWN[i].leaders);
		CHECK_INT(plan.cores, KNOWN[i].used);
		free(c);
	}
}

static void cores_that_do_not_help_stay_idle(void)
{
	static const double WORK[] = {1, 1};
	struct case_of *c = shared(2, 64, WORK, 0.03, 0.001); /* 1 / t + 0.03 (t - 1): best with 6 threads */
	struct ff_plan plan = plan_of(c);
	CHECK_NEAR(slowest(c, &plan), 1.0 / 6 + 0.15, 2e-3);
	CHECK(plan.cores <= 13);
	c->least = 0.4; /* 3 threads each take 0.3933, and the source is with one of them */
	plan = plan_of(c);
	CHECK_INT(plan.cores, 6);
	CHECK(slowest(c, &plan) <= 0.4);
	c->least = 3; /* one core takes 2.001 */
	plan = plan_of(c);
	CHECK_INT(plan.cores, 1);
	CHECK_NEAR(plan.seconds, 2.001, 1e-9);
	free(c);
}

static void large_plans_take_less_than_a_second(void)
{
	double work[MOST_STATIONS], total = 0;
	for (int s = 0; s < MOST_STATIONS; s++)
		total += work[s] = 1 + s * 7 % 13;
	struct case_of *c = shared(MOST_STATIONS, MOST_CORES, work, 1e-4, 0.05);
	clock_t started = clock();
	struct ff_plan plan = plan_of(c);
	CHECK((double)(clock() - started) / CLOCKS_PER_SEC < 1);
	CHECK(slowest(c, &plan) < 1.4 * total / MOST_CORES);
	free(c);
}

/* ---- places ---- */

static struct ff_topology machine(const char *description)
{
	struct ff_topology t;
	struct ff_error error = {0};
	if (!CHECK(ff_topology_init(&t, &(struct ff_topology_options){.description = description}, &error) == FF_OK))
		printf("  %s\n", error.what);
	return t;
}

/* A plan of leaders with these threads. */
static struct ff_plan teams(int n, const int *threads, int host)
{
	struct ff_plan plan = {.n_leaders = n, .host = host, .cores = host == FF_PLAN_OWN};
	for (int i = 0; i < n; i++) {
		plan.leaders[i] = (struct ff_leader){i, i + 1, threads[i]};
		plan.cores += threads[i];
	}
	return plan;
}

/* Places a plan and checks each leader's first core. */
static void check_places(const char *description, int n, const int *threads, int host, int source, const int *first)
{
	ff_scenario("%s, %d leaders", description, n);
	struct ff_topology t = machine(description);
	struct ff_plan plan = teams(n, threads, host);
	CHECK_INT(ff_plan_place(&t, &plan, NULL), FF_OK);
	CHECK_INT(plan.source, source);
	for (int i = 0; i < n; i++)
		CHECK_INT(plan.first[i], first[i]);
	ff_topology_fini(&t);
}

static void teams_stay_in_their_cache(void)
{
	check_places("core:1", 1, (int[]){1}, 0, 0, (int[]){0});
	check_places("core:2", 2, (int[]){1, 1}, 1, 1, (int[]){0, 1});
	check_places("l3:4 core:4", 3, (int[]){3, 3, 4}, FF_PLAN_OWN, 0,
	             (int[]){1, 4, 8}); /* 3 cores: 1-3, 4-6, 8-11 */
	check_places("l3:4 core:4", 4, (int[]){3, 3, 3, 3}, 0, 0, (int[]){0, 4, 8, 12});
	check_places("l3:2 core:4", 3, (int[]){3, 3, 2}, 2, 6, (int[]){0, 3, 6}); /* one team is split */
	check_places("package:2 l3:4 core:8", 2, (int[]){30, 32}, 0, 0, (int[]){0, 32});
	check_places("package:2 l3:8 core:8", 3, (int[]){8, 8, 40}, 0, 0, (int[]){0, 8, 16});
}

static void uneven_caches_get_what_fits(void)
{
	check_places("tests/support/uneven.xml", 2, (int[]){2, 4}, 0, 0, (int[]){0, 2});
	struct ff_topology t = machine("tests/support/uneven.xml");
	struct ff_plan plan = teams(1, (int[]){64}, 0);
	struct ff_error error = {0};
	CHECK_INT(ff_plan_place(&t, &plan, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.what, "a plan for 64 cores does not fit on");
	ff_topology_fini(&t);
}

FF_TESTS("plan", {"plans are as good as the best of all", plans_are_as_good_as_the_best_of_all},
         {"known optima", known_optima}, {"cores that do not help stay idle", cores_that_do_not_help_stay_idle},
         {"large plans take less than a second", large_plans_take_less_than_a_second},
         {"teams stay in their cache", teams_stay_in_their_cache},
         {"uneven caches get what fits", uneven_caches_get_what_fits})

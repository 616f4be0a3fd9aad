#include "runtime/calibrate.h"

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/gemm.h"

enum {
	SIDE = 768,       /* of the products' B */
	FEW = 24,         /* rows */
	MANY = 480,       /* rows; below what is large to base/gemm.c, as batches are */
	TRIES = 7,        /* of which the median counts, or the best */
	CALLS = 4,        /* products of MANY rows in a try */
	CACHED = 1 << 19, /* numbers of each array that lie in a shared cache, or nearer */
	LARGE = 1 << 23,  /* numbers of each array that do not fit in usual ones */
	REGIONS = 100,
};
static const double GAP = 20e-6; /* seconds of the leader's own between regions: enough for the others to go to sleep */

struct bench {
	struct ff_arena arena;
	float *a, *b, *c; /* of products [MANY x SIDE], [SIDE x SIDE], a thread's [MANY x SIDE] */
	float *x, *y;     /* [LARGE] */
	size_t threads;   /* of all of the machine */
	size_t times;     /* passes of an update */
};

static void layout(struct bench *bench)
{
	bench->a = ff_arena_take(&bench->arena, (size_t)MANY * SIDE, sizeof(float));
	bench->b = ff_arena_take(&bench->arena, (size_t)SIDE * SIDE, sizeof(float));
	bench->c = ff_arena_take(&bench->arena, bench->threads * MANY * SIDE, sizeof(float));
	bench->x = ff_arena_take(&bench->arena, LARGE, sizeof(float));
	bench->y = ff_arena_take(&bench->arena, LARGE, sizeof(float));
}

/* Reads two arrays and writes both, as an optimizer's step does with weights and state. */
static void update(void *context, size_t begin, size_t end)
{
	const struct bench *bench = context;
	for (size_t pass = 0; pass < bench->times; pass++)
		for (size_t i = begin; i < end; i++) {
			bench->y[i] = 0.9F * bench->y[i] + bench->x[i];
			bench->x[i] -= 0.01F * bench->y[i];
		}
}

static void nothing(void *context, size_t begin, size_t end)
{
	(void)context;
	(void)begin;
	(void)end;
}

static double median(double tries[], int n)
{
	for (int i = 1; i < n; i++) /* there are few */
		for (int j = i; j > 0 && tries[j] < tries[j - 1]; j--) {
			double greater = tries[j - 1];
			tries[j - 1] = tries[j];
			tries[j] = greater;
		}
	return tries[n / 2];
}

/* Products of so many rows, a thread each of all: a core's rate falls when the others are at work too. */
struct products {
	const struct bench *bench;
	size_t rows, calls;
};

static void multiply(void *context, size_t begin, size_t end)
{
	const struct products *p = context;
	const struct bench *bench = p->bench;
	for (size_t thread = begin; thread < end; thread++) {
		float *c = bench->c + thread * MANY * SIDE;
		for (size_t call = 0; call < p->calls; call++) /* a team of one is this thread alone */
			ff_gemm(&(struct ff_team){1}, false, p->rows, SIDE, SIDE, bench->a, bench->b, 0, c);
	}
}

static double product_seconds(const struct bench *bench, int threads, size_t rows)
{
	const struct ff_team team = {threads};
	double tries[TRIES];
	struct products products = {bench, rows, CALLS * MANY / rows}; /* so that each try takes as long */
	for (int i = 0; i < TRIES; i++) {
		double started = ff_clock();
		ff_team_for(&team, (size_t)threads, 1, multiply, &products);
		tries[i] = (ff_clock() - started) / (double)products.calls;
	}
	return median(tries, TRIES);
}

/* Bytes a second, read and written. */
static double bandwidth(struct bench *bench, int threads, size_t n, size_t times)
{
	const struct ff_team team = {threads};
	double least = INFINITY;
	bench->times = times;
	for (int i = 0; i < TRIES; i++) {
		double started = ff_clock();
		ff_team_for(&team, n, 1024, update, bench);
		least = fmin(least, ff_clock() - started);
	}
	return 16 * (double)n * (double)times / least;
}

/* For two threads, of those that all take, as they meet in a tree. */
static double region_seconds(int threads)
{
	const struct ff_team team = {threads};
	double tries[TRIES];
	const double begun = ff_clock(), patience = 0.1; /* on a busy machine threads wait long for their turn */
	int n = 0;
	while (n < TRIES && (n == 0 || ff_clock() - begun < patience)) {
		double within = 0;
		for (int region = 0; region < REGIONS; region++) {
			const double pause = ff_clock();
			while (ff_clock() - pause < GAP)
				;
			double started = ff_clock();
			ff_team_for(&team, (size_t)threads, 1, nothing, NULL);
			within += ff_clock() - started;
		}
		tries[n++] = within / REGIONS;
	}
	return median(tries, n) / log2(threads);
}

/* No number is 0: products leave zeros out. */
static void fill(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 1 + 0.125F * (float)(i % 7);
}

/* Two products tell what a row takes and what packing takes, as the time is linear in the rows. */
static void measure_products(const struct bench *bench, int threads, struct ff_rates *rates)
{
	double few = product_seconds(bench, threads, FEW), many = product_seconds(bench, threads, MANY);
	double row = fmax((many - few) / (MANY - FEW), 0.5 * many / MANY);
	rates->flops = 2.0 * SIDE * SIDE / row;
	rates->packing = fmax(many / row - MANY, 0);
}

ff_status ff_calibrate(int threads, int nodes, struct ff_rates *rates, struct ff_error *error)
{
	struct bench bench = {.threads = (size_t)threads};
	const struct ff_team all = {threads};
	layout(&bench);
	FF_TRY(ff_arena_init(&bench.arena, error));
	layout(&bench);
	fill(bench.a, (size_t)MANY * SIDE);
	fill(bench.b, (size_t)SIDE * SIDE);
	bench.times = 1;
	ff_team_for(&all, LARGE, 1024, update, &bench); /* first touched by those who will use it */
	*rates = ff_rates_table;
	measure_products(&bench, threads, rates);
	rates->cache_bandwidth = bandwidth(&bench, 1, CACHED, 8);
	rates->bandwidth = bandwidth(&bench, 1, LARGE, 1);
	rates->node_bandwidth = fmax(rates->bandwidth, bandwidth(&bench, threads, LARGE, 1) / nodes);
	if (threads > 1)
		rates->region = region_seconds(threads);
	ff_arena_fini(&bench.arena);
	return FF_OK;
}

#include "runtime/calibrate.h"

#include <math.h>
#include <pthread.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/gemm.h"
#include "base/team.h"
#include "runtime/lead.h"

enum {
	SIDE = 768,       /* of the products' B */
	FEW = 24,         /* rows */
	MANY = 480,       /* rows; below what is large to base/gemm.c, as batches are */
	TRIES = 7,        /* of which the median counts, or the best */
	CALLS = 4,        /* products of MANY rows in a try */
	CACHED = 1 << 19, /* numbers of each array that lie in a shared cache, or nearer */
	LARGE = 1 << 23,  /* numbers of each array that do not fit in usual ones */
	REGIONS = 100,
	BATCH = 96,  /* rows, of a glance */
	GLANCES = 5, /* tries of a glance */
};
static const double GAP = 20e-6; /* seconds of the leader's own between regions: enough for the others to go to sleep */

struct bench {
	struct ff_arena arena;
	float *a, *b, *c; /* of products [rows x SIDE], [SIDE x SIDE], a thread's [rows x SIDE] */
	float *x, *y;     /* [large] */
	size_t rows, large;
	size_t threads; /* of all of the machine */
	size_t times;   /* passes of an update */
};

static void layout(struct bench *bench)
{
	bench->a = ff_arena_take(&bench->arena, bench->rows * SIDE, sizeof(float));
	bench->b = ff_arena_take(&bench->arena, (size_t)SIDE * SIDE, sizeof(float));
	bench->c = ff_arena_take(&bench->arena, bench->threads * bench->rows * SIDE, sizeof(float));
	bench->x = ff_arena_take(&bench->arena, bench->large, sizeof(float));
	bench->y = ff_arena_take(&bench->arena, bench->large, sizeof(float));
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
		float *c = bench->c + thread * bench->rows * SIDE;
		for (size_t call = 0; call < p->calls; call++) /* a team of one is this thread alone */
			ff_gemm(&(struct ff_team){1}, false, p->rows, SIDE, SIDE, bench->a, bench->b, 0, c);
	}
}

static double product_seconds(const struct bench *bench, size_t rows, size_t calls, int n)
{
	const struct ff_team team = {(int)bench->threads};
	double tries[TRIES];
	struct products products = {bench, rows, calls};
	for (int i = 0; i < n; i++) {
		double started = ff_clock();
		ff_team_for(&team, bench->threads, 1, multiply, &products);
		tries[i] = (ff_clock() - started) / (double)calls;
	}
	return median(tries, n);
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
static double region_seconds(int threads, double patience)
{
	const struct ff_team team = {threads};
	double tries[TRIES];
	const double begun = ff_clock(); /* on a busy machine threads wait long for their turn */
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
static void measure_products(const struct bench *bench, struct ff_rates *rates)
{
	double few = product_seconds(bench, FEW, CALLS * MANY / FEW, TRIES); /* so that each try takes as long */
	double many = product_seconds(bench, MANY, CALLS, TRIES);
	double row = fmax((many - few) / (MANY - FEW), 0.5 * many / MANY);
	rates->flops = 2.0 * SIDE * SIDE / row;
	rates->packing = fmax(many / row - MANY, 0);
}

/* A hand-off takes less: only one of the two may have to wake. */
static void measure_meetings(int threads, double patience, struct ff_rates *rates)
{
	if (threads == 1)
		return;
	rates->region = region_seconds(threads, patience);
	rates->hand_off = rates->region / 2;
}

static ff_status open_bench(struct bench *bench, struct ff_error *error)
{
	layout(bench);
	FF_TRY(ff_arena_init(&bench->arena, error));
	layout(bench);
	fill(bench->a, bench->rows * SIDE);
	fill(bench->b, (size_t)SIDE * SIDE);
	return FF_OK;
}

ff_status ff_calibrate(int threads, int nodes, struct ff_rates *rates, struct ff_error *error)
{
	struct bench bench = {.rows = MANY, .large = LARGE, .threads = (size_t)threads, .times = 1};
	const struct ff_team all = {threads};
	FF_TRY(open_bench(&bench, error));
	ff_team_for(&all, LARGE, 1024, update, &bench); /* first touched by those who will use it */
	*rates = ff_rates_table;
	measure_products(&bench, rates);
	rates->cache_bandwidth = bandwidth(&bench, 1, CACHED, 8);
	rates->bandwidth = bandwidth(&bench, 1, LARGE, 1);
	rates->node_bandwidth = fmax(rates->bandwidth, bandwidth(&bench, threads, LARGE, 1) / nodes);
	measure_meetings(threads, 0.1, rates);
	ff_arena_fini(&bench.arena);
	return FF_OK;
}

/* ---- for a run ---- */

struct ff_rates ff_rates_of_run(const struct ff_rates *measured)
{
	struct ff_rates rates = ff_rates_table;
	rates.flops = measured->flops;
	rates.region = measured->region;
	rates.hand_off = measured->hand_off;
	return rates;
}

struct glance {
	int threads;
	struct ff_rates rates;
};

/* Packing takes the table's share of a product. */
static void *take_glance(void *context)
{
	struct glance *glance = context;
	struct bench bench = {.rows = BATCH, .threads = (size_t)glance->threads};
	if (open_bench(&bench, NULL) != FF_OK)
		return NULL;
	double seconds = product_seconds(&bench, BATCH, 1, GLANCES);
	glance->rates.flops = 2.0 * SIDE * SIDE * (BATCH + glance->rates.packing) / seconds;
	measure_meetings(glance->threads, 0.01, &glance->rates);
	ff_arena_fini(&bench.arena);
	return NULL;
}

struct ff_rates ff_rates_in_a_blink(int threads)
{
	pthread_t thread; /* whose team of OpenMP's ends with it */
	struct glance glance = {threads, ff_rates_table};
	if (pthread_create(&thread, NULL, take_glance, &glance) == 0)
		pthread_join(thread, NULL);
	return glance.rates;
}

struct ff_machine_model ff_machine_model_here(const struct ff_experiment *experiment, struct ff_topology *topology)
{
	if (ff_topology_init(topology, &(struct ff_topology_options){0}, NULL) != FF_OK)
		*topology = (struct ff_topology){0};
	const int cores = topology->here ? topology->n_places : ff_team_available();
	const bool open = ff_graph_is_open(experiment) && cores > 1;
	const struct ff_rates rates = open ? ff_rates_in_a_blink(cores) : ff_rates_table;
	return topology->here ? ff_machine_model_of(topology, &rates) : ff_machine_model_flat(cores, &rates);
}

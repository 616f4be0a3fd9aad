#include "plan/calibrate.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "machine/team.h"
#include "machine/threads.h"
#include "plan/lead.h"
#include "product/gemm.h"

enum {
	SIDE = 768,       /* of the square matrix B */
	FEW = 24,         /* rows */
	MANY = 480,       /* rows; below FF_GEMM_LARGE, as mini-batches are */
	TRIES = 7,        /* the median of them counts, or the minimum */
	CALLS = 4,        /* products of MANY rows in a try */
	CACHED = 1 << 19, /* floats of each array that fit into the cache of a core or a shared one */
	LARGE = 1 << 23,  /* floats of each array that fit into no usual cache */
	REGIONS = 400,    /* at most */
	FEW_REGIONS = 20, /* at least */
	BATCH = 96,       /* rows in the brief measurement */
	BRIEF_TRIES = 5,
	BRIEF_CALLS = 2,
};
/* Seconds of the leader's own work between regions, as in the steps of small nets, where the cost of regions matters.
 * By then the other threads have stopped spinning; after twice as long their processors may be in a deeper sleep
 * state. */
static const double GAP = 50e-6;

struct bench {
	struct ff_arena arena;
	float *a, *b, *c; /* of products [rows x SIDE], [SIDE x SIDE], and one [rows x SIDE] a thread */
	float *x, *y;     /* [large] */
	size_t rows, large;
	size_t threads; /* one per core of the machine */
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

/* Reads two arrays and writes both, like an optimizer's step over weights and state. */
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

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double tries[], int n)
{
	qsort(tries, (size_t)n, sizeof *tries, by_size);
	return tries[n / 2];
}

/* Mean of all but the largest tenth, of at least one. */
static double trimmed_mean(double tries[], int n)
{
	double sum = 0;
	int kept = n > 1 ? n - (n + 9) / 10 : n;
	qsort(tries, (size_t)n, sizeof *tries, by_size);
	for (int i = 0; i < kept; i++)
		sum += tries[i];
	return sum / kept;
}

/* Products of so many rows, one by each thread at the same time: a core's rate falls when the others work too. */
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

/* Bytes read and written a second. */
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

/* Seconds of a parallel region of two threads. A region of `threads` threads takes log2(threads) times that, since they
 * synchronise in a tree. Some tries find threads asleep, which counts; a few find a processor in use by another
 * process, which is trimmed. */
static double region_seconds(int threads, double patience)
{
	const struct ff_team team = {threads};
	double tries[REGIONS];
	const double begun = ff_clock();
	int n = 0;
	while (n < REGIONS && (n < FEW_REGIONS || ff_clock() - begun < patience)) {
		const double pause = ff_clock();
		while (ff_clock() - pause < GAP)
			;
		double started = ff_clock();
		ff_team_for(&team, (size_t)threads, 1, nothing, NULL);
		tries[n++] = ff_clock() - started;
	}
	return trimmed_mean(tries, n) / log2(threads);
}

/* Fills x without zeros, because products skip zeros. */
static void fill(float *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 1 + 0.125F * (float)(i % 7);
}

/* Two measurements separate the time of a row from the time of packing, as a product's time is linear in its rows. */
static void measure_products(const struct bench *bench, struct ff_rates *rates)
{
	double few = product_seconds(bench, FEW, CALLS * MANY / FEW, TRIES); /* so that each try takes as long */
	double many = product_seconds(bench, MANY, CALLS, TRIES);
	double row = fmax((many - few) / (MANY - FEW), 0.5 * many / MANY);
	rates->flops = 2.0 * SIDE * SIDE / row;
	rates->packing = fmax(many / row - MANY, 0);
}

/* Measures within a cache domain if it has two cores, otherwise between cores that are as far apart as the model knows.
 * A hand-off takes less than a region: only one of two threads has to wake up. */
static void measure_regions(const struct ff_machine_model *machine, int threads, double patience,
                            struct ff_rates *rates)
{
	int near = threads < machine->domain ? threads : machine->domain, team = near < 2 ? 2 : near;
	double far = (team > machine->domain ? 2 : 1) * (team > machine->package ? 2 : 1);
	if (threads < 2)
		return;
	rates->region = region_seconds(team, patience) / far;
	rates->hand_off = rates->region / 4;
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

ff_status ff_calibrate(const struct ff_machine_model *machine, struct ff_rates *rates, struct ff_error *error)
{
	const double patience = 0.1; /* on a busy machine threads wait long for a processor */
	struct bench bench = {.rows = MANY, .large = LARGE, .threads = (size_t)machine->cores, .times = 1};
	const struct ff_team all = {machine->cores};
	FF_TRY(open_bench(&bench, error));
	ff_team_for(&all, LARGE, 1024, update, &bench); /* first touched by the threads that use it */
	*rates = ff_rates_table;
	measure_products(&bench, rates);
	rates->cache_bandwidth = bandwidth(&bench, 1, CACHED, 8);
	rates->bandwidth = bandwidth(&bench, 1, LARGE, 1);
	rates->node_bandwidth = fmax(rates->bandwidth, bandwidth(&bench, machine->cores, LARGE, 1) / machine->nodes);
	measure_regions(machine, machine->cores, patience, rates);
	ff_arena_fini(&bench.arena);
	return FF_OK;
}

/* ---- rates of a run ---- */

struct ff_rates ff_rates_of_run(const struct ff_rates *measured)
{
	struct ff_rates rates = ff_rates_table;
	rates.flops = measured->flops * (BATCH + rates.packing) /
	              (BATCH + measured->packing); /* so that a product of BATCH rows takes as long */
	rates.region = measured->region;
	rates.hand_off = measured->hand_off;
	return rates;
}

struct brief {
	const struct ff_machine_model *machine;
	int threads;
	struct ff_rates rates;
};

/* Assumes that packing takes the same share of a product as in the table. */
static void *measure_briefly(void *context)
{
	const double patience = 0.01;
	struct brief *brief = context;
	struct bench bench = {.rows = BATCH, .threads = (size_t)brief->threads};
	if (open_bench(&bench, NULL) != FF_OK)
		return NULL;
	double seconds = product_seconds(&bench, BATCH, BRIEF_CALLS, BRIEF_TRIES);
	brief->rates.flops = 2.0 * SIDE * SIDE * (BATCH + brief->rates.packing) / seconds;
	measure_regions(brief->machine, brief->threads, patience, &brief->rates);
	ff_arena_fini(&bench.arena);
	return NULL;
}

struct ff_rates ff_calibrate_briefly(const struct ff_machine_model *machine, int threads)
{
	pthread_t thread;
	sigset_t every, before;
	struct brief brief = {machine, threads, ff_rates_table};
	if (ff_threads_check(threads, NULL) != FF_OK)
		return ff_rates_table;
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before); /* the caller's thread handles signals */
	int failed = pthread_create(&thread, NULL, measure_briefly, &brief);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!failed)
		pthread_join(thread, NULL);
	return brief.rates;
}

struct ff_machine_model ff_machine_model_here(const struct ff_experiment *experiment, struct ff_topology *topology)
{
	if (ff_topology_init(topology, &(struct ff_topology_options){0}, NULL) != FF_OK)
		*topology = (struct ff_topology){0};
	struct ff_machine_model machine = topology->here ? ff_machine_model_of(topology, &ff_rates_table)
	                                                 : ff_machine_model_flat(ff_team_available(), &ff_rates_table);
	int64_t total = experiment->execution.threads;
	int threads = total == FF_AUTO || total > machine.cores ? machine.cores : (int)total;
	if (threads > 1 && ff_graph_uses_rates(experiment))
		machine.rates = ff_calibrate_briefly(&machine, threads);
	return machine;
}

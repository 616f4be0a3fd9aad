#define _GNU_SOURCE /* processor affinity */
#include "bench/bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/rng.h"
#include "ffengine/version.h"
#include "machine/team.h"
#include "product/gemm.h"

void bench_add(struct bench_times *times, double seconds)
{
	if (times->n < BENCH_MAX_ROUNDS)
		times->seconds[times->n++] = seconds;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(const double *values, int n)
{
	double sorted[BENCH_MAX_ROUNDS];
	memcpy(sorted, values, (size_t)n * sizeof *sorted);
	qsort(sorted, (size_t)n, sizeof *sorted, by_size);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double bench_median(const struct bench_times *times)
{
	return median(times->seconds, times->n);
}

double bench_least(const struct bench_times *times)
{
	double least = times->seconds[0];
	for (int i = 1; i < times->n; i++)
		least = times->seconds[i] < least ? times->seconds[i] : least;
	return least;
}

double bench_most(const struct bench_times *times)
{
	double most = times->seconds[0];
	for (int i = 1; i < times->n; i++)
		most = times->seconds[i] > most ? times->seconds[i] : most;
	return most;
}

double bench_median_ratio(const struct bench_times *a, const struct bench_times *b)
{
	double ratios[BENCH_MAX_ROUNDS];
	for (int i = 0; i < a->n; i++)
		ratios[i] = a->seconds[i] / b->seconds[i];
	return median(ratios, a->n);
}

void bench_print_machine(const char *name, int threads)
{
	json_t *line = json_pack("{s:s, s:s, s:i}", "bench", name, "machine", ff_version_details(), "threads", threads);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static int number(const char *text, int most)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (*end || end == text || n < 1 || n > most) {
		fprintf(stderr, "bench: '%s' is not a number from 1 to %d\n", text, most);
		exit(FF_ERROR_USAGE);
	}
	return (int)n;
}

void bench_options(int argc, char **argv, int *threads, int *rounds)
{
	*threads = ff_team_available();
	for (int i = 1; i < argc; i += 2) {
		int *option = strcmp(argv[i], "--threads") == 0  ? threads
		              : strcmp(argv[i], "--rounds") == 0 ? rounds
		                                                 : NULL;
		if (!option || i + 1 == argc) {
			fprintf(stderr, "usage: %s [--threads N] [--rounds N]\n", argv[0]);
			exit(FF_ERROR_USAGE);
		}
		*option = number(argv[i + 1], option == rounds ? BENCH_MAX_ROUNDS : 4096);
	}
}

float *bench_matrix(size_t n, unsigned stream)
{
	float *a = aligned_alloc(64, (n * sizeof *a + 63) / 64 * 64);
	if (!a) {
		fprintf(stderr, "bench: no memory for %zu numbers\n", n);
		exit(FF_ERROR_MEMORY);
	}
	for (size_t i = 0; i < n; i++)
		a[i] = (float)ff_random_normal(ff_random_at(1, FF_PURPOSE_WEIGHT, stream, 0, (uint32_t)i));
	return a;
}

void bench_limit_spinning(char **argv)
{
	if (!getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY") && setenv("GOMP_SPINCOUNT", "1000", 0) == 0)
		(void)execv("/proc/self/exe", argv);
}

void bench_stay_on(int n)
{
	cpu_set_t may, shall;
	CPU_ZERO(&shall);
	if (n > ff_team_available() || sched_getaffinity(0, sizeof may, &may) != 0) {
		fprintf(stderr, "bench: there are no %d processors\n", n);
		exit(FF_ERROR_USAGE);
	}
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&shall) < n; i++)
		if (CPU_ISSET(i, &may))
			CPU_SET(i, &shall);
	(void)sched_setaffinity(0, sizeof shall, &shall);
}

void bench_sgemm_init(struct bench_sgemm *sgemm)
{
	sgemm->a = bench_matrix(BENCH_SGEMM * BENCH_SGEMM, 3);
	sgemm->b = bench_matrix(BENCH_SGEMM * BENCH_SGEMM, 4);
	sgemm->c = bench_matrix(BENCH_SGEMM * BENCH_SGEMM, 5);
}

void bench_sgemm_free(struct bench_sgemm *sgemm)
{
	free(sgemm->a), free(sgemm->b), free(sgemm->c);
}

double bench_sgemm_seconds(const struct bench_sgemm *sgemm, int threads)
{
	const struct ff_team team = {threads};
	double started = ff_clock();
	ff_gemm(&team, false, BENCH_SGEMM, BENCH_SGEMM, BENCH_SGEMM, sgemm->a, sgemm->b, 0.0F, sgemm->c);
	return ff_clock() - started;
}

double bench_sgemm_flops(void)
{
	return 2.0 * BENCH_SGEMM * BENCH_SGEMM * BENCH_SGEMM;
}

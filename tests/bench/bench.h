/* What the bench programs share: medians, JSON lines on standard output, and the product that others are measured
 * by. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>

enum { BENCH_MAX_ROUNDS = 101 };

/* Timed rounds of one thing, in seconds. */
struct bench_times {
	int n;
	double seconds[BENCH_MAX_ROUNDS];
};

void bench_add(struct bench_times *times, double seconds);

/* Median over the rounds; of a[i] / b[i] for the ratio, so that drift of the machine's speed cancels out. */
double bench_median(const struct bench_times *times);
double bench_median_ratio(const struct bench_times *a, const struct bench_times *b);

/* The fastest and the slowest round. */
double bench_least(const struct bench_times *times);
double bench_most(const struct bench_times *times);

/* Prints a line {"bench": name, "machine": {...}, "threads": n} that says what the following lines were measured on. */
void bench_print_machine(const char *name, int threads);

/* Parses "--threads N" and "--rounds N" (both optional); exits with 2 and a message on anything else. */
void bench_options(int argc, char **argv, int *threads, int *rounds);

/* A matrix of n standard normal numbers; the caller frees it. Exits with 6 if there is no memory. */
float *bench_matrix(size_t n, unsigned stream);

/* Sets the OpenMP runtime's spin count as `ffengine` does (engine/cli/main.c), which restarts the process. */
void bench_limit_spinning(char **argv);

/* Limits the process to the first n of its processors; exits with 2 if there are fewer. */
void bench_stay_on(int n);

/* The product that other work is compared with: C = A B by ff_gemm(), all [BENCH_SGEMM x BENCH_SGEMM]. */
enum { BENCH_SGEMM = 2000 };

struct bench_sgemm {
	float *a, *b, *c;
};

void bench_sgemm_init(struct bench_sgemm *sgemm);
void bench_sgemm_free(struct bench_sgemm *sgemm);
double bench_sgemm_seconds(const struct bench_sgemm *sgemm, int threads);
double bench_sgemm_flops(void);

#endif

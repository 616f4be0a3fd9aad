/* GFLOP/s of ff_gemm for the engine's shapes: forward, y [R x O] = x [R x I] W [I x O], and gradient,
 * grad W [I x O] (+)= x^T [I x R] delta [R x O]; each also as a share of sgemm on 2000 x 2000 x 2000 with as many
 * threads, and beside other ways to compute the same, in turn in one process.
 *
 * Before it is timed, what each way computes is compared with ff_gemm's, to rounding. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <blis.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "product/blas.h"
#include "product/gemm.h"

enum { SGEMM = 2000, LARGEST = 4000, MAX_ROWS = 2048 };
static const double LEAST_SECONDS = 5e-3; /* shorter products are repeated within a round */

/* One product; w_transposed is W as [O x I], for the ways that take it so. */
struct subject {
	const struct ff_team *team;
	struct ff_product product;
	float *w_transposed;
	size_t tile_rows;
};

typedef void way_fn(struct subject *);

/* ---- ways to compute it ---- */

static void rule(struct subject *s)
{
	struct ff_product *p = &s->product;
	ff_gemm(s->team, p->transpose_a, p->m, p->n, p->k, p->a, p->b, p->beta, p->c);
}

static void row_part(void *context, size_t begin, size_t end)
{
	struct subject *s = context;
	ff_blas_multiply(&s->product, begin, end - begin, 0, s->product.n);
}

static void column_part(void *context, size_t begin, size_t end)
{
	struct subject *s = context;
	ff_blas_multiply(&s->product, 0, s->product.m, begin, end - begin);
}

static void split_rows(struct subject *s)
{
	ff_team_for(s->team, s->product.m, ff_blas_grain.rows, row_part, s);
}

static void split_columns(struct subject *s)
{
	ff_team_for(s->team, s->product.n, ff_blas_grain.columns, column_part, s);
}

/* Blocks of the same area whatever the shape of C: each packs its share of both operands. */
enum { BLOCK = 512 };

static void block_part(void *context, size_t begin, size_t end)
{
	struct subject *s = context;
	const struct ff_product *p = &s->product;
	size_t across = (p->n + BLOCK - 1) / BLOCK;
	for (size_t i = begin; i < end; i++) {
		size_t row = i / across * BLOCK, column = i % across * BLOCK;
		ff_blas_multiply(p, row, p->m - row < BLOCK ? p->m - row : BLOCK, column,
		                 p->n - column < BLOCK ? p->n - column : BLOCK);
	}
}

static void split_blocks(struct subject *s)
{
	size_t across = (s->product.n + BLOCK - 1) / BLOCK, down = (s->product.m + BLOCK - 1) / BLOCK;
	ff_team_for(s->team, across * down, 1, block_part, s);
}

/* Tiles of whole rows, as if something were done to each straight after. */
static void tile_part(void *context, size_t begin, size_t end)
{
	struct subject *s = context;
	size_t m = s->product.m, rows = s->tile_rows;
	for (size_t row = begin * rows; row < m && row < end * rows; row += rows)
		ff_blas_multiply(&s->product, row, m - row < rows ? m - row : rows, 0, s->product.n);
}

static void tiles_of(struct subject *s, size_t rows)
{
	s->tile_rows = rows;
	ff_team_for(s->team, (s->product.m + rows - 1) / rows, 1, tile_part, s);
}

static void tiles_48(struct subject *s)
{
	tiles_of(s, 48);
}

static void tiles_96(struct subject *s)
{
	tiles_of(s, 96);
}

static void tiles_240(struct subject *s)
{
	tiles_of(s, 240);
}

static void tiles_480(struct subject *s)
{
	tiles_of(s, 480);
}

/* BLIS with its small-matrix path allowed (it keeps to its own limits), or with W as [O x I]. */
static void blis(struct subject *s, bool small, bool transposed, size_t column, size_t columns)
{
	struct ff_product *p = &s->product;
	rntm_t runtime;
	bli_rntm_init(&runtime);
	bli_rntm_set_num_threads(1, &runtime);
	if (!small)
		bli_rntm_disable_l3_sup(&runtime);
	float alpha = 1.0F;
	float *b = transposed ? s->w_transposed + column * p->k : (float *)(uintptr_t)p->b + column;
	bli_sgemm_ex(p->transpose_a ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE,
	             transposed ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, (dim_t)p->m, (dim_t)columns, (dim_t)p->k, &alpha,
	             (float *)(uintptr_t)p->a, (inc_t)(p->transpose_a ? p->m : p->k), 1, b,
	             (inc_t)(transposed ? p->k : p->n), 1, &p->beta, p->c + column, (inc_t)p->n, 1, NULL, &runtime);
}

static void small_part(void *context, size_t begin, size_t end)
{
	blis(context, true, false, begin, end - begin);
}

static void transposed_part(void *context, size_t begin, size_t end)
{
	blis(context, false, true, begin, end - begin);
}

static void small_path(struct subject *s)
{
	ff_team_for(s->team, s->product.n, ff_blas_grain.columns, small_part, s);
}

static void w_transposed(struct subject *s)
{
	ff_team_for(s->team, s->product.n, ff_blas_grain.columns, transposed_part, s);
}

static const struct way {
	const char *name;
	way_fn *run;
	bool forward_only;
} WAYS[] = {
    {"rule", rule, false},
    {"rows", split_rows, false},
    {"columns", split_columns, false},
    {"blocks of 512", split_blocks, false},
    {"tiles of 48 rows", tiles_48, false},
    {"tiles of 96 rows", tiles_96, false},
    {"tiles of 240 rows", tiles_240, false},
    {"tiles of 480 rows", tiles_480, false},
    {"BLIS's small path", small_path, false},
    {"W as [O x I]", w_transposed, true},
};
enum { N_WAYS = sizeof WAYS / sizeof *WAYS };

/* ---- measuring ---- */

/* After a run outside the clock: what the way before it left in the caches is not its doing. */
static double seconds_of(const struct way *way, struct subject *s, int times)
{
	way->run(s);
	double started = ff_clock();
	for (int i = 0; i < times; i++)
		way->run(s);
	return (ff_clock() - started) / times;
}

static void verify(const struct way *way, struct subject *s, float *wanted)
{
	struct ff_product *p = &s->product;
	float beta = p->beta, *c = p->c;
	p->beta = 0;
	way->run(s);
	p->c = wanted;
	rule(s);
	p->c = c;
	p->beta = beta;
	for (size_t i = 0; i < p->m * p->n; i++)
		if (!(fabsf(c[i] - wanted[i]) <= 1e-3F * sqrtf((float)p->k))) {
			fprintf(stderr, "gemm: %s gives %g, not %g\n", way->name, (double)c[i], (double)wanted[i]);
			exit(1);
		}
	memset(c, 0, p->m * p->n * sizeof *c); /* for sums that stay finite */
}

static void report(const struct subject *s, const char *way, const struct bench_times *times,
                   const struct bench_times *sgemm)
{
	const struct ff_product *p = &s->product;
	double flops = 2.0 * (double)p->m * (double)p->n * (double)p->k, of_sgemm = 2.0 * SGEMM * SGEMM * SGEMM;
	printf("{\"bench\":\"gemm\",\"what\":\"%s\",\"beta\":%g,\"rows\":%zu,\"inputs\":%zu,\"outputs\":%zu,"
	       "\"threads\":%d,\"way\":\"%s\",\"gflops\":%.1f,\"share_of_sgemm\":%.3f,\"rounds\":%d}\n",
	       p->transpose_a ? "gradient" : "forward", (double)p->beta, p->transpose_a ? p->k : p->m,
	       p->transpose_a ? p->m : p->k, p->n, s->team->threads, way, 1e-9 * flops / bench_median(times),
	       flops / of_sgemm * bench_median_ratio(sgemm, times), times->n);
	fflush(stdout);
}

/* The matrices that all subjects share: each has the largest one's size. */
struct matrices {
	float *x, *w, *wt, *c, *wanted;
};

/* Adding to C makes little difference: it is measured of the rule alone. */
static bool applies(int way, const struct subject *s)
{
	return way == 0 || (s->product.beta == 0 && !(WAYS[way].forward_only && s->product.transpose_a));
}

static void bench_subject(struct subject *s, struct subject *sgemm, float *wanted, int rounds)
{
	struct bench_times times[N_WAYS] = {0}, reference = {0};
	int repeats[N_WAYS];
	for (int w = 0; w < N_WAYS; w++) {
		if (!applies(w, s))
			continue;
		verify(&WAYS[w], s, wanted);
		repeats[w] = 1 + (int)(LEAST_SECONDS / seconds_of(&WAYS[w], s, 1));
	}
	for (int i = 0; i < rounds; i++) {
		bench_add(&reference, seconds_of(&WAYS[0], sgemm, 1));
		for (int j = 0; j < N_WAYS; j++) {
			int w = (i + j) % N_WAYS; /* not the same one behind sgemm every time */
			if (applies(w, s))
				bench_add(&times[w], seconds_of(&WAYS[w], s, repeats[w]));
		}
	}
	for (int w = 0; w < N_WAYS; w++)
		if (applies(w, s))
			report(s, WAYS[w].name, &times[w], &reference);
}

static struct subject subject_of(const struct ff_team *team, const struct matrices *matrices, bool transpose, size_t m,
                                 size_t n, size_t k)
{
	return (struct subject){.team = team,
	                        .product = {.transpose_a = transpose,
	                                    .m = m,
	                                    .n = n,
	                                    .k = k,
	                                    .a = matrices->x,
	                                    .b = matrices->w,
	                                    .c = matrices->c}};
}

static void bench_shape(const struct matrices *matrices, size_t rows, size_t inputs, size_t outputs, int threads,
                        int rounds)
{
	struct ff_team team = {threads};
	struct subject sgemm = subject_of(&team, matrices, false, SGEMM, SGEMM, SGEMM);
	struct subject subjects[] = {
	    subject_of(&team, matrices, false, rows, outputs, inputs),
	    subject_of(&team, matrices, true, inputs, outputs, rows),
	    subject_of(&team, matrices, true, inputs, outputs, rows),
	};
	subjects[0].w_transposed = matrices->wt;
	subjects[2].product.beta = 1;
	for (size_t i = 0; i < inputs; i++)
		for (size_t j = 0; j < outputs; j++)
			matrices->wt[j * inputs + i] = matrices->w[i * outputs + j];
	for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++)
		bench_subject(&subjects[i], &sgemm, matrices->wanted, rounds);
}

int main(int argc, char **argv)
{
	static const size_t SHAPES[][2] = {{784, 64},    {64, 32},   {784, 1000}, {1000, 1000}, {784, 2000},
	                                   {2000, 2000}, {2000, 10}, {250, 250},  {500, 500},   {LARGEST, LARGEST}};
	static const size_t ROWS[] = {100, 200, 300, 1000, MAX_ROWS};
	int threads, rounds = 3;
	bench_options(argc, argv, &threads, &rounds);
	bench_print_machine("gemm", threads);
	size_t matrix = (size_t)LARGEST * LARGEST, tall = (size_t)MAX_ROWS * LARGEST;
	struct matrices matrices = {bench_matrix(tall, 1), bench_matrix(matrix, 2), bench_matrix(matrix, 3),
	                            bench_matrix(matrix, 4), bench_matrix(matrix, 5)};
	for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
		for (size_t r = 0; r < sizeof ROWS / sizeof *ROWS; r++)
			bench_shape(&matrices, ROWS[r], SHAPES[i][0], SHAPES[i][1], threads, rounds);
	free(matrices.x), free(matrices.w), free(matrices.wt), free(matrices.c), free(matrices.wanted);
	return 0;
}

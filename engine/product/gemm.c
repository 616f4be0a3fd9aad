#include "product/gemm.h"

#include <assert.h>
#include <stdio.h>

#include "product/blas.h"
#include "product/gemm_sets.h"

/* A product, who computes its parts, and what is to be done with its rows or blocks. */
struct work {
	struct ff_product product;
	const struct ff_simd_gemm *own; /* NULL: the library */
	struct ff_blas_grain share;     /* parts are multiples of it */
	const struct ff_block_user *user;
	ff_range_fn *then; /* NULL: nothing */
	void *context;
	size_t grain;
	bool by_parts; /* each thread does so with the rows that it has just computed */
};

/* The share of A's numbers that are not 0, from runs of them evenly spread over its rows and columns. */
static double density(const struct ff_product *p)
{
	enum { RUNS = 64, RUN = 32, STEP = 29 /* has no factor in common with RUNS */ };
	size_t rows = p->transpose_a ? p->k : p->m, columns = p->transpose_a ? p->m : p->k;
	size_t run = columns < RUN ? columns : RUN, some = 0;
	for (size_t i = 0; i < RUNS; i++) {
		size_t row = i * rows / RUNS, column = i * STEP % RUNS * (columns - run) / (RUNS - 1);
		const float *at = p->a + (p->transpose_a ? ff_product_row(p, row) : row) * columns + column;
		for (size_t j = 0; j < run; j++)
			some += at[j] != 0.0F;
	}
	return (double)some / (double)(RUNS * run);
}

static bool worth_splitting(const struct ff_product *p)
{
	return p->m * p->n * p->k >= FF_GEMM_WORTH_SPLITTING;
}

/* Are there so few numbers in op(A) that are not 0 that leaving out the others is faster? The limits are measured
 * (tests/bench/NOTEBOOK.md): finding the zeros costs more in columns than in rows, and has to pay over C's columns. */
static bool is_sparse(const struct ff_product *p)
{
	enum { LEAST_COLUMNS = 17, FEW_COLUMNS = 64 };
	double limit = p->transpose_a ? 0.35 : 0.5;
	if (p->n <= FEW_COLUMNS)
		limit /= 2;
	return worth_splitting(p) && p->n >= LEAST_COLUMNS && density(p) < limit;
}

/* Are so many of B's columns 0 that code of our own, which leaves them out, is faster than the library? For all of them
 * that takes 0.87 to 1.0 of its time. */
static bool has_dead_columns(const struct ff_product *p)
{
	size_t words = p->live && !p->pick ? ff_live_blocks(p->k) * ff_live_words(p->n) : 0, live = 0;
	for (size_t i = 0; i < words; i++)
		live += (size_t)__builtin_popcount(p->live[i]);
	return words && live < words * FF_LIVE_COLUMNS * 7 / 8;
}

/* Code of our own wherever there is any: narrow layers and few rows are what it is for, and it alone knows panels. The
 * library's sums for other large products, where it is faster and they are alike, for else a row's bits would depend on
 * how many others there are. */
static void choose(struct work *work)
{
	const struct ff_simd_gemm *own = ff_simd_gemm_best();
	const struct ff_product *p = &work->product;
	bool large = p->m >= FF_GEMM_LARGE && p->n >= FF_GEMM_LARGE && p->k >= FF_GEMM_LARGE;
	bool library = !own || (large && ff_blas_for_large() && !has_dead_columns(p));
	assert(own || !(p->csr || p->panel));
	work->product.skip_zeros = own && !p->csr && is_sparse(p);
	work->own = p->csr || p->skip_zeros || p->pick || p->panel || !library ? own : NULL;
	work->share = work->own ? (struct ff_blas_grain){FF_SIMD_ROW_GRAIN, FF_SIMD_COLUMN_GRAIN} : ff_blas_grain;
}

static void multiply_part(const struct work *work, size_t row, size_t rows, size_t column, size_t columns)
{
	if (work->own)
		work->own->multiply(&work->product, row, rows, column, columns, work->user);
	else
		ff_blas_multiply(&work->product, row, rows, column, columns);
}

/* And what is to be done with them, if that is done part by part. */
static void multiply_rows(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	multiply_part(work, begin, end - begin, 0, work->product.n);
	if (work->by_parts)
		work->then(work->context, begin, end);
}

static void multiply_columns(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	multiply_part(work, 0, work->product.m, begin, end - begin);
}

/* Parts share the operand of the other side, which each thread packs for itself: split the longer side. Of a
 * square, the rows, which is faster (tests/bench/NOTEBOOK.md). */
static void multiply(const struct ff_team *team, struct work *work)
{
	const struct ff_product *p = &work->product;
	bool small = !worth_splitting(p), by_rows = p->m >= p->n;
	choose(work);
	work->by_parts = work->then && by_rows && !small;
	if (small || by_rows)
		ff_team_for(team, p->m, small ? p->m : work->share.rows, multiply_rows, work);
	else
		ff_team_for(team, p->n, work->share.columns, multiply_columns, work);
	if (work->then && !work->by_parts)
		ff_team_for(team, p->m, work->grain, work->then, work->context);
}

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	struct work work = {
	    .product = {.transpose_a = transpose_a, .m = m, .n = n, .k = k, .a = a, .b = b, .beta = beta, .c = c}};
	multiply(team, &work);
}

/* A^T B of all rows, or of those picked where code of our own computes it and there are few enough for the library not
 * to be faster. */
static struct ff_product deltas_product(size_t m, size_t n, size_t k, struct ff_rows a, struct ff_deltas b, float beta,
                                        float *c)
{
	bool few = b.pick && ff_simd_gemm_best() && b.picked < k - k / 8;
	return (struct ff_product){.transpose_a = true,
	                           .m = m,
	                           .n = n,
	                           .k = few ? b.picked : k,
	                           .a = a.dense,
	                           .csr = a.csr,
	                           .b = b.numbers,
	                           .pick = few ? b.pick : NULL,
	                           .live = b.live,
	                           .beta = beta,
	                           .c = c};
}

void ff_gemm_deltas(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_deltas b,
                    float beta, float *c)
{
	struct work work = {.product = deltas_product(m, n, k, a, b, beta, c)};
	multiply(team, &work);
}

void ff_gemm_then(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_columns b,
                  float *c, ff_range_fn *then, void *context, size_t grain)
{
	struct work work = {
	    .product = {.m = m, .n = n, .k = k, .a = a.dense, .csr = a.csr, .b = b.numbers, .panel = b.panel, .c = c},
	    .then = then,
	    .context = context,
	    .grain = grain};
	multiply(team, &work);
}

/* ---- block by block ---- */

/* C is there: a block is a range of its rows. */
static void take_rows(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	size_t n = work->product.n;
	ff_block_give(work->user, &(struct ff_block){begin, end - begin, 0, n, work->product.c + begin * n, n});
}

void ff_gemm_blocks(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_deltas b,
                    float *workspace, const struct ff_block_user *user)
{
	struct work work = {.product = deltas_product(m, n, k, a, b, 0.0F, workspace), .own = ff_simd_gemm_best()};
	struct ff_product *p = &work.product;
	if (work.own && p->k <= FF_SIMD_LAST_SECTION) {
		work.user = user;
		p->skip_zeros = !p->csr && is_sparse(p);
		ff_team_for(team, m, worth_splitting(p) ? FF_SIMD_ROW_GRAIN : m, multiply_rows, &work);
	} else {
		multiply(team, &work);
		work.user = user;
		ff_team_for(team, m, ff_team_grain(n), take_rows, &work);
	}
}

size_t ff_gemm_panel(size_t k)
{
	return ff_simd_gemm_best() && k <= FF_SIMD_LAST_SECTION ? FF_PANEL : 0;
}

bool ff_gemm_takes_live(size_t n, size_t k)
{
	return ff_simd_gemm_best() && n >= FF_SIMD_LIVE_COLUMNS && k > FF_SIMD_LAST_SECTION;
}

bool ff_gemm_takes_csr(void)
{
	return ff_simd_gemm_best();
}

const char *ff_gemm_name(void)
{
	static char text[128];
	const struct ff_simd_gemm *own = ff_simd_gemm_best();
	if (own)
		snprintf(text, sizeof text, "ffengine (%s), %s", own->name, ff_blas_name());
	else
		snprintf(text, sizeof text, "%s", ff_blas_name());
	return text;
}

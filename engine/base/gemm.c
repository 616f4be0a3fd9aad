#include "base/gemm.h"

#include "base/blas.h"

enum { WORTH_SPLITTING = 1 << 19 }; /* multiplications: some ten microseconds on one core */

/* A product, and what is to be done with its rows. */
struct work {
	struct ff_product product;
	ff_range_fn *then; /* NULL: nothing */
	void *context;
	size_t grain;
};

static void multiply_rows(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	ff_blas_multiply(&work->product, begin, end - begin, 0, work->product.n);
}

static void multiply_columns(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	ff_blas_multiply(&work->product, 0, work->product.m, begin, end - begin);
}

static void multiply_rows_then(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	multiply_rows(context, begin, end);
	work->then(work->context, begin, end);
}

/* Parts share the operand of the other side, which each thread packs for itself: split the longer side. Of a square, the
 * rows, which is faster (tests/bench/README.md). */
static void multiply(const struct ff_team *team, struct work *work)
{
	const struct ff_product *p = &work->product;
	bool small = p->m * p->n * p->k < WORTH_SPLITTING, by_rows = p->m >= p->n;
	if (!small && by_rows && work->then) {
		ff_team_for(team, p->m, ff_blas_grain.rows, multiply_rows_then, work);
		return;
	}
	if (small || by_rows)
		ff_team_for(team, p->m, small ? p->m : ff_blas_grain.rows, multiply_rows, work);
	else
		ff_team_for(team, p->n, ff_blas_grain.columns, multiply_columns, work);
	if (work->then)
		ff_team_for(team, p->m, work->grain, work->then, work->context);
}

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	struct work work = {.product = {transpose_a, m, n, k, a, b, beta, c}};
	multiply(team, &work);
}

void ff_gemm_then(const struct ff_team *team, size_t m, size_t n, size_t k, const float *a, const float *b, float *c,
                  ff_range_fn *then, void *context, size_t grain)
{
	struct work work = {{false, m, n, k, a, b, 0.0F, c}, then, context, grain};
	multiply(team, &work);
}

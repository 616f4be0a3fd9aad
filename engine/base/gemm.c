#include "base/gemm.h"

#include "base/blas.h"

enum { WORTH_SPLITTING = 1 << 19 }; /* multiplications: some ten microseconds on one core */

/* A product, and what is to be done with its rows. */
struct work {
	struct ff_product product;
	ff_range_fn *then; /* may be NULL */
	void *context;
};

static void multiply_rows(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	ff_blas_multiply(&work->product, begin, end - begin, 0, work->product.n);
	if (work->then)
		work->then(work->context, begin, end);
}

static void multiply_columns(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	ff_blas_multiply(&work->product, 0, work->product.m, begin, end - begin);
}

static void multiply(const struct ff_team *team, struct work *work)
{
	const struct ff_product *p = &work->product;
	if (p->m * p->n * p->k < WORTH_SPLITTING) {
		ff_team_for(team, p->m, p->m, multiply_rows, work);
		return;
	}
	/* Parts share the operand of the other side, which each thread packs for itself: split the longer side. Of a
	 * square, the rows, which is faster (tests/bench/README.md). */
	if (p->m >= p->n) {
		ff_team_for(team, p->m, ff_blas_grain.rows, multiply_rows, work);
		return;
	}
	ff_team_for(team, p->n, ff_blas_grain.columns, multiply_columns, work);
	if (work->then)
		ff_team_for(team, p->m, ff_team_grain(p->n), work->then, work->context);
}

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	struct work work = {{transpose_a, m, n, k, a, b, beta, c}, NULL, NULL};
	multiply(team, &work);
}

void ff_gemm_then(const struct ff_team *team, size_t m, size_t n, size_t k, const float *a, const float *b, float *c,
                  ff_range_fn *then, void *context)
{
	struct work work = {{false, m, n, k, a, b, 0.0F, c}, then, context};
	multiply(team, &work);
}

#include "base/gemm.h"

#include "base/blas.h"

enum { WORTH_SPLITTING = 1 << 19 }; /* multiplications: some ten microseconds on one core */

static void multiply_rows(void *context, size_t begin, size_t end)
{
	const struct ff_product *p = context;
	ff_blas_multiply(p, begin, end - begin, 0, p->n);
}

static void multiply_columns(void *context, size_t begin, size_t end)
{
	const struct ff_product *p = context;
	ff_blas_multiply(p, 0, p->m, begin, end - begin);
}

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	struct ff_product product = {transpose_a, m, n, k, a, b, beta, c};
	if (m * n * k < WORTH_SPLITTING) {
		ff_team_for(team, m, m, multiply_rows, &product);
		return;
	}
	/* Parts share the operand of the other side, which each thread packs for itself: split the longer side. Of a
	 * square, the rows, which is faster (tests/bench/README.md). */
	if (m >= n)
		ff_team_for(team, m, ff_blas_grain.rows, multiply_rows, &product);
	else
		ff_team_for(team, n, ff_blas_grain.columns, multiply_columns, &product);
}

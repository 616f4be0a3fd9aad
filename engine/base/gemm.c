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
	struct ff_product product = {transpose_a, m, n, k, a, b, beta, c, n};
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

struct each_work {
	const struct ff_product *product;
	size_t tile_rows;
	ff_gemm_tile_fn *then;
	void *context;
};

static void multiply_tiles(void *context, size_t begin, size_t end)
{
	const struct each_work *work = context;
	const struct ff_product *p = work->product;
	for (size_t tile = begin; tile < end; tile++) {
		size_t row = tile * work->tile_rows, left = p->m - row;
		size_t rows = left < work->tile_rows ? left : work->tile_rows;
		ff_blas_multiply(p, row, rows, 0, p->n);
		work->then(work->context, row, rows, 0, p->n);
	}
}

void ff_gemm_each(const struct ff_team *team, const struct ff_product *product, size_t tile_rows, ff_gemm_tile_fn *then,
                  void *context)
{
	struct each_work work = {product, tile_rows, then, context};
	ff_team_for(team, (product->m + tile_rows - 1) / tile_rows, 1, multiply_tiles, &work);
}

size_t ff_gemm_tile_rows(size_t n)
{
	enum { TILE_NUMBERS = 1 << 18, BLOCK = 48, LEAST = 5 * BLOCK }; /* 1 MiB: half of a core's second cache */
	size_t rows = TILE_NUMBERS / (n + 1) / BLOCK * BLOCK;
	return rows > LEAST ? rows : LEAST;
}

/* OpenBLAS 0.3 for engine/product/gemm.c. The only file of the engine that includes it. */
#include <stdio.h>
#include <string.h>

#include <cblas.h>

#include "product/blas.h"

/* OpenBLAS chooses its way by the size of a call, and a row's bits by its place in it. So what one call computes is
 * fixed: strips of C of this height or width, never one of a thread's share. */
const struct ff_blas_grain ff_blas_grain = {128, 256};

/* One thread a call. The threads of its own, which it starts before this, stay asleep. */
__attribute__((constructor)) static void stay_on_one_thread(void)
{
	openblas_set_num_threads(1);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void multiply(const struct ff_product *p, size_t row, size_t rows, size_t column, size_t columns)
{
	cblas_sgemm(CblasRowMajor, p->transpose_a ? CblasTrans : CblasNoTrans, CblasNoTrans, (blasint)rows,
	            (blasint)columns, (blasint)p->k, 1.0F, p->a + (p->transpose_a ? row : row * p->k),
	            (blasint)(p->transpose_a ? p->m : p->k), p->b + column, (blasint)p->n, p->beta,
	            p->c + row * p->n + column, (blasint)p->n);
}

void ff_blas_multiply(const struct ff_product *p, size_t row, size_t rows, size_t column, size_t columns)
{
	if (columns < p->n || (rows == p->m && p->m < p->n))
		for (size_t at = 0; at < columns; at += ff_blas_grain.columns)
			multiply(p, row, rows, column + at, least(columns - at, ff_blas_grain.columns));
	else
		for (size_t at = 0; at < rows; at += ff_blas_grain.rows)
			multiply(p, row + at, least(rows - at, ff_blas_grain.rows), column, columns);
}

bool ff_blas_rows_alone(void)
{
	return false;
}

bool ff_blas_sums_alike(void)
{
	return false;
}

bool ff_blas_for_large(void)
{
	return false;
}

const char *ff_blas_name(void)
{
	static char text[96];
	const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 DYNAMIC_ARCH ..." */
	const char *space = strchr(config, ' ');
	const char *end = space ? strchr(space + 1, ' ') : NULL;
	int length = end ? (int)(end - config) : (int)strlen(config);
	snprintf(text, sizeof text, "%.*s (%s)", length, config, openblas_get_corename());
	return text;
}

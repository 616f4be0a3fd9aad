/* What engine/base/gemm.c asks of the library that multiplies matrices: engine/base/gemm_blis.c with BLIS,
 * engine/base/gemm_openblas.c with OpenBLAS. Nobody else includes this but tests. */
#ifndef ENGINE_BASE_BLAS_H
#define ENGINE_BASE_BLAS_H

#include "base/gemm.h"

/* The operands of ff_gemm(). */
struct ff_product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b;
	float beta;
	float *c;
};

/* Parts of C begin at multiples of these, and the bits of C do not depend on which multiples. BLIS: blocks that the
 * kernels keep in registers, so that parts waste no lane. OpenBLAS: what one call computes. */
extern const struct ff_blas_grain {
	size_t rows, columns;
} ff_blas_grain;

/* Rows [row, row + rows) and columns [column, column + columns) of C, by the calling thread alone: all of C's columns
 * or all of its rows. */
void ff_blas_multiply(const struct ff_product *product, size_t row, size_t rows, size_t column, size_t columns);

#endif

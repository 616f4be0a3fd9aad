/* What engine/product/gemm.c asks of BLIS (engine/product/gemm_blis.c). Nobody else includes this but tests. */
#ifndef ENGINE_PRODUCT_BLAS_H
#define ENGINE_PRODUCT_BLAS_H

#include "product/product.h"

/* Parts of C begin at multiples of these, and the bits of C do not depend on which multiples. They are blocks
 * that its kernels keep in registers, so that parts waste no lane. */
struct ff_blas_grain {
	size_t rows, columns;
};
extern const struct ff_blas_grain ff_blas_grain;

/* Rows [row, row + rows) and columns [column, column + columns) of C, by the calling thread alone: all of C's columns
 * or all of its rows. */
void ff_blas_multiply(const struct ff_product *product, size_t row, size_t rows, size_t column, size_t columns);

/* Does it sum as product/gemm_simd.h does, to the same bits? */
bool ff_blas_sums_alike(void);

/* Is it, besides, faster than code of our own where all sides are large (tests/bench/NOTEBOOK.md)? */
bool ff_blas_for_large(void);

/* "BLIS 0.9.0 (haswell)". Static storage; not thread-safe on the first call. */
const char *ff_blas_name(void);

#endif

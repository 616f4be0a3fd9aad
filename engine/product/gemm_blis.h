/* BLIS 0.9 for engine/product/gemm.c, on processors without AVX2 and FMA. The only file that includes blis.h is
 * gemm_blis.c. */
#ifndef ENGINE_PRODUCT_GEMM_BLIS_H
#define ENGINE_PRODUCT_GEMM_BLIS_H

#include "product/product.h"

/* Rows [row, row + rows) and columns [column, column + columns) of C, by the calling thread alone. An element's bits
 * depend on its row of op(A) and its column of B alone. */
void ff_blis_multiply(const struct ff_product *product, size_t row, size_t rows, size_t column, size_t columns);

/* "BLIS 0.9.0 (haswell)". Static storage; not thread-safe on the first call. */
const char *ff_blis_name(void);

#endif

/* The operands of a matrix product, as ff_gemm() takes them. */
#ifndef ENGINE_BASE_PRODUCT_H
#define ENGINE_BASE_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/lists.h"

/* C = op(A) B + beta C. */
struct ff_product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b;
	float beta;
	float *c;
	const uint32_t
	    *pick; /* [k] of A^T B: the rows of A and of B that are multiplied, in this order; NULL: the first k */
	const struct ff_listed *listed; /* A's rows, where A comes as lists and `a` is NULL; else NULL */
};

/* The row of B, and with transpose_a of A, that value k of the sums comes from. */
static inline size_t ff_product_row(const struct ff_product *product, size_t k)
{
	return product->pick ? product->pick[k] : k;
}

#endif

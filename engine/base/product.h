/* The operands of a matrix product, as ff_gemm() takes them. */
#ifndef ENGINE_BASE_PRODUCT_H
#define ENGINE_BASE_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/* C = op(A) B + beta C. */
struct ff_product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b;
	float beta;
	float *c;
};

#endif

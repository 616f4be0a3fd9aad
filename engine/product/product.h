/* The operands of a matrix product, as ff_gemm() takes them. */
#ifndef ENGINE_PRODUCT_PRODUCT_H
#define ENGINE_PRODUCT_PRODUCT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "product/csr.h"
#include "product/live.h"
#include "product/panels.h"

/* C = op(A) B + beta C. */
struct ff_product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b;
	float beta;
	float *c;
	const uint32_t
	    *pick; /* [k] of A^T B: the rows of A and of B that are multiplied, in this order; NULL: the first k */
	const struct ff_csr_rows *csr; /* A's rows, where A comes as CSR and `a` is NULL; else NULL */
	bool skip_zeros; /* leave out the zeros of a dense A: faster where few numbers are not 0; the same bits (k > 0),
	                  * but where B is not finite, for 0 times it would not be a number */
	size_t panel;    /* columns of B kept together (product/panels.h); 0: B is row-major */
	const uint16_t *live; /* of B's rows, picked or not (product/live.h); NULL: nothing is known */
};

/* Row k of those picked, NULL: of all. */
static inline size_t ff_picked_row(const uint32_t *pick, size_t k)
{
	return pick ? pick[k] : k;
}

/* The row of B, and with transpose_a of A, that value k of the sums comes from. */
static inline size_t ff_product_row(const struct ff_product *product, size_t k)
{
	return ff_picked_row(product->pick, k);
}

/* Columns of B from one on, to the end of its panel: row r at first + r stride. */
struct ff_product_columns {
	const float *first;
	size_t columns, stride;
};

static inline struct ff_product_columns ff_product_columns(const struct ff_product *product, size_t column)
{
	assert(!product->panel || !product->pick); /* which counts rows of B that are not k's */
	struct ff_panels b = {product->k, product->n, product->panel ? product->panel : product->n};
	return (struct ff_product_columns){product->b + ff_panel_at(b, 0, column), ff_panel_left(b, column),
	                                   ff_panel_width(b, column)};
}

#endif

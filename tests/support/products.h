/* Matrix products to test with: operands, and what the plain loops of product/gemm_simd.h's promise make of them. */
#ifndef TESTS_SUPPORT_PRODUCTS_H
#define TESTS_SUPPORT_PRODUCTS_H

#include "product/gemm.h"
#include "product/product.h"

/* Rows, columns and depth: below, at and above tiles, panels, sections of k and shares of rows; nothing to add up; and
 * one large enough for the library. */
enum { N_SHAPES = 18 };
extern const size_t SHAPES[N_SHAPES][3];

/* A product with operands of its own, and what it should give. */
struct scene {
	struct listing *listing; /* op(A), where it comes as lists; else NULL */
	struct ff_product product;
	float *a, *b, *c, *wanted;
	/* Rows 0, step, 2 step ... are compared: all but in large products; prime, to meet all parts of tiles. */
	size_t step;
};

/* A scene of SHAPES[shape], beta 0 or 1: A dense, with four numbers in five 0, or as lists of what is not. */
struct scene scene_open(size_t shape, bool transpose, float beta);
struct scene scene_sparse(size_t shape, bool transpose, float beta);
struct scene scene_listed(size_t shape, bool transpose, float beta);

/* A^T B of lists that have been turned: A's rows are all of their set but the block before and `behind` rows behind
 * them. */
struct scene scene_turned(size_t shape, float beta, size_t behind);
void scene_close(struct scene *scene);

/* Computes C whole, or in four parts, whose borders no grain divides, but for those of panels. */
typedef void multiply_fn(const struct ff_product *, size_t row, size_t rows, size_t column, size_t columns);
void multiply_parts(multiply_fn *multiply, const struct ff_product *product, bool parts);

/* Is C what it should be, to the bit? */
bool scene_holds(const struct scene *scene);

struct ff_rows rows_of(const struct scene *scene);

/* C [i][j] before the product, by the sum that product/gemm_simd.h promises, in plain loops. */
float element(const struct ff_product *product, size_t i, size_t j);

/* n numbers in [-0.5, 0.5), those of this stream (below 5); the caller frees them. */
float *random_matrix(size_t n, uint32_t stream);

#endif

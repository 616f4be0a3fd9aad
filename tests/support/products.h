/* Matrix products to test with: operands, and what the plain loops of product/gemm_simd.h's promise make of them. */
#ifndef TESTS_SUPPORT_PRODUCTS_H
#define TESTS_SUPPORT_PRODUCTS_H

#include "product/gemm.h"
#include "product/gemm_simd.h"
#include "product/product.h"
#include "support/harness.h"

/* Rows, columns and depth: below, at and above tiles, panels, sections of k and shares of rows; nothing to add up; and
 * one large enough for the library. */
enum { N_SHAPES = 18 };
extern const size_t SHAPES[N_SHAPES][3];

/* How A comes: dense, with four numbers in five 0, with those left out by the product, or as CSR. */
enum scene_kind { SCENE_DENSE, SCENE_SPARSE, SCENE_SKIPPED, SCENE_CSR, N_SCENE_KINDS };

/* A product with operands of its own, and what it should give. */
struct scene {
	enum scene_kind kind;
	struct csr_scene *csr; /* op(A), where it comes as CSR; else NULL */
	struct ff_product product;
	float *a, *b, *c, *wanted;
	/* Rows 0, step, 2 step ... are compared: all but in large products; prime, to meet all parts of tiles. */
	size_t step;
};

/* A scene of SHAPES[shape], beta 0 or 1. */
struct scene scene_open(enum scene_kind kind, size_t shape, bool transpose, float beta);
void scene_close(struct scene *scene);

/* Computes C whole, or in four parts, whose borders no grain divides, but for those of panels. */
void multiply_parts(const struct ff_simd_gemm *set, const struct ff_product *product, bool parts);

/* What scene a check is about: how A comes, the shape, the instruction set or NULL, and the variant; a static text. */
const char *scene_text(const struct scene *scene, const struct ff_simd_gemm *set, int variant);

/* Checks that C is what it should be, to the bit. */
#define CHECK_SCENE(scene, set, variant)                                                                               \
	ff_check(scene_holds(scene), scene_text(scene, set, variant), __FILE__, __LINE__)
bool scene_holds(const struct scene *scene);

struct ff_rows rows_of(const struct scene *scene);

/* C [i][j] before the product, by the sum that product/gemm_simd.h promises, in plain loops. */
float element(const struct ff_product *product, size_t i, size_t j);

/* n numbers in [-0.5, 0.5), those of this stream (below 5); the caller frees them. */
float *random_matrix(size_t n, uint32_t stream);

#endif

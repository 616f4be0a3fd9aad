/* Single-precision matrix product on a team, by BLIS or by OpenBLAS (the build option FF_BLAS).
 *
 * Each thread computes its part of C with the library on one thread, and they meet once, at the end: the libraries' own
 * threads meet at barriers that spin, which costs several times the work itself as soon as other processes want the
 * cores.
 *
 * Bits: the result of a call depends on its operands and shapes alone, not on the number of threads, and (where
 * ff_gemm_rows_alone()) a row of C depends on that row of op(A) and on B alone, not on the other rows. BLIS's
 * small-matrix path keeps neither promise and is never taken. */
#ifndef ENGINE_BASE_GEMM_H
#define ENGINE_BASE_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/team.h"

/* C = op(A) B + beta C, all row-major: op(A) [m x k], B [k x n], C [m x n]. op(A) is A, or with transpose_a the
 * transpose of A [k x m]. beta is 0 (C is not read) or 1. */
struct ff_product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b; /* dense */
	float beta;
	float *c;
	size_t c_stride; /* from a row of C to the next, at least n; the rest of a row is left alone */
};

/* The product, with C dense. May be called by any leader at the same time, never from inside a team's work. */
void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c);

/* Called with a tile of C, rows [row, row + rows) and columns [column, column + columns), by the thread that has just
 * computed it: what it does to the tile finds it in that thread's cache. Several threads call at the same time. */
typedef void ff_gemm_tile_fn(void *context, size_t row, size_t rows, size_t column, size_t columns);

/* The product, tile by tile, each tile handed to `then`. Tiles are whole rows (column 0, columns n): tile_rows of them
 * from row 0 on, fewer in the last. tile_rows decides no bit of C with BLIS, and does with OpenBLAS: take it from the
 * shape, never from the team. Every tile packs B anew, as long as some 20 rows take to compute: see
 * ff_gemm_tile_rows(). May be called like ff_gemm(). */
void ff_gemm_each(const struct ff_team *team, const struct ff_product *product, size_t tile_rows, ff_gemm_tile_fn *then,
                  void *context);

/* A height for ff_gemm_each()'s tiles of n columns: what stays in the cache of a core, but 240 rows at least, so that
 * packing B costs a tenth or less. */
size_t ff_gemm_tile_rows(size_t n);

/* Does a row of C depend on its row of op(A) and B alone? True of BLIS. With OpenBLAS a row's
 * place in C and the number of rows decide too, so the same row in another batch may differ in its last bits. */
bool ff_gemm_rows_alone(void);

/* "BLIS 0.9.0 (haswell)". Static storage; not thread-safe on the first call. */
const char *ff_gemm_library(void);

#endif

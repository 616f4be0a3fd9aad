/* Single-precision matrix product on a team.
 *
 * Each thread computes its part of C by itself, and they meet when all are done: the libraries' own threads meet at
 * barriers that spin, which costs several times the work itself as soon as other processes want the cores. A part is
 * computed by code of our own (product/gemm_simd.h), or by BLIS
 * where the processor lacks its instructions, or where the product is large, no operand is in panels, and BLIS
 * computes the same bits faster.
 *
 * Zeros: code of our own leaves out the zeros of op(A) where a look at some of its numbers says that it is worth it. A
 * zero changes no sum, so the choice hangs on the data and the result does not hang on the choice.
 *
 * Bits: the result of a call depends on its operands and shapes alone, not on the number of threads, and a
 * row of C depends on that row of op(A) and on B alone, not on the other rows. BLIS's
 * small-matrix path keeps neither promise and is never taken. */
#ifndef ENGINE_PRODUCT_GEMM_H
#define ENGINE_PRODUCT_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/team.h"
#include "product/block.h"
#include "product/csr.h"
#include "product/live.h"

/* Multiplications below which one thread computes a product, for others take as long to wake: some 25 microseconds on a
 * core. */
enum { FF_GEMM_WORTH_SPLITTING = 1 << 21 };

/* Sides of a product from which on all the library may be faster than code of our own (tests/bench/NOTEBOOK.md). */
enum { FF_GEMM_LARGE = 512 };

/* C = op(A) B + beta C, all row-major and dense: op(A) [m x k], B [k x n], C [m x n]. op(A) is A, or with
 * transpose_a the transpose of A [k x m]. beta is 0 (C is not read) or 1. May be called by any leader at the same
 * time, never from inside a team's work. */
void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c);

/* The left operand of what follows, row-major and dense, or CSR rows where code of our own multiplies them
 * (ff_gemm_takes_csr()): the same bits either way. */
struct ff_rows {
	const float *dense;            /* or NULL, and */
	const struct ff_csr_rows *csr; /* else NULL */
};
bool ff_gemm_takes_csr(void);

/* The right operand of a product that has weights there: row-major, or in panels (product/panels.h). The same bits either
 * way. */
struct ff_columns {
	const float *numbers;
	size_t panel; /* as ff_gemm_panel() says; 0: row-major */
};

/* Columns that weights had best be kept in whose gradients are products of up to k rows: FF_PANEL where code of our own
 * computes those block by block; 0, row-major, where the library does, which knows no panels. */
size_t ff_gemm_panel(size_t k);

/* C = A B as above, and then(context, begin, end) for ranges of C's rows that together are all of them: where rows
 * are what the threads share out, each range by the thread that has just computed it, while it is in that thread's
 * cache; else as ff_team_for() with this grain does. */
void ff_gemm_then(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_columns b,
                  float *c, ff_range_fn *then, void *context, size_t grain);

/* The right operand [k x n] of a gradient, row-major, and where it is 0.
 *
 * Rows: those not picked must be 0, and may be multiplied all the same. Other sums of the same numbers than without
 * `pick`: for k beyond some hundred the last bits may differ.
 * Columns: those not live must be 0, and are left out where that is faster. Where A is finite, the same bits with
 * `live` as without, but for the sign of a 0. */
struct ff_deltas {
	const float *numbers;
	const uint32_t *pick; /* [picked], ascending; NULL: all rows */
	size_t picked;
	const uint16_t *live; /* product/live.h; NULL: all columns */
};

/* Is it worth while to note which of n columns of up to k deltas are live? Fewer rows had best come block by block. */
bool ff_gemm_takes_live(size_t n, size_t k);

/* C = A^T B + beta C as above. */
void ff_gemm_deltas(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_deltas b,
                    float beta, float *c);

/* C = A^T B for A [k x m] and B [k x n], which the user takes block by block while it is in the computing thread's
 * cache; its blocks together are C. Which blocks they are is not said. workspace [m x n] may be written or not. */
void ff_gemm_blocks(const struct ff_team *team, size_t m, size_t n, size_t k, struct ff_rows a, struct ff_deltas b,
                    float *workspace, const struct ff_block_user *user);

/* "ffengine (avx512), BLIS 0.9.0 (skx)". Static storage; not thread-safe on the first call. */
const char *ff_gemm_name(void);

#endif

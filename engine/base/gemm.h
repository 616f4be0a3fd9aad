/* Single-precision matrix product on a team, by BLIS or by OpenBLAS (the build option FF_BLAS).
 *
 * Each thread computes its part of C with the library on one thread, and they meet when all are done: the libraries' own
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

/* C = op(A) B + beta C, all row-major and dense: op(A) [m x k], B [k x n], C [m x n]. op(A) is A, or with transpose_a the
 * transpose of A [k x m]. beta is 0 (C is not read) or 1. May be called by any leader at the same time, never from inside
 * a team's work. */
void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c);

/* C = A B as above, and then(context, begin, end) for ranges of C's rows that together are all of them: where rows are what
 * the threads share out, each range by the thread that has just computed it, while it is in that thread's cache; else
 * as ff_team_for() with this grain does. */
void ff_gemm_then(const struct ff_team *team, size_t m, size_t n, size_t k, const float *a, const float *b, float *c,
                  ff_range_fn *then, void *context, size_t grain);

/* Does a row of C depend on its row of op(A) and B alone? True of BLIS. With OpenBLAS a row's place in C and the number
 * of rows decide too, so the same row in another batch may differ in its last bits. */
bool ff_gemm_rows_alone(void);

/* "BLIS 0.9.0 (haswell)". Static storage; not thread-safe on the first call. */
const char *ff_gemm_library(void);

#endif

/* Single-precision matrix product on a team. The only file of the engine that includes BLIS.
 *
 * Each thread computes its part of C with BLIS on one thread, and they meet once, at the end: BLIS's own threads meet at
 * barriers that spin, which costs several times the work itself as soon as other processes want the cores.
 *
 * Bits: the result of a call depends on its operands and shapes alone, not on the number of threads, and a row of
 * C depends on that row of op(A) and on B alone, not on the other rows (BLIS's packed path; its small-matrix path
 * keeps neither promise and is never taken). */
#ifndef ENGINE_BASE_GEMM_H
#define ENGINE_BASE_GEMM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/team.h"

/* C = op(A) B + beta C, all row-major and dense: op(A) [m x k], B [k x n], C [m x n].
 * op(A) is A, or with transpose_a the transpose of A [k x m]. beta is 0 (C is not read) or 1.
 * May be called by any leader at the same time, never from inside a team's work. */
void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c);

/* "BLIS 0.9.0 (haswell)". Static storage; not thread-safe on the first call. */
const char *ff_gemm_library(void);

#endif

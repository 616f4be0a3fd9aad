/* Which instruction sets this processor has of those that products are compiled for. */
#ifndef ENGINE_PRODUCT_GEMM_SETS_H
#define ENGINE_PRODUCT_GEMM_SETS_H

#include "product/gemm_simd.h"

/* The best for this processor; NULL: none. */
const struct ff_simd_gemm *ff_simd_gemm_best(void);

/* All that this processor can run, best first, at most `most`; returns how many (for tests and benches). */
int ff_simd_gemm_usable(const struct ff_simd_gemm *sets[], int most);

#endif

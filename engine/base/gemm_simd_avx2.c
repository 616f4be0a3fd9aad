#include <immintrin.h>

typedef __m256 vector;
#define SPLAT              _mm256_set1_ps
#define LOAD               _mm256_loadu_ps
#define STORE              _mm256_storeu_ps
#define ADD                _mm256_add_ps
#define FUSED_MULTIPLY_ADD _mm256_fmadd_ps
#define FF_SIMD_TILE_ROWS  6
enum { LANES = 8, TILE_ROWS = FF_SIMD_TILE_ROWS }; /* 12 sums, 2 of B, 1 of A: 15 of 16 registers */

#define FF_SIMD_SET  ff_simd_gemm_avx2
#define FF_SIMD_NAME "avx2"
#include "base/gemm_simd.inc"

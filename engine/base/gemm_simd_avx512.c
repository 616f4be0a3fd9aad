#include <immintrin.h>

typedef __m512 vector;
#define SPLAT              _mm512_set1_ps
#define LOAD               _mm512_loadu_ps
#define STORE              _mm512_storeu_ps
#define ADD                _mm512_add_ps
#define FUSED_MULTIPLY_ADD _mm512_fmadd_ps
#define FF_SIMD_TILE_ROWS  12
enum { LANES = 16, TILE_ROWS = FF_SIMD_TILE_ROWS }; /* 24 sums, 2 of B: 26 of 32 registers */

#define FF_SIMD_SET  ff_simd_gemm_avx512
#define FF_SIMD_NAME "avx512"
#include "base/gemm_simd.inc"

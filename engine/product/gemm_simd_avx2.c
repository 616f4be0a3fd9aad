#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef __m256 vector;
#define SPLAT              _mm256_set1_ps
#define LOAD               _mm256_loadu_ps
#define STORE              _mm256_storeu_ps
#define ADD                _mm256_add_ps
#define MULTIPLY           _mm256_mul_ps
#define FUSED_MULTIPLY_ADD _mm256_fmadd_ps
#define FF_SIMD_TILE_ROWS  6
enum { LANES = 8, TILE_ROWS = FF_SIMD_TILE_ROWS }; /* 12 sums, 2 of B, 1 of A: 15 of 16 registers */

/* The values of x [n] that are not 0, and where: at[] = their place times scale. Returns how many; one more is written
 * over. */
static inline size_t keep_nonzeros(const float *x, size_t n, uint32_t scale, float *values, uint32_t *at)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		values[kept] = x[i];
		at[kept] = (uint32_t)i * scale;
		kept += x[i] != 0.0F;
	}
	return kept;
}

#define FF_SIMD_SET  ff_simd_gemm_avx2
#define FF_SIMD_NAME "avx2"
#include "product/gemm_simd.inc"

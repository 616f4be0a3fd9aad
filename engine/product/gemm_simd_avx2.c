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

/* Lanes of a vector that are chosen, by their bits. */
struct lanes {
	__m256i from;   /* lane i: which is the chosen one number i */
	__m256i to;     /* each lane: how many are chosen before it */
	__m256i chosen; /* all bits of those */
};

static inline struct lanes lanes_of(uint32_t bits)
{
	int32_t from[LANES] = {0}, to[LANES], chosen[LANES], n = 0;
	for (int32_t lane = 0; lane < LANES; lane++) {
		to[lane] = n;
		chosen[lane] = bits >> lane & 1 ? -1 : 0;
		from[n] = lane;
		n -= chosen[lane];
	}
	return (struct lanes){_mm256_loadu_si256((const __m256i *)from), _mm256_loadu_si256((const __m256i *)to),
	                      _mm256_loadu_si256((const __m256i *)chosen)};
}

/* The chosen lanes of x, one behind the other. What stands behind them is not said. */
static inline vector squeeze(const float *x, struct lanes lanes)
{
	return _mm256_permutevar8x32_ps(_mm256_loadu_ps(x), lanes.from);
}

/* The chosen lanes of x += the first of v. The others, which may be another thread's, are not touched. */
static inline void add_spread(float *x, vector v, struct lanes lanes)
{
	vector sum = _mm256_add_ps(_mm256_maskload_ps(x, lanes.chosen), _mm256_permutevar8x32_ps(v, lanes.to));
	_mm256_maskstore_ps(x, lanes.chosen, sum);
}

#define FF_SIMD_SET  ff_simd_gemm_avx2
#define FF_SIMD_NAME "avx2"
#include "product/gemm_simd.inc"

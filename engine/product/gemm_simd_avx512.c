#include <immintrin.h>
#include <stdint.h>

typedef __m512 vector;
#define SPLAT              _mm512_set1_ps
#define LOAD               _mm512_loadu_ps
#define STORE              _mm512_storeu_ps
#define ADD                _mm512_add_ps
#define MULTIPLY           _mm512_mul_ps
#define FUSED_MULTIPLY_ADD _mm512_fmadd_ps
#define FF_SIMD_TILE_ROWS  12
enum { LANES = 16, TILE_ROWS = FF_SIMD_TILE_ROWS }; /* 24 sums, 2 of B: 26 of 32 registers */

/* The values of x [n] that are not 0, and where: at[] = their place times scale. Returns how many; up to LANES more are
 * written over. */
static inline size_t keep_nonzeros(const float *x, size_t n, uint32_t scale, float *values, uint32_t *at)
{
	const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
	__m512i place = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)scale));
	__m512i next = _mm512_set1_epi32((int)(LANES * scale));
	size_t kept = 0;
	for (size_t i = 0; i < n; i += LANES, place = _mm512_add_epi32(place, next)) {
		__mmask16 inside = n - i < LANES ? (__mmask16)((1U << (n - i)) - 1) : (__mmask16)0xffff;
		__m512 v = _mm512_maskz_loadu_ps(inside, x + i);
		__mmask16 some = _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
		_mm512_storeu_ps(values + kept, _mm512_maskz_compress_ps(some, v));
		_mm512_storeu_si512(at + kept, _mm512_maskz_compress_epi32(some, place));
		kept += (size_t)__builtin_popcount(some);
	}
	return kept;
}

/* Lanes of a vector that are chosen, by their bits. */
struct lanes {
	__mmask16 chosen;
};

static inline struct lanes lanes_of(uint32_t bits)
{
	return (struct lanes){(__mmask16)bits};
}

/* The chosen lanes of x, one behind the other. What stands behind them is not said. */
static inline vector squeeze(const float *x, struct lanes lanes)
{
	return _mm512_maskz_compress_ps(lanes.chosen, _mm512_loadu_ps(x));
}

/* The chosen lanes of x += the first of v. The others, which may be another thread's, are not touched. */
static inline void add_spread(float *x, vector v, struct lanes lanes)
{
	vector sum = _mm512_add_ps(_mm512_maskz_loadu_ps(lanes.chosen, x), _mm512_maskz_expand_ps(lanes.chosen, v));
	_mm512_mask_storeu_ps(x, lanes.chosen, sum);
}

#define FF_SIMD_SET  ff_simd_gemm_avx512
#define FF_SIMD_NAME "avx512"
#include "product/gemm_simd.inc"

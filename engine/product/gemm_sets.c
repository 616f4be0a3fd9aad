#include "product/gemm_sets.h"

#ifdef FF_SIMD_X86
extern const struct ff_simd_gemm ff_simd_gemm_avx2, ff_simd_gemm_avx512;
#endif

int ff_simd_gemm_usable(const struct ff_simd_gemm *sets[], int most)
{
	int n = 0;
	(void)sets, (void)most;
#ifdef FF_SIMD_X86
	__builtin_cpu_init();
	if (n < most && __builtin_cpu_supports("avx512f"))
		sets[n++] = &ff_simd_gemm_avx512;
	if (n < most && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		sets[n++] = &ff_simd_gemm_avx2;
#endif
	return n;
}

const struct ff_simd_gemm *ff_simd_gemm_best(void)
{
	const struct ff_simd_gemm *best;
	return ff_simd_gemm_usable(&best, 1) ? best : NULL;
}

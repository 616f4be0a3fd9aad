#include "model/kernel_sets.h"

extern const struct ff_kernels ff_kernels_baseline;
#ifdef FF_KERNELS_X86
extern const struct ff_kernels ff_kernels_avx2, ff_kernels_avx512;
#endif

int ff_kernels_usable(const struct ff_kernels *sets[], int most)
{
	int n = 0;
#ifdef FF_KERNELS_X86
	__builtin_cpu_init();
	if (n < most && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
		sets[n++] = &ff_kernels_avx512;
	if (n < most && __builtin_cpu_supports("avx2"))
		sets[n++] = &ff_kernels_avx2;
#endif
	if (n < most)
		sets[n++] = &ff_kernels_baseline;
	return n;
}

const struct ff_kernels *ff_kernels_best(void)
{
	const struct ff_kernels *best;
	(void)ff_kernels_usable(&best, 1);
	return best;
}

/* BLIS 0.9 for engine/base/gemm.c. The only file of the engine that includes it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <blis.h>

#include "base/blas.h"

/* A multiple of 6 x 16 (kernels `haswell` and `zen`) and of 12 x 32 (`skx`). */
const struct ff_blas_grain ff_blas_grain = {12, 32};

#if defined(__x86_64__) && defined(BLIS_CONFIG_SKX)
#include <cpuid.h>

static bool has_two_avx512_units(void)
{
	enum { AVX512_FP16 = 1 << 23 }; /* Intel's servers since 2023 */
	unsigned a, b, c, d;
	return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512bw") && __get_cpuid_count(7, 0, &a, &b, &c, &d) && d & AVX512_FP16;
}

static int kernels_for_this_processor(void)
{
	return has_two_avx512_units() ? BLIS_ARCH_SKX : -1;
}
#else
static int kernels_for_this_processor(void)
{
	return -1;
}
#endif

/* BLIS takes its AVX-512 kernels, 1.5 times as fast as the others, only for processors with two AVX-512 units, and
 * tells these by name; virtual machines hide the name. It reads BLIS_ARCH_TYPE once, at its start, and has no other way
 * to be told. A constructor runs before there are threads; a BLIS_ARCH_TYPE of the user's own stays in force. */
__attribute__((constructor)) static void start_blis(void)
{
	static const char VARIABLE[] = "BLIS_ARCH_TYPE";
	char kernels[16];
	int kind = kernels_for_this_processor();
	snprintf(kernels, sizeof kernels, "%d", kind);
	bool set = kind >= 0 && !getenv(VARIABLE) && setenv(VARIABLE, kernels, 0) == 0;
	bli_init();
	if (set)
		(void)unsetenv(VARIABLE);
}

void ff_blas_multiply(const struct ff_product *p, size_t row, size_t rows, size_t column, size_t columns)
{
	rntm_t runtime;
	bli_rntm_init(&runtime);
	bli_rntm_set_num_threads(1, &runtime);
	bli_rntm_disable_l3_sup(&runtime);
	float alpha = 1.0F, beta = p->beta;
	const float *a = p->a + (p->transpose_a ? row : row * p->k);
	/* BLIS takes its inputs without const, and does not write them. */
	bli_sgemm_ex(p->transpose_a ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)rows,
	             (dim_t)columns, (dim_t)p->k, &alpha, (float *)(uintptr_t)a, (inc_t)(p->transpose_a ? p->m : p->k),
	             1, (float *)(uintptr_t)(p->b + column), (inc_t)p->n, 1, &beta, p->c + row * p->n + column,
	             (inc_t)p->n, 1, NULL, &runtime);
}

bool ff_gemm_rows_alone(void)
{
	return true;
}

const char *ff_gemm_library(void)
{
	static char text[96];
	snprintf(text, sizeof text, "BLIS %s (%s)", bli_info_get_version_str(), bli_arch_string(bli_arch_query_id()));
	return text;
}

/* BLIS 0.9 for engine/product/gemm.c. The only file of the engine that includes it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <blis.h>

#include "product/blas.h"
#include "product/gemm_simd.h"

/* A multiple of 6 x 16 (kernels `haswell` and `zen`) and of 12 x 32 (`skx`). */
const struct ff_blas_grain ff_blas_grain = {12, 32};

#ifdef __x86_64__
#include <cpuid.h>

static bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

/* Whether this BLIS has the kernels of this number for this processor; those of older processors are not asked
 * about. */
static bool has_kernels(long number)
{
	switch (number) {
#ifdef BLIS_CONFIG_SKX
	case BLIS_ARCH_SKX:
		return has_avx512();
#endif
#ifdef BLIS_CONFIG_HASWELL
	case BLIS_ARCH_HASWELL:
#endif
#ifdef BLIS_CONFIG_ZEN
	case BLIS_ARCH_ZEN:
#endif
#ifdef BLIS_CONFIG_ZEN2
	case BLIS_ARCH_ZEN2:
#endif
#ifdef BLIS_CONFIG_ZEN3
	case BLIS_ARCH_ZEN3:
#endif
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#ifdef BLIS_CONFIG_GENERIC
	case BLIS_ARCH_GENERIC:
		return true;
#endif
	default:
		return false;
	}
}

/* The kernels for AVX-512 where they are faster or no slower: on processors since 2019, which have VBMI2, of which
 * Intel's servers have two units for it. Later instructions do not tell: virtual machines leave those out. Else -1. */
static int kernels_for_this_processor(void)
{
	enum { EXTENDED_FEATURES = 7, AVX512_VBMI2 = 1 << 6 };
	unsigned a, b, c, d;
#ifdef BLIS_CONFIG_SKX
	if (has_avx512() && __get_cpuid_count(EXTENDED_FEATURES, 0, &a, &b, &c, &d) && c & AVX512_VBMI2)
		return BLIS_ARCH_SKX;
#endif
	return -1;
}
#else
static bool has_kernels(long number)
{
	(void)number;
	return true; /* BLIS itself ends the program where it is not */
}

static int kernels_for_this_processor(void)
{
	return -1;
}
#endif

/* BLIS takes its AVX-512 kernels, 1.5 times as fast as the others, only for processors with two AVX-512 units, and
 * tells these by name; virtual machines hide the name. It reads BLIS_ARCH_TYPE once, at its start, and has no other way
 * to be told; of a number it does not have, it aborts. So BLIS starts here, before the program's own threads (but not
 * before those of a host that loads the library later). A BLIS_ARCH_TYPE of the user's own stays in force if it can. */
__attribute__((constructor)) static void start_blis(void)
{
	static const char VARIABLE[] = "BLIS_ARCH_TYPE";
	const char *asked = getenv(VARIABLE);
	char kernels[16], *end;
	int kind = kernels_for_this_processor();
	if (asked) {
		long number = strtol(asked, &end, 10);
		if (*asked == '\0' || *end != '\0' || !has_kernels(number)) {
			fprintf(stderr, "ffengine: %s is '%s', no kernels that BLIS has for this processor: ignored\n",
			        VARIABLE, asked);
			(void)unsetenv(VARIABLE);
			asked = NULL;
		}
	}
	snprintf(kernels, sizeof kernels, "%d", kind);
	bool set = kind >= 0 && !asked && setenv(VARIABLE, kernels, 0) == 0;
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

/* Its kernels for AVX-512 sum sections of 384, or at the end of up to 480, by fused multiply-adds; the others take
 * shorter ones. */
bool ff_blas_sums_alike(void)
{
#ifdef BLIS_CONFIG_SKX
	cntx_t *context = bli_gks_query_cntx();
	return bli_arch_query_id() == BLIS_ARCH_SKX &&
	       bli_cntx_get_blksz_def_dt(BLIS_FLOAT, BLIS_KC, context) == FF_SIMD_SECTION &&
	       bli_cntx_get_blksz_max_dt(BLIS_FLOAT, BLIS_KC, context) == FF_SIMD_LAST_SECTION;
#else
	return false;
#endif
}

/* On the processors that those kernels were made for. On AMD's code of our own is faster by 3 to 4 %. */
bool ff_blas_for_large(void)
{
#ifdef __x86_64__
	return ff_blas_sums_alike() && !__builtin_cpu_is("amd");
#else
	return ff_blas_sums_alike();
#endif
}

const char *ff_blas_name(void)
{
	static char text[96];
	snprintf(text, sizeof text, "BLIS %s (%s)", bli_info_get_version_str(), bli_arch_string(bli_arch_query_id()));
	return text;
}

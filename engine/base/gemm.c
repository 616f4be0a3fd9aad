#include "base/gemm.h"

#include <stdint.h>
#include <stdio.h>

#include <stdlib.h>

#include <blis.h>
#if defined(__x86_64__) && defined(BLIS_CONFIG_SKX)
#include <cpuid.h>

/* Intel processors from Sapphire Rapids on have AMX, and two units for AVX-512. BLIS counts the units by the processor's
 * name, which a hypervisor may hide, and then takes its kernels for AVX2, at two thirds of the speed. */
static bool has_two_units(void)
{
	enum { EXTENDED_FEATURES = 7, AMX_TILE = 1 << 24 };
	unsigned eax, ebx, ecx, edx;
	__builtin_cpu_init();
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __get_cpuid_count(EXTENDED_FEATURES, 0, &eax, &ebx, &ecx, &edx) && (edx & AMX_TILE);
}

/* Before main(), while there is one thread: BLIS reads the variable when it is first called. A user's own choice stays. */
__attribute__((constructor)) static void choose_kernels(void)
{
	char type[16];
	snprintf(type, sizeof type, "%d", (int)BLIS_ARCH_SKX);
	if (has_two_units())
		(void)setenv("BLIS_ARCH_TYPE", type, 0);
}
#endif

/* Blocks of C that BLIS's x86 kernels keep in registers. A part of whole blocks wastes nothing; on a processor with
 * other blocks this costs a little time and no bits. */
enum { ROW_BLOCK = 12, COLUMN_BLOCK = 32 };

enum { WORTH_SPLITTING = 1 << 19 }; /* multiplications: some ten microseconds on one core */

struct product {
	bool transpose_a;
	size_t m, n, k;
	const float *a, *b;
	float beta;
	float *c;
};

/* Rows [row, row + rows) and columns [column, column + columns) of C, by the calling thread alone. */
static void multiply_part(const struct product *p, size_t row, size_t rows, size_t column, size_t columns)
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

static void multiply_rows(void *context, size_t begin, size_t end)
{
	const struct product *p = context;
	multiply_part(p, begin, end - begin, 0, p->n);
}

static void multiply_columns(void *context, size_t begin, size_t end)
{
	const struct product *p = context;
	multiply_part(p, 0, p->m, begin, end - begin);
}

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	struct product product = {transpose_a, m, n, k, a, b, beta, c};
	if (m * n * k < WORTH_SPLITTING) {
		ff_team_for(team, m, m, multiply_rows, &product);
		return;
	}
	/* Parts share the operand of the other side, which each thread packs for itself: split the longer side. */
	if (m > n)
		ff_team_for(team, m, ROW_BLOCK, multiply_rows, &product);
	else
		ff_team_for(team, n, COLUMN_BLOCK, multiply_columns, &product);
}

const char *ff_gemm_library(void)
{
	static char text[96];
	bli_init(); /* the question below aborts without it if the user has chosen the kernels */
	snprintf(text, sizeof text, "BLIS %s (%s)", bli_info_get_version_str(), bli_arch_string(bli_arch_query_id()));
	return text;
}

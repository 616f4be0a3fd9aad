#include "base/gemm.h"

#include <stdio.h>

#include <blis.h>

void ff_gemm(const struct ff_team *team, bool transpose_a, size_t m, size_t n, size_t k, const float *a, const float *b,
             float beta, float *c)
{
	rntm_t runtime;
	bli_rntm_init(&runtime);
	bli_rntm_set_num_threads(team->threads, &runtime);
	bli_rntm_disable_l3_sup(&runtime);
	float alpha = 1.0F;
	/* BLIS takes its inputs without const, and does not write them. */
	bli_sgemm_ex(transpose_a ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)m, (dim_t)n, (dim_t)k,
	             &alpha, (float *)(uintptr_t)a, (inc_t)(transpose_a ? m : k), 1, (float *)(uintptr_t)b, (inc_t)n, 1,
	             &beta, c, (inc_t)n, 1, NULL, &runtime);
}

const char *ff_gemm_library(void)
{
	static char text[96];
	snprintf(text, sizeof text, "BLIS %s (%s)", bli_info_get_version_str(), bli_arch_string(bli_arch_query_id()));
	return text;
}

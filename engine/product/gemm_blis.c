#include "product/gemm_blis.h"

#include <stdint.h>
#include <stdio.h>

#include <blis.h>

void ff_blis_multiply(const struct ff_product *p, size_t row, size_t rows, size_t column, size_t columns)
{
	rntm_t runtime;
	bli_rntm_init(&runtime);
	bli_rntm_set_num_threads(1, &runtime);
	bli_rntm_disable_l3_sup(&runtime); /* whose bits depend on the shape of the part */
	float alpha = 1.0F, beta = p->beta;
	const float *a = p->a + (p->transpose_a ? row : row * p->k);
	/* BLIS takes its inputs without const, and does not write them. */
	bli_sgemm_ex(p->transpose_a ? BLIS_TRANSPOSE : BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, (dim_t)rows,
	             (dim_t)columns, (dim_t)p->k, &alpha, (float *)(uintptr_t)a, (inc_t)(p->transpose_a ? p->m : p->k),
	             1, (float *)(uintptr_t)(p->b + column), (inc_t)p->n, 1, &beta, p->c + row * p->n + column,
	             (inc_t)p->n, 1, NULL, &runtime);
}

const char *ff_blis_name(void)
{
	static char text[96];
	snprintf(text, sizeof text, "BLIS %s (%s)", bli_info_get_version_str(), bli_arch_string(bli_arch_query_id()));
	return text;
}

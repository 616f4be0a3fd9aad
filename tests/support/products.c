#include "support/products.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "product/gemm_simd.h"

const size_t SHAPES[N_SHAPES][3] = {{1, 1, 1},      {97, 77, 31},   {100, 64, 784}, {33, 500, 100}, {128, 96, 100},
                                    {300, 520, 13}, {350, 33, 481}, {12, 1090, 13}, {673, 3, 479},  {1010, 5, 50},
                                    {2018, 3, 480}, {337, 5, 865},  {50, 40, 0},    {150, 300, 0},  {70, 32, 500},
                                    {45, 16, 400},  {700, 40, 448}, {513, 512, 514}};

enum { N_STREAMS = 5, MOST_NUMBERS = 1 << 20 };

/* Streams are drawn once: scenes are opened by the hundred. */
float *random_matrix(size_t n, uint32_t stream)
{
	static float *drawn[N_STREAMS];
	float *a = malloc((n + 1) * sizeof *a);
	if (!drawn[stream]) {
		drawn[stream] = malloc(MOST_NUMBERS * sizeof *a);
		for (uint32_t i = 0; i < MOST_NUMBERS; i++)
			drawn[stream][i] =
			    (float)(ff_random_unit(ff_random_at(11, FF_PURPOSE_WEIGHT, stream, 0, i).word[0]) - 0.5);
	}
	if (n > MOST_NUMBERS)
		abort();
	memcpy(a, drawn[stream], n * sizeof *a);
	return a;
}

/* The same, four in five of whose numbers are 0, some of them -0. */
static float *sparse_matrix(size_t n, uint32_t stream)
{
	float *a = random_matrix(n, stream), *chance = random_matrix(n, 0);
	for (size_t i = 0; i < n; i++)
		if (chance[i] > -0.3F)
			a[i] = i % 3 ? 0.0F : -0.0F;
	free(chance);
	return a;
}

/* CSR rows, chosen in another order than they stand in, each times a factor. */
struct csr_scene {
	struct ff_csr matrix;
	struct ff_csr_rows chosen;
	uint32_t *row;
	float *factor;
};

static struct csr_scene *csr_open(size_t rows, size_t columns)
{
	struct csr_scene *l = calloc(1, sizeof *l);
	uint8_t *bytes = malloc(rows * columns + 1);
	for (size_t i = 0; i < rows * columns; i++) {
		uint32_t word = ff_random_at(11, FF_PURPOSE_BIAS, 9, 0, (uint32_t)i).word[0];
		bytes[i] = word % 5 ? 0 : (uint8_t)(word >> 24);
	}
	const struct ff_byte_rows from = {bytes, rows, columns, columns};
	const struct ff_csr_parts parts = ff_csr_count(&from);
	size_t n = parts.number[parts.n];
	l->matrix.start = malloc((rows + 1) * sizeof *l->matrix.start);
	l->matrix.column = malloc((n + 1) * sizeof *l->matrix.column);
	l->matrix.byte = malloc(n + 1);
	ff_csr_fill(&from, &parts, l->matrix.start, l->matrix.column, l->matrix.byte);
	for (int byte = 0; byte <= UINT8_MAX; byte++)
		l->matrix.value[byte] = 0.01F * (float)byte;
	l->row = malloc((rows + 1) * sizeof *l->row);
	l->factor = malloc((rows + 1) * sizeof *l->factor);
	for (size_t i = 0; i < rows; i++) {
		l->row[i] = (uint32_t)(rows - 1 - i);
		l->factor[i] = 0.5F + 0.01F * (float)(i % 100);
	}
	l->chosen = (struct ff_csr_rows){&l->matrix, l->row, l->factor};
	free(bytes);
	return l;
}

/* The rows written out. */
static float *csr_dense(const struct csr_scene *l, size_t rows, size_t columns)
{
	float *a = calloc(rows * columns + 1, sizeof *a);
	for (size_t i = 0; i < rows; i++)
		for (size_t j = l->matrix.start[l->row[i]]; j < l->matrix.start[l->row[i] + 1]; j++)
			a[i * columns + l->matrix.column[j]] = l->matrix.value[l->matrix.byte[j]] * l->factor[i];
	return a;
}

static void csr_close(struct csr_scene *l)
{
	if (l)
		free(l->matrix.start), free(l->matrix.column), free(l->matrix.byte), free(l->row), free(l->factor);
	free(l);
}

float element(const struct ff_product *p, size_t i, size_t j)
{
	float sum = p->beta != 0.0F ? p->c[i * p->n + j] : 0.0F;
	for (size_t k = 0, depth; k < p->k; k += depth) {
		float section = 0.0F;
		depth = ff_simd_section(p->k - k);
		for (size_t d = k; d < k + depth; d++)
			section = fmaf(p->a[p->transpose_a ? d * p->m + i : i * p->k + d], p->b[d * p->n + j], section);
		sum = k == 0 && p->beta == 0.0F ? section : sum + section;
	}
	return sum;
}

/* What a scene should give, found once for all scenes that are alike. */
static const float *wanted_of(const struct scene *s, size_t shape)
{
	static float *found[N_SCENE_KINDS][N_SHAPES][2][2];
	const struct ff_product *p = &s->product;
	float **wanted = &found[s->kind][shape][p->transpose_a][p->beta != 0.0F];
	if (!*wanted) {
		*wanted = calloc(p->m * p->n, sizeof **wanted);
		for (size_t i = 0; i < p->m; i += s->step)
			for (size_t j = 0; j < p->n; j++)
				(*wanted)[i * p->n + j] = element(p, i, j);
	}
	return *wanted;
}

struct scene scene_open(enum scene_kind kind, size_t shape, bool transpose, float beta)
{
	size_t m = SHAPES[shape][0], n = SHAPES[shape][1], k = SHAPES[shape][2];
	struct scene s = {.kind = kind, .b = random_matrix(k * n, 2), .c = random_matrix(m * n, 3)};
	if (kind == SCENE_CSR) {
		s.csr = csr_open(transpose ? k : m, transpose ? m : k);
		s.a = csr_dense(s.csr, transpose ? k : m, transpose ? m : k);
	} else {
		s.a = kind == SCENE_DENSE ? random_matrix(m * k, 1) : sparse_matrix(m * k, 1);
	}
	s.wanted = malloc(m * n * sizeof *s.wanted);
	s.product = (struct ff_product){
	    .transpose_a = transpose, .m = m, .n = n, .k = k, .a = s.a, .b = s.b, .beta = beta, .c = s.c};
	s.step = m * n * k < 1 << 17 ? 1 : m * n * k < 1 << 24 ? 13 : 61;
	memcpy(s.wanted, wanted_of(&s, shape), m * n * sizeof *s.wanted);
	s.product.skip_zeros = kind == SCENE_SKIPPED;
	if (s.csr) {
		s.product.a = NULL;
		s.product.csr = &s.csr->chosen;
	}
	return s;
}

struct ff_rows rows_of(const struct scene *s)
{
	return (struct ff_rows){s->product.a, s->product.csr};
}

void multiply_parts(const struct ff_simd_gemm *set, const struct ff_product *p, bool parts)
{
	size_t row = parts ? p->m / 3 : 0, column = parts ? p->n / 3 : 0;
	if (p->panel)
		column -= column % FF_PANEL;
	set->multiply(p, 0, row, 0, column, NULL);
	set->multiply(p, row, p->m - row, 0, column, NULL);
	set->multiply(p, 0, row, column, p->n - column, NULL);
	set->multiply(p, row, p->m - row, column, p->n - column, NULL);
}

const char *scene_text(const struct scene *s, const struct ff_simd_gemm *set, int variant)
{
	static const char *const KINDS[] = {"dense", "sparse", "zeros left out", "CSR"};
	static char text[160];
	const struct ff_product *p = &s->product;
	snprintf(text, sizeof text, "%s: %zu x %zu x %zu, A%s %s, beta %g, panels of %zu, variant %d",
	         set ? set->name : "rule", p->m, p->n, p->k, p->transpose_a ? "^T" : "", KINDS[s->kind],
	         (double)p->beta, p->panel, variant);
	return text;
}

bool scene_holds(const struct scene *s)
{
	size_t n = s->product.n;
	for (size_t i = 0; i < s->product.m; i += s->step)
		if (memcmp(s->c + i * n, s->wanted + i * n, n * sizeof *s->c) != 0)
			return false;
	return true;
}

void scene_close(struct scene *s)
{
	free(s->a), free(s->b), free(s->c), free(s->wanted);
	csr_close(s->csr);
}

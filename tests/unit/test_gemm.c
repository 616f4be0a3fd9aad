/* Matrix products: against plain loops to the bit, whoever computes them and however they are shared out. */
#include "support/harness.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "product/blas.h"
#include "product/gemm.h"
#include "product/gemm_sets.h"
#include "support/products.h"

static const struct ff_team ALONE = {1};

/* B's columns, from now on FF_PANEL at a time. */
static void to_panels(struct scene *s)
{
	struct ff_product *p = &s->product;
	const struct ff_panels panels = {p->k, p->n, FF_PANEL};
	float *b = malloc((p->k * p->n + 1) * sizeof *b);
	for (size_t k = 0; k < p->k; k++)
		for (size_t j = 0; j < p->n; j++)
			b[ff_panel_at(panels, k, j)] = s->b[k * p->n + j];
	free(s->b);
	p->b = s->b = b;
	p->panel = FF_PANEL;
}

static void check_parts(const struct ff_simd_gemm *set, struct scene s, int variant)
{
	multiply_parts(set, &s.product, variant & 4);
	CHECK_SCENE(&s, set, variant);
	scene_close(&s);
}

/* A dense or CSR, its zeros left out or not. */
static void every_set_sums_as_the_plain_loops(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t i = 0; i < N_SHAPES; i++)
			for (int variant = 0; variant < 8 * N_SCENE_KINDS; variant++) {
				float beta = variant & 2 ? 1.0F : 0.0F;
				enum scene_kind kind = (enum scene_kind)(variant / 8);
				check_parts(sets[set], scene_open(kind, i, variant & 1, beta), variant);
			}
}

/* Where no number is 0, none is left out. */
static void nothing_is_left_out_of_full_rows(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t i = 0; i < N_SHAPES; i++)
			for (int variant = 0; variant < 8; variant++) {
				struct scene s = scene_open(SCENE_DENSE, i, variant & 1, variant & 2 ? 1.0F : 0.0F);
				s.product.skip_zeros = true;
				check_parts(sets[set], s, variant);
			}
}

static void see_row(void *context, size_t begin, size_t end)
{
	unsigned char *seen = context;
	for (size_t i = begin; i < end; i++)
		seen[i]++;
}

/* A forward pass by the rule, which is told of every row once. */
static void check_then(struct scene s, int threads)
{
	unsigned char *seen = calloc(s.product.m, 1);
	size_t wrong = 0;
	ff_gemm_then(&(struct ff_team){threads}, s.product.m, s.product.n, s.product.k, rows_of(&s),
	             (struct ff_columns){s.b, s.product.panel}, s.c, see_row, seen, 1);
	CHECK_SCENE(&s, NULL, threads);
	for (size_t r = 0; r < s.product.m; r++)
		wrong += seen[r] != 1;
	ff_check(wrong == 0, scene_text(&s, NULL, threads), __FILE__, __LINE__);
	free(seen);
	scene_close(&s);
}

/* B in panels: the same by each way of multiplying, and by teams. */
static void panels_of_b_keep_every_bit(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t i = 0; i < N_SHAPES; i++)
			for (int variant = 0; variant < 8 * N_SCENE_KINDS; variant += 2) {
				enum scene_kind kind = (enum scene_kind)(variant / 8);
				struct scene s = scene_open(kind, i, false, variant & 2 ? 1.0F : 0.0F);
				to_panels(&s);
				check_parts(sets[set], s, variant);
			}
	for (size_t i = 0; n_sets && i < N_SHAPES; i++)
		for (int variant = 0; variant < 2 * N_SCENE_KINDS; variant++) {
			struct scene s = scene_open((enum scene_kind)(variant / 2), i, false, 0.0F);
			to_panels(&s);
			check_then(s, variant & 1 ? 3 : 1);
		}
}

static void teams_multiply_csr(void)
{
	for (size_t i = 0; ff_gemm_takes_csr() && i < N_SHAPES; i++)
		for (int threads = 1; threads <= 5; threads += 2)
			check_then(scene_open(SCENE_CSR, i, false, 0.0F), threads);
}

static void teams_sum_as_the_plain_loops(void)
{
	for (size_t i = 0; ff_simd_gemm_best() && i < N_SHAPES; i++)
		for (int threads = 1; threads <= 5; threads += 2)
			for (int variant = 0; variant < 4; variant++) {
				bool transpose = variant & 1;
				enum scene_kind kind = variant & 2 ? SCENE_SPARSE : SCENE_DENSE;
				struct scene s = scene_open(kind, i, transpose, 0.0F);
				ff_gemm(&(struct ff_team){threads}, transpose, s.product.m, s.product.n, s.product.k,
				        s.a, s.b, 0.0F, s.c);
				CHECK_SCENE(&s, NULL, threads);
				scene_close(&s);
			}
}

static void the_library_sums_alike_where_it_says_so(void)
{
	for (size_t i = 0; ff_blas_sums_alike() && i < N_SHAPES; i++)
		for (int variant = 0; variant < 4; variant++) {
			struct scene s = scene_open(SCENE_DENSE, i, variant & 1, variant & 2 ? 1.0F : 0.0F);
			ff_blas_multiply(&s.product, 0, s.product.m, 0, s.product.n);
			CHECK_SCENE(&s, NULL, variant);
			scene_close(&s);
		}
}

/* ---- block by block ---- */

/* Collects the blocks of C; each element must be announced and then taken, once. */
struct collection {
	size_t n, panel;
	atomic_size_t across; /* blocks with columns of two panels */
	float *c;
	unsigned char *announced, *taken;
	float *touched; /* fetched, as an optimizer's state would be */
};

static struct ff_touched announce(void *context, size_t row, size_t rows, size_t column, size_t columns)
{
	struct collection *all = context;
	all->across += all->panel && columns > all->panel - column % all->panel;
	for (size_t i = row; i < row + rows; i++)
		for (size_t j = column; j < column + columns; j++)
			all->announced[i * all->n + j]++;
	return (struct ff_touched){{all->touched, all->touched, all->touched}, all->panel ? 2 + (int)(row % 2) : 0, 1};
}

static void take(void *context, const struct ff_block *block)
{
	struct collection *all = context;
	all->across += all->panel && block->columns > all->panel - block->column % all->panel;
	for (size_t i = 0; i < block->rows; i++)
		for (size_t j = 0; j < block->columns; j++) {
			size_t at = (block->row + i) * all->n + block->column + j;
			all->taken[at] = (unsigned char)(all->taken[at] + 1 + all->announced[at]);
			all->c[at] = block->c[i * block->stride + j];
		}
}

/* What came is the product; each element was taken once, and announced before if `announced`. */
static void check_collection(const struct scene *s, const struct collection *all, bool announced,
                             const struct ff_simd_gemm *set, int variant)
{
	size_t wrong = 0;
	for (size_t i = 0; i < s->product.m * s->product.n; i++)
		wrong += all->taken[i] != (announced ? 2 : 1) ||
		         (i / s->product.n % s->step == 0 && memcmp(&all->c[i], &s->wanted[i], sizeof(float)) != 0);
	ff_check(wrong == 0, scene_text(s, set, variant), __FILE__, __LINE__);
	ff_check(all->across == 0, scene_text(s, set, variant), __FILE__, __LINE__);
}

static struct collection collection_open(const struct scene *s, size_t panel)
{
	size_t n = s->product.m * s->product.n;
	return (struct collection){s->product.n,
	                           panel,
	                           0,
	                           calloc(n, sizeof(float)),
	                           calloc(n, 1),
	                           calloc(n, 1),
	                           calloc(4 * n + 1, sizeof(float))};
}

static void collection_close(struct collection *all)
{
	free(all->c), free(all->announced), free(all->taken), free(all->touched);
}

static void check_team_blocks(struct scene s, int threads, size_t panel)
{
	struct collection all = collection_open(&s, panel);
	struct ff_block_user user = {&all, panel, announce, take};
	ff_gemm_blocks(&(struct ff_team){threads}, s.product.m, s.product.n, s.product.k, rows_of(&s),
	               (struct ff_deltas){.numbers = s.b}, s.c, &user);
	check_collection(&s, &all, s.product.k <= FF_SIMD_LAST_SECTION, NULL, threads);
	collection_close(&all);
	scene_close(&s);
}

static void blocks_are_the_product(void)
{
	for (size_t i = 0; ff_simd_gemm_best() && i < N_SHAPES; i++)
		for (int variant = 0; variant < 6; variant++) {
			int threads = 1 + variant / 2 * 2;
			size_t panel = variant % 2 ? FF_PANEL : 0;
			for (int kind = 0; kind < N_SCENE_KINDS; kind++)
				check_team_blocks(scene_open((enum scene_kind)kind, i, true, 0.0F), threads, panel);
		}
}

/* In two parts, as threads share them out, though at another row. */
static void check_blocks(const struct ff_simd_gemm *set, struct scene s, size_t panel)
{
	struct collection all = collection_open(&s, panel);
	struct ff_block_user user = {&all, panel, announce, take};
	size_t part = s.product.m / 3;
	set->multiply(&s.product, 0, part, 0, s.product.n, &user);
	set->multiply(&s.product, part, s.product.m - part, 0, s.product.n, &user);
	check_collection(&s, &all, true, set, (int)panel);
	collection_close(&all);
	scene_close(&s);
}

static void every_set_gives_the_same_blocks(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t i = 0; i < N_SHAPES; i++)
			for (int variant = 0; variant < 2 * N_SCENE_KINDS && SHAPES[i][2] <= FF_SIMD_LAST_SECTION;
			     variant++)
				check_blocks(sets[set], scene_open((enum scene_kind)(variant / 2), i, true, 0.0F),
				             variant & 1 ? FF_PANEL : 0);
}

/* ---- picked rows ---- */

/* Every third row of B is picked, or none, as where nothing is left to learn; the others become zeros. Returns how many
 * are picked. */
static size_t thin(struct scene *s, bool none, uint32_t pick[])
{
	size_t m = s->product.m, n = s->product.n, k = s->product.k, picked = 0;
	struct ff_product few = s->product;
	float *a = random_matrix(m * k, 4), *b = random_matrix(k * n, 4);
	for (size_t d = 0; d < k; d++)
		if (!none && d % 3 == 1) {
			memcpy(a + picked * m, s->a + d * m, m * sizeof *a);
			memcpy(b + picked * n, s->b + d * n, n * sizeof *b);
			pick[picked++] = (uint32_t)d;
		} else {
			memset(s->b + d * n, 0, n * sizeof *b);
		}
	few.a = a, few.b = b, few.k = picked;
	for (size_t i = 0; i < m; i += s->step)
		for (size_t j = 0; j < n; j++)
			s->wanted[i * n + j] = element(&few, i, j);
	free(a), free(b);
	return picked;
}

static void picked_rows_are_a_product_of_their_own(void)
{
	for (size_t i = 0; ff_simd_gemm_best() && i < N_SHAPES; i++)
		for (int variant = 0; variant < 24; variant++) {
			static const enum scene_kind KINDS[] = {SCENE_DENSE, SCENE_SPARSE, SCENE_CSR};
			uint32_t pick[2048];
			struct scene s = scene_open(KINDS[variant / 2 % 3], i, true, variant % 2 ? 1.0F : 0.0F);
			const struct ff_product *p = &s.product;
			size_t panel = variant >= 12 ? FF_PANEL : 0;
			struct collection all = collection_open(&s, panel);
			size_t picked = thin(&s, variant / 6 % 2, pick);
			const struct ff_deltas deltas = {s.b, pick, picked, NULL};
			if (variant % 2) {
				ff_gemm_deltas(&(struct ff_team){3}, p->m, p->n, p->k, rows_of(&s), deltas, 1.0F, s.c);
				CHECK_SCENE(&s, NULL, variant);
			} else {
				ff_gemm_blocks(&(struct ff_team){3}, p->m, p->n, p->k, rows_of(&s), deltas, s.c,
				               &(struct ff_block_user){&all, panel, announce, take});
				check_collection(&s, &all, picked <= FF_SIMD_LAST_SECTION, NULL, variant);
			}
			collection_close(&all);
			scene_close(&s);
		}
}

/* ---- whoever computes ---- */

/* Plain reference in double. */
static double plain(const struct ff_product *p, size_t i, size_t j)
{
	double sum = (double)p->beta * (double)p->c[i * p->n + j];
	for (size_t k = 0; k < p->k; k++)
		sum += (double)p->a[p->transpose_a ? k * p->m + i : i * p->k + k] * (double)p->b[k * p->n + j];
	return sum;
}

static void gemm_equals_the_plain_product(void)
{
	struct ff_team team = {2};
	for (size_t at = 0; at < N_SHAPES; at++)
		for (int variant = 0; variant < 4; variant++) {
			struct scene s = scene_open(SCENE_DENSE, at, variant & 1, variant & 2 ? 1.0F : 0.0F);
			const struct ff_product *p = &s.product;
			double worst = 0;
			for (size_t i = 0; i < p->m; i += s.step)
				for (size_t j = 0; j < p->n; j++)
					s.wanted[i * p->n + j] = (float)plain(p, i, j);
			ff_gemm(&team, p->transpose_a, p->m, p->n, p->k, s.a, s.b, p->beta, s.c);
			for (size_t i = 0; i < p->m * p->n; i += i / p->n % s.step ? p->n : 1)
				worst =
				    i / p->n % s.step ? worst : fmax(worst, fabs((double)s.c[i] - (double)s.wanted[i]));
			ff_check_near(worst, 0, 2e-6 * (double)p->k + 1e-6, scene_text(&s, NULL, variant), __FILE__,
			              __LINE__);
			scene_close(&s);
		}
}

static void bits_do_not_depend_on_threads_or_rows(void)
{
	for (size_t at = 0; at < N_SHAPES; at++)
		for (int transpose = 0; transpose < 2; transpose++) {
			size_t m = SHAPES[at][0], n = SHAPES[at][1], k = SHAPES[at][2];
			float *a = random_matrix(m * k, 1), *b = random_matrix(k * n, 2);
			float *one = calloc(m * n, 4), *many = calloc(m * n, 4);
			ff_gemm(&ALONE, transpose, m, n, k, a, b, 0, one);
			for (int threads = 2; threads <= 3; threads++) {
				ff_gemm(&(struct ff_team){threads}, transpose, m, n, k, a, b, 0, many);
				CHECK(memcmp(one, many, m * n * 4) == 0);
			}
			for (size_t i = 0; !transpose && i < m; i += 13) { /* a row alone */
				ff_gemm(&ALONE, false, 1, n, k, a + i * k, b, 0, many);
				CHECK(memcmp(one + i * n, many, n * 4) == 0);
			}
			free(a), free(b), free(one), free(many);
		}
}

FF_TESTS("gemm", {"every instruction set sums as the plain loops", every_set_sums_as_the_plain_loops},
         {"nothing is left out of full rows", nothing_is_left_out_of_full_rows},
         {"panels of B keep every bit", panels_of_b_keep_every_bit}, {"teams multiply CSR rows", teams_multiply_csr},
         {"picked rows are a product of their own", picked_rows_are_a_product_of_their_own},
         {"teams sum as the plain loops", teams_sum_as_the_plain_loops},
         {"the library sums alike where it says so", the_library_sums_alike_where_it_says_so},
         {"blocks are the product", blocks_are_the_product},
         {"every instruction set gives the same blocks", every_set_gives_the_same_blocks},
         {"gemm equals the plain product", gemm_equals_the_plain_product},
         {"bits do not depend on threads or rows", bits_do_not_depend_on_threads_or_rows})

/* Gradients of deltas some of whose columns are 0: the same bits whether they are left out or not, and they are. */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "product/gemm_sets.h"
#include "support/products.h"

/* Columns that are whole vectors and that are not; one section, and several; more columns than rows, and fewer. */
static const size_t LIVE_SHAPES[][3] = {
    {33, 500, 100}, {300, 136, 481}, {97, 1000, 865}, {350, 135, 500}, {14, 2000, 1}};
enum { N_LIVE_SHAPES = sizeof LIVE_SHAPES / sizeof *LIVE_SHAPES };

/* Which columns are dead: every third in all rows; half of them, others every seven blocks of 64 rows; all of them in
 * all blocks but the last; none; and all. */
enum deaths { THIRD, HALF, ALL_BUT_LAST, NONE, ALL, N_DEATHS };

static bool is_dead(enum deaths deaths, size_t row, size_t rows, size_t column)
{
	size_t block = row / FF_LIVE_ROWS;
	switch (deaths) {
	case THIRD:
		return column % 3 == 1;
	case HALF: /* seven blocks are a section or more */
		return (column * 2654435761U >> (8 + block / 7 % 8) & 1) != 0;
	case ALL_BUT_LAST:
		return block < (rows - 1) / FF_LIVE_ROWS;
	case NONE:
		return false;
	case ALL:
	case N_DEATHS:
		break;
	}
	return true;
}

struct gradient {
	size_t m, n, k;
	float *a, *b, *c, *before;
	uint16_t *live;
	uint32_t *pick; /* every third row */
	size_t picked;
};

static struct gradient gradient_open(size_t shape, enum deaths deaths)
{
	struct gradient g = {.m = LIVE_SHAPES[shape][0], .n = LIVE_SHAPES[shape][1], .k = LIVE_SHAPES[shape][2]};
	g.a = random_matrix(g.m * g.k, 1);
	g.b = random_matrix(g.n * g.k, 2);
	g.c = random_matrix(g.m * g.n, 3);
	g.before = random_matrix(g.m * g.n, 3);
	g.live = calloc(ff_live_blocks(g.k) * ff_live_words(g.n), sizeof *g.live);
	g.pick = malloc(g.k * sizeof *g.pick);
	for (uint32_t d = 0; d < g.k; d++)
		for (size_t j = 0; j < g.n; j++)
			if (is_dead(deaths, d, g.k, j))
				g.b[d * g.n + j] = d % 2 ? 0.0F : -0.0F;
			else
				g.live[d / FF_LIVE_ROWS * ff_live_words(g.n) + j / FF_LIVE_COLUMNS] |=
				    (uint16_t)(1U << j % FF_LIVE_COLUMNS);
	for (uint32_t d = 0; d < g.k; d += 3)
		g.pick[g.picked++] = d;
	return g;
}

static void gradient_close(struct gradient *g)
{
	free(g->a), free(g->b), free(g->c), free(g->before), free(g->live), free(g->pick);
}

static struct ff_product product_of(const struct gradient *g, bool picks, float beta)
{
	return (struct ff_product){.transpose_a = true,
	                           .m = g->m,
	                           .n = g->n,
	                           .k = picks ? g->picked : g->k,
	                           .a = g->a,
	                           .b = g->b,
	                           .beta = beta,
	                           .c = g->c,
	                           .pick = picks ? g->pick : NULL,
	                           .live = g->live};
}

static void check_product(const struct ff_simd_gemm *set, struct gradient *g, bool picks, float beta, bool parts)
{
	const struct ff_product p = product_of(g, picks, beta);
	struct ff_product all = p;
	size_t size = p.m * p.n * sizeof *p.c;
	float *wanted = malloc(size);
	all.live = NULL;
	all.c = wanted;
	for (size_t i = 0; i < p.m * p.n; i++)
		g->c[i] = wanted[i] = beta != 0.0F ? g->before[i] : NAN;
	set->multiply(&all, 0, p.m, 0, p.n, NULL);
	multiply_parts(set, &p, parts);
	CHECK(memcmp(g->c, wanted, size) == 0);
	free(wanted);
}

static void leaving_out_dead_columns_keeps_every_bit(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (size_t shape = 0; shape < N_LIVE_SHAPES; shape++)
			for (int deaths = 0; deaths < N_DEATHS; deaths++) {
				struct gradient g = gradient_open(shape, (enum deaths)deaths);
				for (int variant = 0; variant < 8; variant++)
					check_product(sets[set], &g, variant & 1, variant & 2 ? 1.0F : 0.0F,
					              variant & 4);
				gradient_close(&g);
			}
}

/* Numbers in columns that are said to be dead are not seen where the others' sums are added to C, and nothing is added
 * to theirs, not even 0, which would make 0 of -0; of all rows, and of picked ones. */
static void dead_columns_are_left_out(void)
{
	const struct ff_simd_gemm *sets[4];
	int n_sets = ff_simd_gemm_usable(sets, 4);
	for (int set = 0; set < n_sets; set++)
		for (int variant = 0; variant < 4 * N_LIVE_SHAPES; variant++) {
			struct gradient g = gradient_open((size_t)variant / 4, THIRD);
			const struct ff_product p = product_of(&g, variant & 1, 1.0F);
			size_t seen = 0, missed = 0;
			for (size_t i = 0; i < g.k * g.n; i++)
				g.b[i] = is_dead(THIRD, i / g.n, g.k, i % g.n) ? 1e6F : g.b[i];
			for (size_t i = 0; i < g.m * g.n; i++)
				if (is_dead(THIRD, 0, g.k, i % g.n))
					g.c[i] = g.before[i] = -0.0F;
			multiply_parts(sets[set], &p, variant & 2);
			for (size_t i = 0; i < g.m * g.n; i++)
				if (is_dead(THIRD, 0, g.k, i % g.n))
					seen += memcmp(&g.c[i], &g.before[i], sizeof *g.c) != 0;
				else
					missed += g.c[i] == g.before[i];
			CHECK_INT(seen, 0);
			CHECK(missed < g.m * g.n / 1000);
			gradient_close(&g);
		}
}

/* The same C of any team, added to `before`: as one thread's to whom `live` is told. */
static void check_teams(const struct gradient *g, const uint32_t *pick, const uint16_t *live)
{
	size_t size = g->m * g->n * sizeof *g->c;
	struct ff_deltas deltas = {g->b, pick, g->picked, live};
	struct ff_rows a = {g->a, NULL};
	float *wanted = malloc(size);
	memcpy(wanted, g->before, size);
	ff_gemm_deltas(&(struct ff_team){1}, g->m, g->n, g->k, a, deltas, 1.0F, wanted);
	deltas.live = g->live;
	for (int threads = 1; threads <= 5; threads++) {
		memcpy(g->c, g->before, size);
		ff_gemm_deltas(&(struct ff_team){threads}, g->m, g->n, g->k, a, deltas, 1.0F, g->c);
		CHECK(memcmp(g->c, wanted, size) == 0);
	}
	free(wanted);
}

/* As one thread that leaves none out. Threads share columns out where vectors end, but those of a row's last vector may
 * be two threads'. */
static void teams_leave_out_the_same(void)
{
	for (size_t shape = 0; ff_gemm_takes_live(1000, 865) && shape < N_LIVE_SHAPES; shape++)
		for (int variant = 0; variant < 2 * N_DEATHS; variant++) {
			struct gradient g = gradient_open(shape, (enum deaths)(variant / 2));
			check_teams(&g, variant & 1 ? g.pick : NULL, NULL);
			gradient_close(&g);
		}
}

/* A zero that is left out keeps the sign of what it is not added to, so all teams leave out the same ones: sixteen dead
 * columns are too few for the product, though not for the share of a thread of five. */
static void no_sign_hangs_on_the_team(void)
{
	enum { SHAPE = 2 /* 97 x 1000 x 865 */, DEAD = FF_LIVE_COLUMNS };
	struct gradient g = gradient_open(SHAPE, NONE);
	for (size_t d = 0; d < g.k; d++)
		memset(g.b + d * g.n, 0, DEAD * sizeof *g.b);
	for (size_t block = 0; block < ff_live_blocks(g.k); block++)
		g.live[block * ff_live_words(g.n)] = 0;
	for (size_t i = 0; i < g.m * g.n; i++)
		g.before[i] = i % g.n < DEAD ? -0.0F : g.before[i];
	check_teams(&g, NULL, g.live);
	gradient_close(&g);
}

FF_TESTS("gemm_live", {"leaving out dead columns keeps every bit", leaving_out_dead_columns_keeps_every_bit},
         {"dead columns are left out", dead_columns_are_left_out},
         {"teams leave out the same", teams_leave_out_the_same},
         {"no sign hangs on the team", no_sign_hangs_on_the_team})

/* Every instruction set this processor has gives the baseline's bits, at any length and any alignment, for ordinary and
 * special values; and the baseline computes what kernels.h says. */
#include "support/harness.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/kernel_sets.h"
#include "support/kernel_cases.h"
#include "support/toy.h"

enum { MOST = 2000, PAD = 24, SETS = 8, ARRAYS = 6 };

/* Arrays with guard space before and after, which no kernel may touch, and what the kernel returned. */
struct arrays {
	float guarded[ARRAYS][MOST + 2 * PAD] __attribute__((aligned(64)));
	float sum;
};

static float *array_of(struct arrays *a, size_t i, size_t offset)
{
	return a->guarded[i] + PAD - offset;
}

static void run(const struct ff_kernels *k, const struct kernel_case *kernel, struct arrays *a, size_t offset, size_t n)
{
	const struct operands operands = {array_of(a, 0, offset),
	                                  array_of(a, 1, offset),
	                                  array_of(a, 2, offset),
	                                  array_of(a, 3, offset),
	                                  array_of(a, 4, offset),
	                                  array_of(a, 5, offset),
	                                  n};
	a->sum = kernel->run(k, &operands);
}

/* Normal numbers; with `special` also zeros of both signs, denormals, infinities, NaN and the largest, scattered with
 * different periods over the arrays so that they meet each other and ordinary ones. The values lie at `offset`. */
static void fill(struct arrays *a, size_t offset, bool special)
{
	static const float SPECIAL[] = {0.0F,      -0.0F,   1e-40F,   -1e-40F,      NAN,     INFINITY,
	                                -INFINITY, FLT_MAX, -FLT_MAX, FLT_TRUE_MIN, FLT_MIN, -FLT_MIN};
	static float normal[ARRAYS * MOST]; /* drawn once, since drawing takes longer than the kernels */
	if (normal[0] == 0)
		toy_normal(normal, sizeof normal / sizeof *normal, 1, 1);
	memset(a, 0x5a, sizeof *a);
	for (size_t i = 0; i < ARRAYS; i++) {
		float *values = array_of(a, i, offset);
		memcpy(values, normal + i * MOST, MOST * sizeof *values);
		for (size_t j = 0; special && j < MOST; j += 1 + (i + j) % 3)
			values[j] = SPECIAL[(j / (i + 1)) % (sizeof SPECIAL / sizeof *SPECIAL)];
		for (size_t j = 0; i == 3 && j < MOST; j++)
			values[j] = fabsf(values[j]); /* Adam's v */
	}
}

/* Equal bits; a NaN may carry any payload, since the sets may order the operands of a sum differently. */
static bool same_floats(const float *a, const float *b, size_t n)
{
	for (size_t j = 0; j < n; j++)
		if (memcmp(&a[j], &b[j], sizeof *a) != 0 && !(isnan(a[j]) && isnan(b[j])))
			return false;
	return true;
}

static void compare(const struct ff_kernels *set, const struct ff_kernels *baseline, const struct kernel_case *kernel,
                    size_t offset, size_t n, bool special)
{
	static struct arrays got, wanted;
	ff_scenario("%s of %s at length %zu, offset %zu, %s values", kernel->name, set->name, n, offset,
	            special ? "special" : "plain");
	fill(&wanted, 0, special);
	run(baseline, kernel, &wanted, 0, n);
	fill(&got, offset, special);
	run(set, kernel, &got, offset, n);
	bool same = same_floats(&got.sum, &wanted.sum, 1), guards = true;
	for (size_t i = 0; i < ARRAYS; i++) {
		same &= same_floats(array_of(&got, i, offset), array_of(&wanted, i, 0), MOST);
		for (size_t j = 0; j < 2 * PAD; j++) {
			size_t at = j < PAD - offset ? j : MOST + j;
			guards &= memcmp(&got.guarded[i][at], "\x5a\x5a\x5a\x5a", 4) == 0;
		}
	}
	CHECK(same);
	CHECK(guards);
}

/* The baseline against itself too: alignment alone must not change a bit. */
static void sets_agree(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	CHECK(count >= 1 && ff_kernels_best() == sets[0]);
	CHECK_TEXT(sets[count - 1]->name, "baseline");
	for (int s = 0; s < count; s++)
		for (int k = 0; k < n_kernel_cases; k++)
			for (size_t n = 0; n <= 72; n++) {
				size_t length = n == 71 ? 784 : n == 72 ? MOST : n;
				compare(sets[s], sets[count - 1], &kernel_cases[k], n % 17, length, false);
				compare(sets[s], sets[count - 1], &kernel_cases[k], n % 17, length, true);
			}
	const struct ff_kernels *one[1];
	CHECK_INT(ff_kernels_usable(one, 1), 1);
	CHECK(one[0] == sets[0]);
}

static const struct kernel_case *kernel_named(const char *name)
{
	int k = 0;
	while (strcmp(kernel_cases[k].name, name) != 0)
		k++;
	return &kernel_cases[k];
}

/* Every value of `n` at every offset of a vector, for the kernel whose tail and lanes matter most. */
static void sums_do_not_depend_on_alignment(void)
{
	const struct ff_kernels *sets[SETS];
	const struct kernel_case *kernel = kernel_named("sum_square");
	int count = ff_kernels_usable(sets, SETS);
	for (int s = 0; s < count; s++)
		for (size_t offset = 1; offset <= 16; offset++)
			for (size_t n = 29; n <= 35; n += 3)
				compare(sets[s], sets[count - 1], kernel, offset, n, false);
}

/* A lane is fixed by an element's place, not by where the tail begins: zeros after the end change nothing. */
static void sums_do_not_depend_on_the_tail(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	float x[96];
	toy_normal(x, 96, 1, 7);
	for (int s = 0; s < count; s++)
		for (size_t n = 0; n < 96; n++) {
			float longer[96] = {0};
			ff_scenario("%s, %zu numbers", sets[s]->name, n);
			memcpy(longer, x, n * sizeof *x);
			float wanted = sets[s]->sum_square(longer, 96);
			CHECK(sets[s]->sum_square(x, n) == wanted);
		}
}

static struct element element_of(const struct arrays *a, size_t j)
{
	const float *x = a->guarded[1] + PAD;
	return (struct element){.y = (double)a->guarded[0][PAD + j],
	                        .x = (double)x[j],
	                        .m = (double)a->guarded[2][PAD + j],
	                        .v = (double)a->guarded[3][PAD + j],
	                        .p = (double)a->guarded[4][PAD + j],
	                        .q = (double)a->guarded[5][PAD + j],
	                        .byte = ((const uint8_t *)x)[j],
	                        .j = (uint32_t)j};
}

/* Each operation rounds once, to 6e-8 of its result. Returns what the element adds to the kernel's sum. */
static double check_element(const struct kernel_case *kernel, struct element before, struct element got)
{
	struct element wanted = kernel->formula(before);
	double size = 1e-6 * (1 + fabs(before.y) + fabs(before.x));
	CHECK_NEAR(got.y, wanted.y, size);
	CHECK_NEAR(got.x, wanted.x, 0);
	CHECK_NEAR(got.m, wanted.m, size);
	CHECK_NEAR(got.v, wanted.v, size + 1e-6 * before.x * before.x); /* Adam's v takes its square */
	CHECK_NEAR(got.p, wanted.p, size);
	CHECK_NEAR(got.q, wanted.q, size);
	return kernel->term ? kernel->term(before, wanted) : 0;
}

/* A sum of n squares keeps 16 lanes and so at most n/16 + 4 of them in a row. */
static void baseline_computes_the_formulas(void)
{
	static struct arrays before, after;
	const struct ff_kernels *sets[SETS];
	enum { N = 333 };
	int count = ff_kernels_usable(sets, SETS);
	fill(&before, 0, false);
	for (int k = 0; k < n_kernel_cases; k++) {
		double sum = 0;
		after = before;
		run(sets[count - 1], &kernel_cases[k], &after, 0, N);
		for (size_t j = 0; j < N; j++) {
			ff_scenario("%s, element %zu", kernel_cases[k].name, j);
			sum += check_element(&kernel_cases[k], element_of(&before, j), element_of(&after, j));
		}
		CHECK_NEAR((double)after.sum, sum, (N / 16.0 + 9) * 6e-8 * sum);
	}
}

enum { STEP_ROWS = 5, STEP_NUMBERS = STEP_ROWS * 40 + 7 };
struct stepped {
	float w[STEP_NUMBERS], state1[STEP_NUMBERS], state2[STEP_NUMBERS], gradient[STEP_NUMBERS];
};

/* Rows of n numbers, 36 apart, of the gradient 38 apart, with what is added to it; `whole`: by one call, else each row
 * by a call of its own, its gradient added up before. */
static void step(const struct ff_kernels *k, bool adam, size_t n, bool adds, bool whole, struct stepped *s)
{
	static const float FACTOR[STEP_ROWS] = {0.3F, -1.7F, 0, 2.5F, 0.01F};
	float added[STEP_NUMBERS];
	toy_normal((float *)s, sizeof *s / sizeof(float), 1, 3);
	toy_normal(added, STEP_NUMBERS, 1, 4);
	for (size_t i = 0; i < STEP_NUMBERS; i++)
		s->state2[i] = fabsf(s->state2[i]);
	for (size_t i = 0; i < (whole ? 1 : STEP_ROWS); i++) {
		struct ff_step_block block = {whole ? STEP_ROWS : 1,
		                              n,
		                              36,
		                              s->w + 36 * i,
		                              s->state1 + 36 * i,
		                              adam ? s->state2 + 36 * i : NULL,
		                              s->gradient + 38 * i,
		                              38,
		                              whole && adds ? FACTOR : NULL,
		                              whole && adds ? added : NULL};
		if (!whole && adds)
			k->add_scaled(s->gradient + 38 * i, FACTOR[i], added, n);
		if (adam)
			k->adam(&kernel_adam_step, &block);
		else
			k->sgd(&kernel_sgd_step, &block);
	}
}

/* The same bits by every set as by the baseline row by row, and nothing beside the block touched. */
static void a_block_takes_its_step_row_by_row(void)
{
	static struct stepped got, wanted;
	static const size_t LENGTHS[] = {1, 15, 16, 17, 31, 32, 33, 36};
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (int s = 0; s < count; s++)
		for (size_t l = 0; l < sizeof LENGTHS / sizeof *LENGTHS; l++)
			for (int variant = 0; variant < 4; variant++) {
				ff_scenario("%s, %s, rows of %zu%s", sets[s]->name, variant & 1 ? "adam" : "sgd",
				            LENGTHS[l], variant & 2 ? ", with a row added" : "");
				step(sets[s], variant & 1, LENGTHS[l], variant & 2, true, &got);
				step(sets[count - 1], variant & 1, LENGTHS[l], variant & 2, false, &wanted);
				CHECK(memcmp(got.w, wanted.w, sizeof got.w) == 0);
				CHECK(memcmp(got.state1, wanted.state1, sizeof got.state1) == 0);
				CHECK(memcmp(got.state2, wanted.state2, sizeof got.state2) == 0);
			}
}

static void what_is_not_zero_is_live(void)
{
	static const float VALUES[] = {1, 0.0F, -0.0F, NAN, -INFINITY, FLT_TRUE_MIN, -2};
	enum { N_VALUES = sizeof VALUES / sizeof *VALUES, N = 61 };
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (int s = 0; s < count; s++) {
		float x[N], sum[N] = {0};
		uint32_t live[N] = {0};
		for (size_t j = 0; j < N; j++)
			x[j] = VALUES[j % N_VALUES];
		live[2] = 1; /* of an earlier row */
		ff_scenario("%s", sets[s]->name);
		sets[s]->add_live(sum, live, x, N);
		for (size_t j = 0; j < N; j++)
			CHECK_INT(live[j], j == 2 || (j % N_VALUES != 1 && j % N_VALUES != 2));
	}
}

static void special_values_keep_their_meaning(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (int s = 0; s < count; s++)
		for (size_t at = 0; at < 40; at++) {
			float y[40] = {0}, bias[40] = {0};
			ff_scenario("%s, element %zu", sets[s]->name, at);
			y[at] = NAN;
			sets[s]->bias_relu(y, bias, 40);
			CHECK(isnan(y[at]));
			CHECK(isnan(sets[s]->sum_square(y, 40)));
			y[at] = -INFINITY;
			sets[s]->bias_relu(y, bias, 40);
			CHECK_NEAR((double)y[at], 0, 0);
			y[at] = INFINITY;
			sets[s]->bias_relu(y, bias, 40);
			CHECK(isinf(y[at]));
			y[at] = NAN; /* dropped or not */
			sets[s]->drop(&kernel_mask, y, 40);
			CHECK(isnan(y[at]));
			CHECK_INT(sets[s]->count_above(y, 0.0F, 40), 0);
			y[at] = 1e-40F; /* denormals are not flushed */
			sets[s]->bias_relu(y, bias, 40);
			CHECK(y[at] == 1e-40F);
		}
}

FF_TESTS("kernels", {"all instruction sets agree", sets_agree},
         {"sums do not depend on alignment", sums_do_not_depend_on_alignment},
         {"sums do not depend on the tail", sums_do_not_depend_on_the_tail},
         {"the baseline computes the formulas", baseline_computes_the_formulas},
         {"a block takes its step row by row", a_block_takes_its_step_row_by_row},
         {"what is not zero is live", what_is_not_zero_is_live},
         {"special values keep their meaning", special_values_keep_their_meaning})

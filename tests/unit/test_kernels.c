/* Every instruction set this processor has gives the baseline's bits, at any length and any alignment, for ordinary and
 * special values; and the baseline computes what kernels.h says. */
#include "support/harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "model/kernels.h"
#include "support/toy.h"

enum { MOST = 2000, PAD = 24, SETS = 8, ARRAYS = 6 };

/* Arrays with room before and after, which no kernel may touch. */
struct arrays {
	float room[ARRAYS][MOST + 2 * PAD] __attribute__((aligned(64)));
	float sum;
};

enum kernel {
	BIAS_RELU,
	LABEL_RELU,
	SUM_SQUARE,
	SCALE,
	SCALE_IN_PLACE,
	ADD_SCALED,
	ADD_LIVE,
	FOLD,
	FOLD_WITH_OFFSET,
	DECODE,
	ADAM,
	SGD,
	COUNT_ABOVE,
	SUM_SQUARE_ABOVE,
	SCALE_ABOVE,
	SCALE_ABOVE_IN_PLACE,
	DROP,
	KERNELS
};

static const char *const NAMES[] = {"bias_relu",
                                    "label_relu",
                                    "sum_square",
                                    "scale",
                                    "scale in place",
                                    "add_scaled",
                                    "add_live",
                                    "fold",
                                    "fold with offset",
                                    "decode",
                                    "adam",
                                    "sgd",
                                    "count_above",
                                    "sum_square_above",
                                    "scale_above",
                                    "scale_above in place",
                                    "drop"};
static const struct ff_adam_step ADAM_STEP = {0.9F, 0.999F, 0.1F, 0.001F, 0.02F, 0.17F, 1e-8F, 0.005F};
static const struct ff_sgd_step SGD_STEP = {0.9F, 0.1F, 0.05F, 0.002F};
static const struct ff_mask MASK = {0x123456789abcdef0, 77, 5, 3, 512, 11, 0x40000000, 4.0F / 3};

static void run(const struct ff_kernels *k, enum kernel kernel, struct arrays *a, size_t offset, size_t n)
{
	float *y = a->room[0] + PAD - offset, *x = a->room[1] + PAD - offset;
	float *m = a->room[2] + PAD - offset, *v = a->room[3] + PAD - offset;
	uint32_t live[MOST];
	switch (kernel) {
	case BIAS_RELU:
		a->sum = k->bias_relu(y, x, n);
		break;
	case LABEL_RELU:
		a->sum = k->label_relu(m, 0.7F, x, -1.3F, v, y, n);
		break;
	case SUM_SQUARE:
		a->sum = k->sum_square(x, n);
		break;
	case SCALE:
		k->scale(x, -1.7F, y, n);
		break;
	case SCALE_IN_PLACE:
		k->scale(y, 0.3F, y, n);
		break;
	case ADD_SCALED:
		k->add_scaled(y, 0.37F, x, n);
		break;
	case ADD_LIVE:
		memcpy(live, m, n * sizeof *live);
		k->add_live(y, live, x, n);
		memcpy(m, live, n * sizeof *live);
		break;
	case FOLD:
		k->fold(&(struct ff_fold){y, x, m, m, 0.7F, v, NULL, NAN}, n);
		break;
	case FOLD_WITH_OFFSET:
		k->fold(
		    &(struct ff_fold){y, x, m, a->room[4] + PAD - offset, -1.3F, v, a->room[5] + PAD - offset, 0.2F},
		    n);
		break;
	case DECODE:
		k->decode((const uint8_t *)x, 1.0F / 255, -0.42F, y, n);
		break;
	case ADAM:
		k->adam(&ADAM_STEP, &(struct ff_step_block){1, n, n, y, m, v, x, n, NULL, NULL});
		break;
	case SGD:
		k->sgd(&SGD_STEP, &(struct ff_step_block){1, n, n, y, m, NULL, x, n, NULL, NULL});
		break;
	case COUNT_ABOVE:
		a->sum = (float)k->count_above(x, -0.3F, n);
		break;
	case SUM_SQUARE_ABOVE:
		a->sum = k->sum_square_above(x, -0.3F, n);
		break;
	case SCALE_ABOVE:
		k->scale_above(x, 0.2F, -1.7F, y, n);
		break;
	case SCALE_ABOVE_IN_PLACE:
		k->scale_above(y, 0.0F, 0.3F, y, n);
		break;
	case DROP:
		k->drop(&MASK, y, n);
		break;
	case KERNELS:
		break;
	}
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
		float *values = a->room[i] + PAD - offset;
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

static void compare(const struct ff_kernels *set, const struct ff_kernels *baseline, enum kernel kernel, size_t offset,
                    size_t n, bool special)
{
	static struct arrays got, wanted;
	char text[128];
	fill(&wanted, 0, special);
	run(baseline, kernel, &wanted, 0, n);
	fill(&got, offset, special);
	run(set, kernel, &got, offset, n);
	bool same = same_floats(&got.sum, &wanted.sum, 1);
	for (size_t i = 0; i < ARRAYS; i++) {
		same &= same_floats(got.room[i] + PAD - offset, wanted.room[i] + PAD, MOST);
		for (size_t j = 0; j < 2 * PAD; j++) { /* the room around */
			size_t at = j < PAD - offset ? j : MOST + j;
			same &= memcmp(&got.room[i][at], "\x5a\x5a\x5a\x5a", 4) == 0;
		}
	}
	snprintf(text, sizeof text, "%s of %s at length %zu, offset %zu, %s values", NAMES[kernel], set->name, n,
	         offset, special ? "special" : "plain");
	ff_check(same, text, __FILE__, __LINE__);
}

/* The baseline against itself too: alignment alone must not change a bit. */
static void sets_agree(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	CHECK(count >= 1 && ff_kernels_best() == sets[0]);
	CHECK_TEXT(sets[count - 1]->name, "baseline");
	for (int s = 0; s < count; s++)
		for (int kernel = 0; kernel < KERNELS; kernel++)
			for (size_t n = 0; n <= 72; n++)
				for (size_t special = 0; special < 2; special++)
					compare(sets[s], sets[count - 1], (enum kernel)kernel, n % 17,
					        n == 71   ? 784
					        : n == 72 ? MOST
					                  : n,
					        special);
	const struct ff_kernels *one[1];
	CHECK_INT(ff_kernels_usable(one, 1), 1);
	CHECK(one[0] == sets[0]);
}

/* Every value of `n` at every offset of a vector, for the kernel whose tail and lanes matter most. */
static void sums_do_not_depend_on_alignment(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (int s = 0; s < count; s++)
		for (size_t offset = 1; offset <= 16; offset++)
			for (size_t n = 29; n <= 35; n += 3)
				compare(sets[s], sets[count - 1], SUM_SQUARE, offset, n, false);
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
			memcpy(longer, x, n * sizeof *x);
			float wanted = sets[s]->sum_square(longer, 96);
			CHECK(sets[s]->sum_square(x, n) == wanted);
		}
}

/* Whether MASK drops element j, from the generator's other implementation. */
static bool dropped(uint32_t j)
{
	struct ff_random random = ff_random_at(MASK.seed, (enum ff_purpose)MASK.purpose,
	                                       MASK.layer + j / 4 * MASK.stride, MASK.epoch, MASK.index);
	return random.word[j % 4] < MASK.least;
}

/* Element j of the sums that run() has a pair's deltas added to; without offset both its rows have one label. */
static void check_fold(const struct arrays *before, const struct arrays *after, bool offset, size_t j)
{
	double a = (double)before->room[0][j], b = (double)before->room[1][j], size = 1e-6 * (1 + fabs(a) + fabs(b));
	double right = offset ? -1.3 * a : 0.7 * (a + b), wrong = offset ? -1.3 * b : 0,
	       image = offset ? 0.2 * (a + b) : 0;
	CHECK_NEAR((double)after->room[2][j], (double)before->room[2][j] + right, size);
	CHECK_NEAR((double)after->room[3][j], (double)before->room[3][j] + a + b, size);
	CHECK_NEAR((double)after->room[4][j], (double)before->room[4][j] + wrong, size);
	CHECK_NEAR((double)after->room[5][j], (double)before->room[5][j] + image, size);
}

/* Each operation rounds once, to 6e-8 of its result; the sum of n squares keeps 16 lanes and so at most n/16 + 4 of
 * them in a row. */
static void baseline_computes_the_formulas(void)
{
	static struct arrays before, after;
	const struct ff_kernels *sets[SETS];
	enum { N = 333 };
	int count = ff_kernels_usable(sets, SETS);
	const struct ff_kernels *k = sets[count - 1];
	fill(&before, 0, false);
	const float *y = before.room[0] + PAD, *x = before.room[1] + PAD, *m = before.room[2] + PAD,
	            *v = before.room[3] + PAD;
	const float *out = after.room[0] + PAD;
	double square = 0, count_above = 0, square_above = 0;
	for (int kernel = 0; kernel < KERNELS; kernel++) {
		double activation = 0;
		after = before;
		run(k, (enum kernel)kernel, &after, 0, N);
		for (int j = 0; j < N; j++) {
			double a = (double)y[j], b = (double)x[j], c = (double)m[j], d = (double)v[j];
			double m1 = 0.9 * c + 0.1 * b, v1 = 0.999 * d + 0.001 * b * b;
			double wanted[] = {[BIAS_RELU] = fmax(a + b, 0),
			                   [LABEL_RELU] = fmax(0.7 * c - 1.3 * b + d, 0),
			                   [SUM_SQUARE] = a,
			                   [SCALE] = -1.7 * b,
			                   [SCALE_IN_PLACE] = 0.3 * a,
			                   [ADD_SCALED] = a + 0.37 * b,
			                   [ADD_LIVE] = a + b,
			                   [FOLD] = a + b,
			                   [FOLD_WITH_OFFSET] = a + b,
			                   [DECODE] = ((const uint8_t *)x)[j] / 255.0 - 0.42,
			                   [ADAM] = 0.995 * a - 0.02 * m1 / (sqrt(v1) / 0.17 + 1e-8),
			                   [SGD] = a - 0.05 * (m1 + 0.002 * a),
			                   [COUNT_ABOVE] = a,
			                   [SUM_SQUARE_ABOVE] = a,
			                   [SCALE_ABOVE] = x[j] > 0.2F ? -1.7 * b : 0,
			                   [SCALE_ABOVE_IN_PLACE] = a > 0 ? 0.3 * a : 0,
			                   [DROP] = dropped((uint32_t)j) ? 0 : a * 4 / 3};
			CHECK_NEAR((double)out[j], wanted[kernel], 1e-6 * (1 + fabs(a) + fabs(b)));
			activation += wanted[kernel] * wanted[kernel];
			square += kernel == 0 ? b * b : 0;
			count_above += kernel == 0 && x[j] > -0.3F;
			square_above += kernel == 0 && x[j] > -0.3F ? b * b : 0;
			if (kernel == FOLD || kernel == FOLD_WITH_OFFSET)
				check_fold(&before, &after, kernel == FOLD_WITH_OFFSET, PAD + (size_t)j);
			if (kernel == ADAM || kernel == SGD)
				CHECK_NEAR((double)after.room[2][PAD + j], m1, 1e-6 * (1 + fabs(b)));
			if (kernel == ADAM)
				CHECK_NEAR((double)after.room[3][PAD + j], v1, 1e-6 * (1 + b * b));
		}
		if (kernel == BIAS_RELU || kernel == LABEL_RELU)
			CHECK_NEAR((double)after.sum, activation, (N / 16.0 + 9) * 6e-8 * activation);
		if (kernel == SUM_SQUARE)
			CHECK_NEAR((double)after.sum, square, (N / 16.0 + 5) * 6e-8 * square);
		if (kernel == COUNT_ABOVE)
			CHECK_NEAR((double)after.sum, count_above, 0);
		if (kernel == SUM_SQUARE_ABOVE)
			CHECK_NEAR((double)after.sum, square_above, (N / 16.0 + 5) * 6e-8 * square_above);
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
			k->adam(&ADAM_STEP, &block);
		else
			k->sgd(&SGD_STEP, &block);
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
			sets[s]->drop(&MASK, y, 40);
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

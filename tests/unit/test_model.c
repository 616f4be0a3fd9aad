/* Properties of objectives, layers, labels and schedules, from their definitions: finite differences, moments,
 * hand-made numbers. */
#include "support/harness.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dense.h"
#include "model/kernel_sets.h"
#include "model/negatives.h"
#include "model/optimizer.h"
#include "model/overlay.h"
#include "support/toy.h"

static const struct ff_team ALONE = {1};
static const enum ff_loss_kind KINDS[] = {FF_LOGISTIC, FF_SYMBA, FF_SWISH};

/* ---- losses and goodness ---- */

/* The loss of a pair; slope: dL/dg+ and dL/dg-, may be NULL. */
static double pair_loss(enum ff_loss_kind kind, const struct ff_loss_constants *c, double positive, double negative,
                        double slope[])
{
	double unused[FF_MAX_SIDES];
	const double goodness[] = {positive, negative};
	return ff_loss_of(kind)->value(c, goodness, slope ? slope : unused);
}

/* Central differences in double, step h = 1e-4: the formula is off by h^2/6 f''' (below 1e-6 at alpha 6), the losses'
 * own rounding (1e-16 of 6e4) by 1e-7. */
static void derivatives_match_differences(void)
{
	static const double AT[] = {-1e4, -300, -3, -0.7, 0, 0.1, 0.8, 1, 2, 2.5, 7, 40, 300, 784, 1e4};
	enum { N = sizeof AT / sizeof *AT };
	const struct ff_loss_constants constants = {.theta = 2, .alpha = 6};
	const double h = 1e-4;
	for (int kind = 0; kind < 3; kind++)
		for (int i = 0; i < N * N; i++) {
			double p = AT[i / N], n = AT[i % N], slope[FF_MAX_SIDES];
			ff_scenario("loss %d at goodness %g and %g", (int)KINDS[kind], p, n);
			double loss = pair_loss(KINDS[kind], &constants, p, n, slope);
			double dp = pair_loss(KINDS[kind], &constants, p + h, n, NULL) -
			            pair_loss(KINDS[kind], &constants, p - h, n, NULL);
			double dn = pair_loss(KINDS[kind], &constants, p, n + h, NULL) -
			            pair_loss(KINDS[kind], &constants, p, n - h, NULL);
			CHECK(isfinite(loss) && isfinite(slope[FF_POSITIVE]) && isfinite(slope[FF_NEGATIVE]));
			CHECK_NEAR(slope[FF_POSITIVE], dp / (2 * h), 2e-6);
			CHECK_NEAR(slope[FF_NEGATIVE], dn / (2 * h), 2e-6);
		}
}

static void losses_have_their_landmarks(void)
{
	const struct ff_loss_constants c = {.theta = 2, .alpha = 4};
	double slope[FF_MAX_SIDES];
	CHECK_NEAR(pair_loss(FF_LOGISTIC, &c, 2, 2, slope), 2 * log(2), 1e-15);
	CHECK_NEAR(slope[FF_POSITIVE], -0.5, 1e-15);
	CHECK_NEAR(pair_loss(FF_LOGISTIC, &c, -1e4, 1e4, NULL), 2e4, 1e-10);
	CHECK_NEAR(pair_loss(FF_SYMBA, &c, 5, 5, NULL), log(2), 1e-15);
	CHECK_NEAR(pair_loss(FF_SYMBA, &c, -1e4, 1e4, NULL), 8e4, 1e-9);
	CHECK_NEAR(pair_loss(FF_SWISH, &c, 5, 5, slope), 0, 0);
	CHECK_NEAR(slope[FF_NEGATIVE], 2, 1e-15); /* alpha / 2 */
	CHECK_NEAR(pair_loss(FF_SWISH, &c, -1e4, 1e4, NULL), 8e4, 1e-9);
	CHECK_NEAR(pair_loss(FF_SWISH, &c, 1e4, -1e4, NULL), 0, 0);
	for (int kind = 0; kind < 3; kind++) /* NaN must reach the loss */
		CHECK(isnan(pair_loss(KINDS[kind], &c, NAN, 1, NULL)));
}

static double goodness_in_double(enum ff_goodness_kind kind, const float *y, size_t n)
{
	double sum = 0;
	for (size_t j = 0; j < n; j++)
		sum += (double)y[j] * (double)y[j];
	return kind == FF_MEAN_SQUARE ? sum / (double)n : sum;
}

/* Goodness is quadratic, so a central difference is exact at any step; y + h and y - h are exact too. */
static void goodness_gradients_match_differences(void)
{
	enum { N = 23 };
	const struct ff_kernels *kernels = ff_kernels_best();
	const struct ff_goodness_constants constants = {0};
	for (int kind = FF_MEAN_SQUARE; kind <= FF_SUM_SQUARE; kind++) {
		const struct ff_goodness *goodness = ff_goodness_of((enum ff_goodness_kind)kind);
		float y[N], delta[N], moved[N];
		ff_scenario("goodness %d", kind);
		for (int j = 0; j < N; j++)
			y[j] = j % 4 == 2 ? 0.0F : (float)(j + 1) / 8;
		double g = goodness_in_double((enum ff_goodness_kind)kind, y, N);
		float sum_square = (float)goodness_in_double(FF_SUM_SQUARE, y, N);
		CHECK_NEAR((double)goodness->value(&constants, kernels, y, N, sum_square), g, 1e-6 * g);
		goodness->gradient(&constants, kernels, y, N, -0.75F, delta);
		for (int j = 0; j < N; j++) {
			memcpy(moved, y, sizeof y);
			moved[j] = y[j] + 0.125F;
			double up = goodness_in_double((enum ff_goodness_kind)kind, moved, N);
			moved[j] = y[j] - 0.125F;
			double down = goodness_in_double((enum ff_goodness_kind)kind, moved, N);
			CHECK_NEAR((double)delta[j], -0.75 * (up - down) / 0.25, 1e-6 * g);
		}
		goodness->gradient(&constants, kernels, y, N, -0.75F, y); /* in place */
		CHECK(memcmp(y, delta, sizeof y) == 0);
	}
}

/* ---- the whole layer ---- */

enum { I = 9, O = 7, PAIRS = 5, P = I * O + O };

static void a_broken_row_is_seen(void)
{
	struct ff_experiment e = toy_experiment(O, 1);
	struct toy toy;
	float x[2 * PAIRS * I];
	if (!toy_open(&toy, &e, 0, I, PAIRS))
		return;
	toy_normal(x, 2 * PAIRS * I, 1, 1);
	x[3 * I + 2] = NAN;
	CHECK(isnan(toy_learn(&toy, &ALONE, x, PAIRS, PAIRS).loss));
	toy_close(&toy);
}

static void a_silent_row_stays_zero(void)
{
	float y[2 * O] = {0}, sums[2] = {0}, out[2 * O];
	for (int kind = FF_NORM_L2; kind <= FF_NORM_RMS; kind++) {
		ff_scenario("norm %d", kind);
		memset(out, 1, sizeof out);
		ff_normalize(ff_kernels_best(), &ALONE, (enum ff_norm)kind, 1e-8, y, sums, 2, O, out);
		CHECK(memcmp(out, y, sizeof y) == 0);
	}
	CHECK_NEAR((double)ff_norm_of(FF_NORM_L2, 0.5, 64, 16), 8.5, 0);
	CHECK_NEAR((double)ff_norm_of(FF_NORM_RMS, 0.5, 64, 16), 2.5, 0);
}

/* Mean over the last batch of the activity of unit 3, which starts far below zero. */
static float dead_unit(double peer)
{
	struct ff_experiment e = toy_experiment(O, 1);
	struct toy toy;
	float x[2 * PAIRS * I], sum = 0;
	e.layers[0].peer = peer;
	e.layers[0].rate = 0.5;
	e.optimizer.kind = FF_SGD;
	if (!toy_open(&toy, &e, 0, I, PAIRS))
		return NAN;
	toy_normal(x, 2 * PAIRS * I, 1, 1);
	ff_layer_bias(&toy.layer)[3] = -6;
	for (int step = 0; step < 400; step++) {
		toy_learn(&toy, &ALONE, x, PAIRS, PAIRS);
		ff_layer_update(&toy.layer, &ALONE, PAIRS, 1);
	}
	for (int r = 0; r < PAIRS; r++)
		sum += toy.y[r * O + 3];
	if (peer == 0)
		CHECK_NEAR((double)ff_layer_bias(&toy.layer)[3], -6, 0);
	toy_close(&toy);
	return sum / PAIRS;
}

static void peer_normalisation_revives_dead_units(void)
{
	CHECK_NEAR((double)dead_unit(0), 0, 0);
	CHECK(dead_unit(0.3) > 0.05F);
}

/* ---- layout and initial values ---- */

static void layout_measures_what_it_takes(void)
{
	for (int kind = 0; kind < 4; kind++) {
		struct ff_experiment e = toy_experiment(O, 1);
		struct ff_arena arena = {0};
		struct ff_layer layer;
		const struct ff_layer_size most = {.inputs = I, .samples = PAIRS};
		e.optimizer.kind = (kind & 1) ? FF_SGD : FF_ADAM;
		e.layers[0].peer = (kind & 2) ? 0.1 : 0;
		ff_scenario("%s, peer %g", (kind & 1) ? "sgd" : "adam", e.layers[0].peer);
		ff_layer_layout(&layer, &arena, &ff_dense_kind, &e, 0, &most);
		size_t measured = arena.used;
		size_t least = (size_t)P * 4 * ((kind & 1) ? 3 : 4) + PAIRS * 16 + ((kind & 2) ? (2 * O + I) * 4 : 0);
		CHECK(measured >= least && measured < least + (size_t)9 * FF_ALIGN);
		if (!CHECK(ff_arena_init(&arena, NULL) == FF_OK))
			return;
		ff_layer_layout(&layer, &arena, &ff_dense_kind, &e, 0, &most);
		CHECK_INT(arena.used, measured);
		CHECK((layer.parameters.state2 == NULL) == (e.optimizer.kind == FF_SGD));
		CHECK((layer.peer_mean == NULL) == (e.layers[0].peer == 0));
		const float *arrays[] = {layer.parameters.value, layer.parameters.gradient, layer.parameters.state1,
		                         layer.parameters.state2};
		for (int a = 0; a < ((kind & 1) ? 3 : 4); a++) {
			CHECK_INT((uintptr_t)arrays[a] % FF_ALIGN, 0);
			for (int b = 0; b < a; b++)
				CHECK(arrays[a] >= arrays[b] + P || arrays[b] >= arrays[a] + P);
		}
		ff_arena_fini(&arena);
	}
}

/* Mean, variance and fourth moment of n numbers, and their largest size. */
struct moments {
	double mean, variance, fourth, largest;
};

static struct moments moments_of(const float *a, size_t n)
{
	struct moments m = {0};
	for (size_t i = 0; i < n; i++) {
		double v = (double)a[i];
		m.mean += v / (double)n;
		m.variance += v * v / (double)n;
		m.fourth += v * v * v * v / (double)n;
		m.largest = fmax(m.largest, fabs(v));
	}
	return m;
}

/* 64,000 draws: the standard error of a mean is 0.4 % of the deviation, of a variance 0.6 %, of a fourth moment 4 % of
 * the variance squared. */
static void initial_values_have_their_moments(void)
{
	enum { IN = 320, OUT = 200, N = IN * OUT };
	static float first[N];
	for (int kind = FF_INIT_NORMAL; kind <= FF_INIT_UNIFORM; kind++) {
		struct ff_experiment e = toy_experiment(OUT, OUT);
		struct toy toy;
		double bound = 1 / sqrt(IN), variance = kind == FF_INIT_NORMAL ? 1.0 / IN : 1.0 / (3 * IN);
		ff_scenario("%s initial values", kind == FF_INIT_NORMAL ? "normal" : "uniform");
		e.layers[0].init = e.layers[1].init = (enum ff_init)kind;
		e.layers[0].peer = 0.1;
		if (!toy_open(&toy, &e, 0, IN, 1))
			return;
		struct moments w = moments_of(ff_layer_weight(&toy.layer), N);
		struct moments b = moments_of(ff_layer_bias(&toy.layer), OUT);
		CHECK_NEAR(w.mean, 0, 4 * sqrt(variance / N));
		CHECK_NEAR(w.variance / variance, 1, 0.025);
		CHECK_NEAR(w.fourth / (variance * variance), kind == FF_INIT_NORMAL ? 3 : 1.8, 0.16);
		CHECK(kind == FF_INIT_NORMAL ? w.largest < 6 * bound : w.largest <= bound && w.largest > 0.999 * bound);
		CHECK_NEAR(b.mean, 0, 4 * sqrt(variance / OUT));
		CHECK_NEAR(b.variance, kind == FF_INIT_NORMAL ? 0 : variance, 0.3 * variance * kind);
		CHECK(b.largest <= bound);
		CHECK_NEAR(moments_of(toy.layer.parameters.gradient, N + OUT).largest, 0, 0);
		CHECK_NEAR(moments_of(toy.layer.parameters.state1, N + OUT).largest, 0, 0);
		CHECK_NEAR(moments_of(toy.layer.parameters.state2, N + OUT).largest, 0, 0);
		for (int j = 0; j < OUT; j++)
			CHECK_NEAR((double)toy.layer.peer_mean[j], 0.5, 0);
		memcpy(first, ff_layer_weight(&toy.layer), sizeof first);
		toy_close(&toy);
		for (int other = 0; other < 3; other++) { /* the same, another layer, another seed */
			e.seed = 1234 + (other == 2);
			if (!toy_open(&toy, &e, other == 1, IN, 1))
				return;
			int equal = 0;
			for (int i = 0; i < N; i++)
				equal += first[i] == ff_layer_weight(&toy.layer)[i];
			CHECK(other == 0 ? equal == N : equal < N / 1000);
			toy_close(&toy);
		}
	}
}

/* ---- labels ---- */

/* 0.9999 quantiles of chi-square for classes - 2 degrees of freedom. */
static void wrong_labels_are_uniform(void)
{
	static const struct {
		int classes;
		double most;
	} CASES[] = {{2, 0}, {3, 15.1}, {10, 31.8}, {20, 49}};
	enum { DRAWS = 20000 };
	for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++)
		for (int label = 0; label < CASES[c].classes; label += 1 + CASES[c].classes / 4) {
			int count[20] = {0}, classes = CASES[c].classes;
			ff_scenario("label %d of %d", label, classes);
			for (uint32_t i = 0; i < DRAWS; i++) {
				int wrong = ff_wrong_label(5, i, 3, label, classes);
				if (!CHECK(wrong >= 0 && wrong < classes && wrong != label))
					return;
				count[wrong]++;
			}
			double chi2 = 0, each = (double)DRAWS / (classes - 1);
			for (int k = 0; k < classes; k++)
				chi2 += k == label ? 0 : (count[k] - each) * (count[k] - each) / each;
			CHECK(chi2 <= CASES[c].most);
		}
}

/* Of two independent draws among nine labels, one in nine agrees: 1111 of 10000 with a deviation of 31. */
static void wrong_labels_depend_on_seed_sample_and_draw(void)
{
	int by_seed = 0, by_sample = 0, by_draw = 0, other = 0;
	for (uint32_t i = 0; i < 10000; i++) {
		int wrong = ff_wrong_label(1, i, 7, 4, 10);
		CHECK_INT(ff_wrong_label(1, i, 7, 4, 10), wrong);
		by_seed += wrong == ff_wrong_label(2, i, 7, 4, 10);
		by_sample += wrong == ff_wrong_label(1, i + 1, 7, 4, 10);
		by_draw += wrong == ff_wrong_label(1, i, 8, 4, 10);
		other += wrong == ff_wrong_label(1ULL << 32 | 1, i, 7, 4, 10);
	}
	CHECK_NEAR(by_seed, 1111, 160);
	CHECK_NEAR(by_sample, 1111, 160);
	CHECK_NEAR(by_draw, 1111, 160);
	CHECK_NEAR(other, 1111, 160); /* the seed's high word counts too */
}

/* ---- schedules ---- */

static void rates_follow_their_schedules(void)
{
	CHECK_NEAR(ff_rate_factor(FF_CONSTANT, 1, 60), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_CONSTANT, 60, 60), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 1, 60), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 30, 60), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 31, 60), 59.0 / 60, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 45, 60), 31.0 / 60, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 60, 60), 1.0 / 60, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 3, 5), 1, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 4, 5), 0.6, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 5, 5), 0.2, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COOLDOWN, 1, 1), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_COSINE, 1, 4), 1, 0);
	CHECK_NEAR(ff_rate_factor(FF_COSINE, 2, 4), 0.85355339059327376, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COSINE, 3, 4), 0.5, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COSINE, 4, 4), 0.14644660940672624, 1e-15);
	CHECK_NEAR(ff_rate_factor(FF_COSINE, 1, 1), 1, 0);
}

FF_TESTS("model", {"a loss's derivatives match differences", derivatives_match_differences},
         {"losses have their landmarks", losses_have_their_landmarks},
         {"goodness gradients match differences", goodness_gradients_match_differences},
         {"a broken row is seen in the loss", a_broken_row_is_seen},
         {"a silent row stays zero", a_silent_row_stays_zero},
         {"peer normalisation revives dead units", peer_normalisation_revives_dead_units},
         {"a layout measures what it takes", layout_measures_what_it_takes},
         {"initial values have their moments", initial_values_have_their_moments},
         {"wrong labels are uniform", wrong_labels_are_uniform},
         {"wrong labels depend on seed, sample and draw", wrong_labels_depend_on_seed_sample_and_draw},
         {"rates follow their schedules", rates_follow_their_schedules})

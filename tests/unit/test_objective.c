/* Every goodness with every loss in both directions: against tests/golden/data, differences and plain sorting. */
#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/kernel_sets.h"
#include "support/golden.h"
#include "support/toy.h"

static const struct ff_team ALONE = {1};
static const enum ff_loss_kind LOSSES[] = {FF_LOGISTIC, FF_LOGISTIC, FF_SYMBA, FF_SWISH};
static const char *const LOSS_NAMES[] = {"logistic_number", "logistic_width", "symba", "swish"};
static const enum ff_goodness_kind KINDS[] = {FF_MEAN_SQUARE, FF_SUM_SQUARE, FF_TOP_K};
static const char *const NAMES[] = {"mean_square", "sum_square", "top_k"};
static const char *const REDUCTIONS[] = {[FF_REDUCE_PAIRS] = "pairs", [FF_REDUCE_ROWS] = "rows"};
static const char *const DIRECTIONS[] = {[FF_MAXIMISE] = "maximise", [FF_MINIMISE] = "minimise"};

/* ---- golden values; tolerance as in test_golden.c ---- */

static const double TIGHT = 3e-6;

/* Double against double: only the nine printed digits and the last bits of exp and log differ, but at goodness 1e4 a
 * derivative far below the smallest double may be 0 in one and 1e-300 in the other. */
static void pair_losses_are_right(void)
{
	enum { N = 11 };
	struct golden g;
	if (!golden_open(&g, "pairs"))
		return;
	const double *at = golden_values(&g, 1, N, "goodness");
	for (int l = 0; l < 4; l++) {
		const char *name = LOSS_NAMES[l];
		struct ff_loss_constants constants = {golden_number(&g, "%s.theta", name),
		                                      golden_number(&g, "%s.alpha", name)};
		const double *loss = golden_values(&g, N, N, "%s.loss", name);
		const double *positive = golden_values(&g, N, N, "%s.d_positive", name);
		const double *negative = golden_values(&g, N, N, "%s.d_negative", name);
		for (int i = 0; i < N * N; i++) {
			ff_scenario("%s at goodness %g and %g", name, at[i / N], at[i % N]);
			const double pair[] = {at[i / N], at[i % N]};
			double slope[FF_MAX_SIDES], got = ff_loss_of(LOSSES[l])->value(&constants, pair, slope);
			CHECK_NEAR(got, loss[i], 1e-8 * fabs(loss[i]) + 1e-100);
			CHECK_NEAR(slope[FF_POSITIVE], positive[i], 1e-8 * fabs(positive[i]) + 1e-100);
			CHECK_NEAR(slope[FF_NEGATIVE], negative[i], 1e-8 * fabs(negative[i]) + 1e-100);
		}
	}
	golden_close(&g);
}

enum { GI = 13, GO = 11, GPAIRS = 6 };

/* One pass of a layer gives the arrays NAME.loss, NAME.dW and NAME.db of the file, and goodness `rows` [2 pairs] of the
 * rows unless that is NULL. */
static void one_golden(struct golden *g, const struct ff_experiment *e, const char *name, const double *rows,
                       int threads, size_t tile)
{
	struct toy toy;
	float x[2 * GPAIRS * GI];
	double positive = 0, negative = 0;
	ff_scenario("%s, %d threads, tiles of %zu pairs", name, threads, tile);
	if (!toy_open(&toy, e, 0, GI, GPAIRS))
		return;
	golden_floats(x, golden_values(g, 2 * GPAIRS, GI, "x"), 2 * GPAIRS * GI);
	toy_set(&toy, golden_values(g, GI, GO, "W"), golden_values(g, 1, GO, "b"));
	struct ff_tile_sums sums = toy_learn(&toy, &(struct ff_team){threads}, x, GPAIRS, tile);
	double loss = golden_number(g, "%s.loss", name);
	CHECK_NEAR(sums.loss / GPAIRS, loss, TIGHT * (1 + fabs(loss))); /* swish's crosses 0 */
	golden_near(toy.layer.parameters.gradient, golden_values(g, GI, GO, "%s.dW", name), (size_t)GI * GO, TIGHT,
	            "dW");
	golden_near(toy.layer.parameters.gradient + GI * GO, golden_values(g, 1, GO, "%s.db", name), GO, TIGHT, "db");
	for (int p = 0; rows && p < GPAIRS; p++)
		positive += rows[p], negative += rows[GPAIRS + p];
	if (rows) {
		golden_near(toy.goodness, rows, 2 * GPAIRS, TIGHT, "goodness");
		CHECK_NEAR(sums.positive, positive, TIGHT * positive);
		CHECK_NEAR(sums.negative, negative, TIGHT * negative);
	}
	toy_close(&toy);
}

/* As a whole, in tiles of 3 and 3 pairs, in six of 1, and in tiles by two threads. */
static void golden_in_tiles(struct golden *g, const struct ff_experiment *e, const char *name, const double *rows)
{
	for (size_t tile = GPAIRS; tile; tile /= 2)
		one_golden(g, e, name, rows, 1, tile);
	one_golden(g, e, name, rows, 2, 3);
}

static void objectives_are_right(void)
{
	struct golden g;
	if (!golden_open(&g, "objective"))
		return;
	for (int kind = 0; kind < 16; kind++) { /* loss x goodness x reduction */
		int loss = kind / 4, goodness = kind & 1;
		char name[GOLDEN_NAME];
		struct ff_experiment e = toy_experiment(GO, 1);
		e.objective.loss = LOSSES[loss];
		e.objective.goodness = KINDS[goodness];
		e.objective.reduce = (kind & 2) ? FF_REDUCE_ROWS : FF_REDUCE_PAIRS;
		snprintf(name, sizeof name, "%s.%s.%s", NAMES[goodness], LOSS_NAMES[loss],
		         REDUCTIONS[e.objective.reduce]);
		e.objective.alpha = golden_number(&g, "%s.alpha", name);
		e.layers[0].threshold = loss == 1 ? FF_THRESHOLD_WIDTH : golden_number(&g, "%s.theta", name);
		golden_in_tiles(&g, &e, name, golden_values(&g, 1, 2 * GPAIRS, "%s.goodness", NAMES[goodness]));
	}
	golden_close(&g);
}

static void directions_are_right(void)
{
	struct golden g;
	if (!golden_open(&g, "direction"))
		return;
	for (int kind = 0; kind < 16; kind++) { /* loss x (top_k maximised, or a goodness minimised) */
		int loss = kind / 4, goodness = kind % 4 == 3 ? FF_TOP_K : kind % 4;
		char name[GOLDEN_NAME];
		struct ff_experiment e = toy_experiment(GO, 1);
		e.objective.direction = kind % 4 == 3 ? FF_MAXIMISE : FF_MINIMISE;
		e.objective.goodness = KINDS[goodness];
		e.objective.loss = LOSSES[loss];
		e.objective.k = 4;
		snprintf(name, sizeof name, "%s.%s.%s", NAMES[goodness], DIRECTIONS[e.objective.direction],
		         LOSS_NAMES[loss]);
		e.objective.alpha = golden_number(&g, "%s.alpha", name);
		e.layers[0].threshold = loss == 1 ? FF_THRESHOLD_WIDTH : 1.5;
		golden_in_tiles(&g, &e, name, NULL);
	}
	golden_close(&g);
}

static void top_k_is_right_for_any_k(void)
{
	static const int K[] = {1, 4, 11, 100};
	struct golden g;
	if (!golden_open(&g, "direction"))
		return;
	for (int i = 0; i < 4; i++) {
		struct ff_experiment e = toy_experiment(GO, 1);
		struct toy toy;
		float x[2 * GPAIRS * GI];
		e.objective.goodness = FF_TOP_K;
		e.objective.k = K[i];
		if (!toy_open(&toy, &e, 0, GI, GPAIRS))
			return;
		golden_floats(x, golden_values(&g, 2 * GPAIRS, GI, "x"), 2 * GPAIRS * GI);
		toy_set(&toy, golden_values(&g, GI, GO, "W"), golden_values(&g, 1, GO, "b"));
		toy_learn(&toy, &ALONE, x, GPAIRS, GPAIRS);
		golden_near(toy.goodness, golden_values(&g, 1, 2 * GPAIRS, "goodness.%d", K[i]), 2 * GPAIRS, TIGHT,
		            "goodness by the top %d", K[i]);
		toy_close(&toy);
	}
	golden_close(&g);
}

/* ---- top_k against sorting ---- */

enum { N = 77 };

/* Marks the k greatest of y [n], of equal ones the first. */
static void choose_by_scanning(const float *y, size_t n, size_t k, bool *chosen)
{
	memset(chosen, 0, n * sizeof *chosen);
	for (size_t i = 0; i < k && i < n; i++) {
		size_t best = n;
		for (size_t j = 0; j < n; j++)
			if (!chosen[j] && (best == n || y[j] > y[best]))
				best = j;
		chosen[best] = true;
	}
}

static void check_top_k(const float *y, size_t n, size_t k)
{
	const struct ff_goodness *goodness = ff_goodness_of(FF_TOP_K);
	const struct ff_goodness_constants constants = {.k = k};
	const struct ff_kernels *kernels = ff_kernels_best();
	size_t counted = k < n ? k : n;
	float delta[N], copy[N];
	bool chosen[N];
	double sum = 0;
	ff_scenario("the top %zu of %zu", k, n);
	choose_by_scanning(y, n, k, chosen);
	for (size_t j = 0; j < n; j++)
		sum += chosen[j] ? (double)y[j] * (double)y[j] : 0;
	float value = goodness->value(&constants, kernels, y, n, kernels->sum_square(y, n));
	CHECK_NEAR((double)value, sum / (double)counted, 1e-6 * sum);
	goodness->gradient(&constants, kernels, y, n, -0.75F, delta);
	for (size_t j = 0; j < n; j++)
		CHECK_NEAR((double)delta[j], chosen[j] ? -1.5 * (double)y[j] / (double)counted : 0,
		           1e-6 * (double)y[j]);
	memcpy(copy, y, n * sizeof *y);
	goodness->gradient(&constants, kernels, copy, n, -0.75F, copy); /* in place */
	CHECK(memcmp(copy, delta, n * sizeof *delta) == 0);
}

static void top_k_takes_the_greatest(void)
{
	float y[N];
	for (int kind = 0; kind < 6; kind++)
		for (size_t n = 1; n <= N; n += n < 5 ? 1 : 12) {
			toy_normal(y, N, kind == 5 ? 1e-18F : 1, (uint32_t)(10 + kind));
			for (size_t j = 0; j < n; j++) {
				y[j] = y[j] > 0 ? y[j] : 0; /* as after a ReLU */
				if (kind == 1)              /* many equal ones, in several groups */
					y[j] = floorf(2 * y[j]) / 2;
				if (kind == 2) /* all equal */
					y[j] = 0.75F;
				if (kind == 3) /* silent */
					y[j] = 0;
				if (kind == 4) /* neighbours, one bit apart */
					y[j] = j % 2 ? 1 : nextafterf(1, j % 3 ? 2 : 0);
			}
			for (size_t k = 1; k <= n + 1; k += 1 + k / 8)
				check_top_k(y, n, k);
		}
}

static void top_k_of_all_is_the_mean_square(void)
{
	const struct ff_kernels *kernels = ff_kernels_best();
	const struct ff_goodness_constants constants = {.k = N};
	float y[N], delta[N], wanted[N];
	toy_normal(y, N, 1, 3);
	float sum = kernels->sum_square(y, N);
	const struct ff_goodness *top = ff_goodness_of(FF_TOP_K), *mean = ff_goodness_of(FF_MEAN_SQUARE);
	CHECK(top->value(&constants, kernels, y, N, sum) == mean->value(&constants, kernels, y, N, sum));
	top->gradient(&constants, kernels, y, N, 0.3F, delta);
	mean->gradient(&constants, kernels, y, N, 0.3F, wanted);
	CHECK(memcmp(delta, wanted, sizeof delta) == 0);
}

static void a_broken_unit_is_seen_chosen_or_not(void)
{
	static const float BROKEN[] = {NAN, INFINITY};
	const struct ff_kernels *kernels = ff_kernels_best();
	for (size_t k = 1; k <= N; k += 25)
		for (int b = 0; b < 2; b++) {
			const struct ff_goodness_constants constants = {.k = k};
			float y[N] = {[3] = 1, [40] = 2}, delta[N];
			ff_scenario("%g, k %zu", (double)BROKEN[b], k);
			y[30] = BROKEN[b];
			float sum = kernels->sum_square(y, N);
			CHECK(!isfinite(ff_goodness_of(FF_TOP_K)->value(&constants, kernels, y, N, sum)));
			ff_goodness_of(FF_TOP_K)->gradient(&constants, kernels, y, N, 1, delta); /* must return */
		}
}

/* ---- the whole layer ---- */

enum { I = 9, O = 7, PAIRS = 5, P = I * O + O };

static int downwards(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x < y) - (x > y);
}

static double goodness_in_double(const struct ff_experiment *e, double *square)
{
	double sum = 0;
	size_t k = e->objective.goodness == FF_TOP_K ? (size_t)e->objective.k : O;
	qsort(square, O, sizeof *square, downwards);
	for (size_t j = 0; j < k; j++)
		sum += square[j];
	return e->objective.goodness == FF_SUM_SQUARE ? sum : sum / (double)k;
}

static double pair_in_double(const struct ff_experiment *e, double high, double low)
{
	double theta = e->layers[0].threshold == FF_THRESHOLD_WIDTH ? O : e->layers[0].threshold;
	double u = -e->objective.alpha * (high - low);
	if (e->objective.loss == FF_LOGISTIC)
		return log1p(exp(theta - high)) + log1p(exp(low - theta));
	return e->objective.loss == FF_SYMBA ? log1p(exp(u)) : u / (1 + exp(-u));
}

/* The mean loss of the batch in double, from the formulas alone. */
static double loss_in_double(const struct ff_experiment *e, const double *parameters, const float *x)
{
	double g[2 * PAIRS], total = 0;
	for (int r = 0; r < 2 * PAIRS; r++) {
		double square[O];
		for (int j = 0; j < O; j++) {
			double z = parameters[I * O + j];
			for (int i = 0; i < I; i++)
				z += (double)x[r * I + i] * parameters[i * O + j];
			if (e->layers[0].dropout > 0)
				z *= toy_mask(e, 0, 0, (uint32_t)(r % PAIRS), r >= PAIRS, (uint32_t)j);
			square[j] = z > 0 ? z * z : 0;
		}
		g[r] = goodness_in_double(e, square);
	}
	for (int p = 0; p < PAIRS; p++)
		total += e->objective.direction == FF_MAXIMISE ? pair_in_double(e, g[p], g[PAIRS + p])
		                                               : pair_in_double(e, g[PAIRS + p], g[p]);
	return total / (e->objective.reduce == FF_REDUCE_ROWS ? 2 * PAIRS : PAIRS);
}

/* Step h = 1e-5 in double. A difference would be wrong for a z within 1e-5 of 0, or for two units as close around the
 * k-th place of top_k; the inputs have none. The tolerance is that of the engine's floats. */
static void check_layer(const struct ff_experiment *e)
{
	struct toy toy;
	float x[2 * PAIRS * I];
	double parameters[P], gradient[P], largest = 0;
	const double h = 1e-5;
	if (!toy_open(&toy, e, 0, I, PAIRS))
		return;
	toy_normal(x, 2 * PAIRS * I, 1, 1);
	toy_normal(toy.layer.parameters.value, P, 0.4F, 2);
	for (int i = 0; i < P; i++)
		parameters[i] = (double)toy.layer.parameters.value[i];
	double loss = toy_learn(&toy, &ALONE, x, PAIRS, PAIRS).loss / PAIRS;
	CHECK_NEAR(loss, loss_in_double(e, parameters, x), 1e-5 * fabs(loss));
	for (int i = 0; i < P; i++) {
		double kept = parameters[i];
		parameters[i] = kept + h;
		gradient[i] = loss_in_double(e, parameters, x);
		parameters[i] = kept - h;
		gradient[i] = (gradient[i] - loss_in_double(e, parameters, x)) / (2 * h);
		parameters[i] = kept;
		largest = fmax(largest, fabs(gradient[i]));
	}
	CHECK(largest > 1e-3);
	for (int i = 0; i < P; i++)
		CHECK_NEAR((double)toy.layer.parameters.gradient[i], gradient[i], 1e-5 * largest);
	toy_close(&toy);
}

static void layer_gradients_match_differences(void)
{
	static const enum ff_loss_kind KINDS_OF_LOSS[] = {FF_LOGISTIC, FF_SYMBA, FF_SWISH};
	for (int kind = 0; kind < 144; kind++) { /* loss x goodness x direction x reduction x threshold x dropout */
		int rest = kind / 9;
		struct ff_experiment e = toy_experiment(O, 1);
		e.objective.loss = KINDS_OF_LOSS[kind % 3];
		e.objective.goodness = KINDS[kind / 3 % 3];
		e.objective.k = 3;
		e.objective.alpha = e.objective.goodness == FF_MEAN_SQUARE ? 4 : 0.25;
		e.objective.direction = (rest & 1) ? FF_MINIMISE : FF_MAXIMISE;
		e.objective.reduce = (rest & 2) ? FF_REDUCE_ROWS : FF_REDUCE_PAIRS;
		e.layers[0].threshold = (rest & 4) ? FF_THRESHOLD_WIDTH : 0.7;
		e.layers[0].dropout = (rest & 8) ? 0.4 : 0;
		ff_scenario("loss %d of %s, %s, reduced by %s, theta %g, dropout %g", kind % 3,
		            NAMES[e.objective.goodness], DIRECTIONS[e.objective.direction],
		            REDUCTIONS[e.objective.reduce], e.layers[0].threshold, e.layers[0].dropout);
		check_layer(&e);
	}
}

/* Trains some steps; returns the mean goodness of the positives minus that of the negatives. */
static double separation(enum ff_goodness_kind goodness, enum ff_direction direction)
{
	struct ff_experiment e = toy_experiment(O, 1);
	struct toy toy;
	float x[2 * PAIRS * I];
	struct ff_tile_sums sums = {0};
	e.objective.goodness = goodness;
	e.objective.k = 2;
	e.objective.direction = direction;
	if (!toy_open(&toy, &e, 0, I, PAIRS))
		return NAN;
	toy_normal(x, 2 * PAIRS * I, 1, 1);
	for (int step = 0; step < 60; step++) {
		sums = toy_learn(&toy, &ALONE, x, PAIRS, PAIRS);
		ff_layer_update(&toy.layer, &ALONE, PAIRS, 1);
	}
	toy_close(&toy);
	return (sums.positive - sums.negative) / PAIRS;
}

static void training_goes_in_its_direction(void)
{
	for (int kind = 0; kind < 3; kind++) {
		ff_scenario("%s", NAMES[kind]);
		CHECK(separation(KINDS[kind], FF_MAXIMISE) > 0.5);
		CHECK(separation(KINDS[kind], FF_MINIMISE) < -0.5);
	}
}

FF_TESTS("objective", {"pair losses and their derivatives", pair_losses_are_right},
         {"every loss, goodness and reduction", objectives_are_right},
         {"top_k, and every goodness minimised", directions_are_right},
         {"top_k is right for any k", top_k_is_right_for_any_k}, {"top_k takes the greatest", top_k_takes_the_greatest},
         {"top_k of all is the mean square", top_k_of_all_is_the_mean_square},
         {"a broken unit is seen, chosen or not", a_broken_unit_is_seen_chosen_or_not},
         {"a layer's gradients match differences", layer_gradients_match_differences},
         {"training goes in its direction", training_goes_in_its_direction})

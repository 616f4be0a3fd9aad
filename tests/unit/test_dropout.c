/* Dropout: its masks match their definition, have the right statistics, and depend on the row alone. test_objective.c
 * tests the gradient through it. */
#include "support/harness.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "support/toy.h"

enum { O = 1003, PAIRS = 60, ROWS = 2 * PAIRS };

static struct ff_experiment experiment_of(double dropout)
{
	struct ff_experiment e = toy_experiment(O, O);
	e.layers[0].dropout = e.layers[1].dropout = dropout;
	return e;
}

/* y [ROWS x O] of ones, dropped as rows of the given images by layer `index`. */
struct rows {
	float y[ROWS * O], sum_square[ROWS], goodness[ROWS];
};

static void drop_ones(struct rows *rows, const struct ff_experiment *e, int index, int threads, const uint32_t *images,
                      size_t pairs, uint32_t epoch)
{
	struct toy toy;
	if (!toy_open(&toy, e, index, 3, PAIRS))
		return;
	for (size_t i = 0; i < 2 * pairs * O; i++)
		rows->y[i] = 1;
	memset(rows->sum_square, 0, sizeof rows->sum_square);
	memset(rows->goodness, 0, sizeof rows->goodness);
	ff_layer_drop(&toy.layer, &(struct ff_team){threads}, images, pairs, epoch, rows->y, rows->sum_square,
	              rows->goodness);
	toy_close(&toy);
}

static void name_images(uint32_t images[PAIRS], uint32_t first)
{
	for (uint32_t p = 0; p < PAIRS; p++)
		images[p] = first + 7919 * p;
}

static void masks_are_as_defined(void)
{
	static struct rows rows;
	static const double SHARES[] = {1e-9, 0.1, 0.5, 0.9, 0.999999};
	uint32_t images[PAIRS];
	name_images(images, 4000000000U);
	for (int s = 0; s < 5; s++)
		for (int layer = 0; layer < 2; layer++) {
			struct ff_experiment e = experiment_of(SHARES[s]);
			ff_scenario("dropout %g, layer %d", SHARES[s], layer);
			drop_ones(&rows, &e, layer, 2, images, PAIRS, 9);
			int wrong = 0;
			for (uint32_t r = 0; r < ROWS; r++) {
				double sum = 0;
				for (uint32_t j = 0; j < O; j++) {
					double wanted = toy_mask(&e, layer, 9, images[r % PAIRS], r >= PAIRS, j);
					wrong += rows.y[r * O + j] != (float)wanted;
					sum += wanted * wanted;
				}
				CHECK_NEAR((double)rows.sum_square[r], sum, 1e-5 * sum);
				CHECK_NEAR((double)rows.goodness[r], sum / O, 1e-5 * sum / O);
			}
			CHECK_INT(wrong, 0);
		}
}

/* Of 120,360 units a share p is dropped, with a deviation of 0.14 % at p = 1/2; the mean stays 1. */
static void the_share_and_the_mean_are_right(void)
{
	static struct rows rows;
	uint32_t images[PAIRS];
	name_images(images, 0);
	for (double p = 0.125; p < 1; p += 0.25) {
		struct ff_experiment e = experiment_of(p);
		ff_scenario("dropout %g", p);
		drop_ones(&rows, &e, 0, 1, images, PAIRS, 1);
		double zero = 0, mean = 0, deviation = sqrt(p * (1 - p) / (ROWS * O));
		for (int i = 0; i < ROWS * O; i++) {
			zero += (double)(rows.y[i] == 0) / (ROWS * O);
			mean += (double)rows.y[i] / (ROWS * O);
		}
		CHECK_NEAR(zero, p, 4 * deviation);
		CHECK_NEAR(mean, 1, 4 * deviation / (1 - p));
	}
}

/* Two independent masks with p = 1/2 agree in half of 120,360 units, +-173. */
static void masks_differ_where_they_should(void)
{
	static struct rows first, other;
	uint32_t images[PAIRS], others[PAIRS];
	struct ff_experiment e = experiment_of(0.5);
	name_images(images, 0);
	name_images(others, 1);
	drop_ones(&first, &e, 0, 1, images, PAIRS, 1);
	for (int kind = 0; kind < 6; kind++) {
		struct ff_experiment changed = experiment_of(0.5);
		changed.seed += kind == 0;
		ff_scenario("difference %d", kind);
		drop_ones(&other, &changed, kind == 1, 1, kind == 2 ? others : images, PAIRS, 1 + (kind == 3));
		size_t shift = kind == 4 ? PAIRS * O : kind == 5; /* against the negative rows; against the next unit */
		int agree = 0;
		for (size_t i = 0; i < ROWS * O; i++)
			agree += first.y[i] == other.y[(i + shift) % (ROWS * O)];
		CHECK_NEAR(agree, ROWS * O / 2.0, 4 * 2 * 173);
	}
}

static void a_mask_depends_on_its_row_alone(void)
{
	static struct rows all, some;
	uint32_t images[PAIRS], turned[PAIRS];
	struct ff_experiment e = experiment_of(0.3);
	name_images(images, 0);
	drop_ones(&all, &e, 1, 1, images, PAIRS, 4);
	for (int threads = 1; threads <= 10; threads += 1 + threads / 3 * 6) { /* 1, 2, 3, 10 */
		ff_scenario("%d threads", threads);
		drop_ones(&some, &e, 1, threads, images, PAIRS, 4);
		CHECK(memcmp(&all, &some, sizeof all) == 0);
	}
	for (size_t p = 0; p < PAIRS; p++)
		turned[p] = images[PAIRS - 1 - p];
	for (size_t pairs = 1; pairs <= 31; pairs += 10) {
		ff_scenario("%zu pairs in the other order", pairs);
		drop_ones(&some, &e, 1, 3, turned, pairs, 4);
		for (size_t r = 0; r < 2 * pairs; r++) {
			size_t wanted = r < pairs ? PAIRS - 1 - r : ROWS - 1 - (r - pairs);
			CHECK(memcmp(some.y + r * O, all.y + wanted * O, O * sizeof *all.y) == 0);
			CHECK(some.goodness[r] == all.goodness[wanted]);
		}
	}
}

static void without_dropout_nothing_happens(void)
{
	static struct rows rows;
	uint32_t images[PAIRS];
	struct ff_experiment e = experiment_of(0);
	name_images(images, 0);
	drop_ones(&rows, &e, 0, 1, images, PAIRS, 1);
	for (int i = 0; i < ROWS * O; i++)
		if (rows.y[i] != 1)
			CHECK_NEAR((double)rows.y[i], 1, 0);
	for (int r = 0; r < ROWS; r++)
		CHECK_NEAR((double)(rows.sum_square[r] + rows.goodness[r]), 0, 0); /* not written */
}

static void a_broken_unit_is_seen_dropped_or_not(void)
{
	struct ff_experiment e = experiment_of(0.5);
	struct toy toy;
	static float y[2 * O];
	float sums[2], goodness[2];
	const uint32_t image = 12;
	if (!toy_open(&toy, &e, 0, 3, 1))
		return;
	for (size_t at = 0; at < O; at += 50) {
		memset(y, 0, sizeof y);
		y[at] = NAN;
		y[O + at] = INFINITY;
		ff_scenario("unit %zu", at);
		ff_layer_drop(&toy.layer, &(struct ff_team){1}, &image, 1, 1, y, sums, goodness);
		CHECK(isnan(goodness[0]) && !isfinite(goodness[1]));
	}
	toy_close(&toy);
}

FF_TESTS("dropout", {"masks are as defined", masks_are_as_defined},
         {"the share and the mean are right", the_share_and_the_mean_are_right},
         {"masks differ where they should", masks_differ_where_they_should},
         {"a mask depends on its row alone", a_mask_depends_on_its_row_alone},
         {"without dropout nothing happens", without_dropout_nothing_happens},
         {"a broken unit is seen, dropped or not", a_broken_unit_is_seen_dropped_or_not})

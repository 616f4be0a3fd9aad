/* Hybrid images, shifts and rows without a one-hot label against tests/golden/data/images.txt: an independent
 * implementation (numpy and PyTorch) from the random numbers on. */
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "model/augment.h"
#include "model/hybrid.h"
#include "model/kernel_sets.h"
#include "model/overlay.h"
#include "support/golden.h"
#include "support/labelled.h"

static const uint64_t SEED = 0x1234567890abcdefULL; /* of images.py */

static void to_bytes(uint8_t *bytes, const double *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)values[i];
}

static bool same_bytes(const uint8_t *got, const double *wanted, size_t n, double factor)
{
	for (size_t i = 0; i < n; i++)
		if ((double)got[i] != factor * wanted[i])
			return false;
	return true;
}

/* A row of `cases`: height, width, channels, passes, sample, draw. */
static void one_hybrid(struct golden *g, int number, const double *row)
{
	size_t height = (size_t)row[0], width = (size_t)row[1], channels = (size_t)row[2], passes = (size_t)row[3];
	uint32_t sample = (uint32_t)row[4], draw = (uint32_t)row[5];
	struct ff_arena arena = {0};
	struct ff_hybrid hybrid;
	ff_hybrid_layout(&hybrid, &arena, SEED, height, width, channels, passes);
	if (!CHECK(ff_arena_init(&arena, NULL) == FF_OK))
		return;
	ff_hybrid_layout(&hybrid, &arena, SEED, height, width, channels, passes);
	void *scratch = aligned_alloc(FF_ALIGN, ff_hybrid_scratch(&hybrid));
	uint8_t mask[33 * 34], a[512], b[512], out[512];
	ff_hybrid_mask(&hybrid, sample, draw, scratch, mask);
	CHECK(same_bytes(mask, golden_values(g, height, width, "mask%d", number), height * width, 255));
	size_t n = height * width * channels, line = width * channels;
	if (height * width <= 200) {
		to_bytes(a, golden_values(g, height, line, "a%d", number), n);
		to_bytes(b, golden_values(g, height, line, "b%d", number), n);
		ff_hybrid_image(&hybrid, a, b, sample, draw, scratch, out);
		CHECK(same_bytes(out, golden_values(g, height, line, "hybrid%d", number), n, 1));
	}
	free(scratch);
	ff_arena_fini(&arena);
}

static void hybrids_are_right(void)
{
	enum { CASES = 8, PARTNERS = 18 };
	struct golden g;
	if (!golden_open(&g, "images"))
		return;
	const double *cases = golden_values(&g, CASES, 6, "cases"),
	             *partners = golden_values(&g, PARTNERS, 4, "partners");
	for (int i = 0; i < CASES; i++) {
		ff_scenario("hybrid %d", i);
		one_hybrid(&g, i, cases + 6 * i);
	}
	for (int i = 0; i < PARTNERS; i++) {
		const double *row = partners + 4 * i;
		ff_scenario("partner %d", i);
		CHECK_INT(ff_hybrid_partner(SEED, (uint32_t)row[0], (uint32_t)row[1], (uint32_t)row[2]), row[3]);
	}
	golden_close(&g);
}

static void shifts_are_right(void)
{
	enum { SHIFTS = 12, MOVES = 9 };
	struct golden g;
	uint8_t image[40], out[40];
	if (!golden_open(&g, "images"))
		return;
	const double *shifts = golden_values(&g, SHIFTS, 5, "shifts"), *moves = golden_values(&g, MOVES, 2, "moves");
	to_bytes(image, golden_values(&g, 4, 10, "image"), 40);
	for (int i = 0; i < SHIFTS; i++) {
		const double *row = shifts + 5 * i;
		ff_scenario("shift %d", i);
		struct ff_shift got = ff_shift_of(SEED, (uint32_t)row[0], (uint32_t)row[1], (int)row[2]);
		CHECK_INT(got.down, row[3]);
		CHECK_INT(got.right, row[4]);
	}
	for (int i = 0; i < MOVES; i++) {
		struct ff_shift shift = {(int)moves[2 * i], (int)moves[2 * i + 1]};
		ff_scenario("%d down, %d right", shift.down, shift.right);
		ff_shift_image(shift, image, 4, 5, 2, out);
		CHECK(same_bytes(out, golden_values(&g, 4, 10, "moved%d", i), 40, 1));
	}
	golden_close(&g);
}

static void neutral_row(const struct ff_overlay *overlay, const uint8_t *bytes, size_t n, float *row)
{
	float image[64];
	struct ff_overlay_factors factors = ff_overlay_image(overlay, bytes, image);
	struct ff_labels labels = {.queries = 1, .classes = (size_t)overlay->classes, .neutral = true};
	labels.value = &factors.value;
	labels.ratio = &factors.ratio;
	labels.offset = &factors.offset;
	labelled_rows(&labels, image, n, row);
}

/* Tolerance: the decoding, a sum of 37 squares and two more operations make some ten roundings of 6e-8. */
static void rows_are_right(void)
{
	enum { ROWS = 3, N = 37 };
	static const char *const NORMS[] = {[FF_NORM_L2] = "l2", [FF_NORM_RMS] = "rms"};
	struct golden g;
	uint8_t bytes[ROWS * N];
	if (!golden_open(&g, "images"))
		return;
	to_bytes(bytes, golden_values(&g, ROWS, N, "bytes"), ROWS * N);
	for (int norm = FF_NORM_L2; norm <= FF_NORM_RMS; norm++) {
		struct ff_overlay overlay = {.kernels = ff_kernels_best(),
		                             .features = N,
		                             .classes = 4,
		                             .scale = 1.0F / 64,
		                             .shift = -0.5F,
		                             .strength = 1.5F,
		                             .norm = (enum ff_norm)norm,
		                             .eps = norm == FF_NORM_L2 ? 1e-4 : 1e-5};
		const double *plain = golden_values(&g, ROWS, N, "%s.plain", NORMS[norm]);
		const double *neutral = golden_values(&g, ROWS, N, "%s.neutral", NORMS[norm]);
		for (int r = 0; r < ROWS; r++) {
			float row[N + 1] = {[N] = 7};
			ff_scenario("%s, row %d", NORMS[norm], r);
			ff_overlay_plain(&overlay, bytes + r * N, row);
			CHECK_NEAR(golden_distance(row, plain + r * N, N), 0, 1e-6);
			neutral_row(&overlay, bytes + r * N, N, row);
			CHECK_NEAR(golden_distance(row, neutral + r * N, N), 0, 1e-6);
			CHECK_NEAR((double)row[N], 7, 0);
		}
	}
	golden_close(&g);
}

FF_TESTS("hybrid_golden", {"hybrids and partners", hybrids_are_right}, {"shifts", shifts_are_right},
         {"plain and neutral rows", rows_are_right})

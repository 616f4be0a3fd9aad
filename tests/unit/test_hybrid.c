/* Hybrid images and shifts. Masks equal a plain blur, pass by pass, with every instruction set. Random draws have their
 * distribution and depend on all of their keys. Buffers have the exact size, so that the address sanitizer sees any
 * access outside. */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/augment.h"
#include "model/hybrid.h"
#include "model/kernel_sets.h"

enum { SETS = 8 };
static const uint64_t SEED = 0xfedcba9876543210ULL;

/* A hybrid with its memory. */
struct rig {
	struct ff_arena arena;
	struct ff_hybrid hybrid;
	size_t pixels;
	void *scratch;
	uint8_t *mask; /* [pixels] */
};

/* Scratch and mask of the exact size, so that the address sanitizer sees any byte beyond. */
static void rig_open(struct rig *rig, size_t height, size_t width, size_t channels, size_t passes)
{
	*rig = (struct rig){.pixels = height * width};
	ff_hybrid_layout(&rig->hybrid, &rig->arena, SEED, height, width, channels, passes);
	size_t measured = rig->arena.used;
	if (ff_arena_init(&rig->arena, NULL) != FF_OK)
		abort();
	ff_hybrid_layout(&rig->hybrid, &rig->arena, SEED, height, width, channels, passes);
	CHECK_INT(rig->arena.used, measured);
	rig->scratch = aligned_alloc(FF_ALIGN, ff_hybrid_scratch(&rig->hybrid));
	rig->mask = malloc(rig->pixels);
	if (!rig->scratch || !rig->mask)
		abort();
	memset(rig->scratch, 0xff, ff_hybrid_scratch(&rig->hybrid)); /* NaN */
}

static void rig_close(struct rig *rig)
{
	free(rig->scratch);
	free(rig->mask);
	ff_arena_fini(&rig->arena);
}

static const uint8_t *mask_of(struct rig *rig, uint32_t sample, uint32_t draw)
{
	ff_hybrid_mask(&rig->hybrid, sample, draw, rig->scratch, rig->mask);
	return rig->mask;
}

/* ---- the mask ---- */

static void plain_bits(double *image, size_t height, size_t width, uint32_t sample, uint32_t draw)
{
	size_t column = (height + 31) / 32;
	for (size_t y = 0; y < height; y++)
		for (size_t x = 0; x < width; x++) {
			size_t word = x * column + y / 32;
			struct ff_random random =
			    ff_random_at(SEED, FF_PURPOSE_MASK, (uint32_t)(word / 4), draw, sample);
			image[y * width + x] = random.word[word % 4] >> y % 32 & 1;
		}
}

/* One pass along an axis of n pixels `step` apart, edge pixels repeated. */
static void plain_pass(double *line, size_t n, size_t step)
{
	double before = line[0];
	for (size_t i = 0; i < n; i++) {
		double here = line[i * step], after = line[(i + 1 < n ? i + 1 : i) * step];
		line[i * step] = before / 4 + here / 2 + after / 4;
		before = here;
	}
}

static void plain_blur(double *image, size_t height, size_t width, size_t passes)
{
	for (size_t k = 0; k < passes; k++) {
		for (size_t y = 0; y < height; y++)
			plain_pass(image + y * width, width, 1);
		for (size_t x = 0; x < width; x++)
			plain_pass(image + x, height, width);
	}
}

static const size_t SHAPES[][2] = {{1, 1}, {1, 6}, {7, 1}, {2, 3}, {28, 28}, {29, 31}, {32, 32}, {33, 34}, {65, 3}};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES, MOST_PIXELS = 33 * 34 };

/* Exact up to 13 passes; beyond that, pixels whose value is within rounding of 1/2 are left out. */
static void one_mask(struct rig *rig, const struct ff_kernels *set, size_t height, size_t width, size_t passes)
{
	static double blurred[MOST_PIXELS];
	const double margin = passes <= 13 ? 0 : 1e-13;
	int wrong = 0, undecided = 0;
	rig->hybrid.kernels = set;
	ff_scenario("%s, %zu x %zu, %zu passes", set->name, height, width, passes);
	for (uint32_t draw = 0; draw < 5; draw++) {
		const uint8_t *mask = mask_of(rig, 77 + draw, draw);
		plain_bits(blurred, height, width, 77 + draw, draw);
		plain_blur(blurred, height, width, passes);
		for (size_t p = 0; p < rig->pixels; p++) {
			bool near = fabs(blurred[p] - 0.5) < margin;
			undecided += near;
			wrong += !near && mask[p] != (blurred[p] > 0.5 ? 255 : 0);
		}
	}
	CHECK_INT(wrong, 0);
	CHECK(undecided == 0 || rig->pixels < 10);
}

static void masks_equal_plain_passes(void)
{
	static const size_t PASSES[] = {0, 1, 2, 3, 7, 10, 13, 14, 60};
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (size_t s = 0; s < N_SHAPES; s++)
		for (size_t k = 0; k < sizeof PASSES / sizeof *PASSES; k++) {
			struct rig rig;
			rig_open(&rig, SHAPES[s][0], SHAPES[s][1], 1, PASSES[k]);
			for (int i = 0; i < count; i++)
				one_mask(&rig, sets[i], SHAPES[s][0], SHAPES[s][1], PASSES[k]);
			rig_close(&rig);
		}
}

/* Rounding must agree too: many passes over few pixels bring every value near 1/2. */
static void instruction_sets_agree(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (size_t passes = 10; passes <= 1000; passes *= 10)
		for (size_t s = 0; s < N_SHAPES; s++) {
			struct rig rig;
			uint8_t baseline[MOST_PIXELS];
			rig_open(&rig, SHAPES[s][0], SHAPES[s][1], 1, passes);
			for (uint32_t draw = 0; draw < 10; draw++)
				for (int i = count - 1; i >= 0; i--) {
					rig.hybrid.kernels = sets[i];
					ff_scenario("%s, %zu x %zu, %zu passes", sets[i]->name, SHAPES[s][0],
					            SHAPES[s][1], passes);
					const uint8_t *mask = mask_of(&rig, 3, draw);
					if (i == count - 1)
						memcpy(baseline, mask, rig.pixels);
					CHECK(memcmp(mask, baseline, rig.pixels) == 0);
				}
			rig_close(&rig);
		}
}

/* Each pixel's mean over 20,000 draws has a standard error of 0.0035; corners are tested like all others. */
static void every_pixel_is_half_a_half_b(void)
{
	enum { DRAWS = 20000, SIDE = 28 };
	static const size_t PASSES[] = {0, 3, 10};
	for (size_t k = 0; k < sizeof PASSES / sizeof *PASSES; k++) {
		int count[SIDE * SIDE] = {0};
		double all = 0;
		struct rig rig;
		rig_open(&rig, SIDE, SIDE, 1, PASSES[k]);
		ff_scenario("%zu passes", PASSES[k]);
		for (uint32_t i = 0; i < DRAWS; i++) {
			const uint8_t *mask = mask_of(&rig, i, 1);
			for (size_t p = 0; p < SIDE * SIDE; p++)
				count[p] += mask[p] & 1;
		}
		for (size_t p = 0; p < SIDE * SIDE; p++) {
			CHECK_NEAR((double)count[p] / DRAWS, 0.5, 4.5 * 0.0035);
			all += (double)count[p] / DRAWS / (SIDE * SIDE);
		}
		CHECK_NEAR(all, 0.5, 0.002);
		rig_close(&rig);
	}
}

/* Ties belong to b; hybrid.h says how many there are after one pass. */
static void ties_are_bs(void)
{
	double ones = 0;
	struct rig rig;
	rig_open(&rig, 28, 28, 1, 1);
	for (uint32_t i = 0; i < 2000; i++) {
		const uint8_t *mask = mask_of(&rig, i, 1);
		for (size_t p = 0; p < rig.pixels; p++)
			ones += (mask[p] & 1) / 2000.0 / (double)rig.pixels;
	}
	CHECK_NEAR(ones, 0.5 - 0.113 / 2, 0.003);
	rig_close(&rig);
}

static int equal_pixels(const uint8_t *a, const uint8_t *b, size_t n)
{
	int equal = 0;
	for (size_t p = 0; p < n; p++)
		equal += a[p] == b[p];
	return equal;
}

/* Unblurred masks of different keys agree in half of the 1,024 pixels: 512 with a deviation of 16. */
static void a_mask_has_its_keys(void)
{
	uint8_t first[1024];
	struct rig rig;
	rig_open(&rig, 32, 32, 1, 0);
	for (uint32_t i = 0; i < 50; i++) {
		memcpy(first, mask_of(&rig, i, 9), sizeof first);
		CHECK_INT(equal_pixels(first, mask_of(&rig, i, 9), 1024), 1024);
		CHECK_NEAR(equal_pixels(first, mask_of(&rig, i + 1, 9), 1024), 512, 80);
		CHECK_NEAR(equal_pixels(first, mask_of(&rig, i, 10), 1024), 512, 80);
		rig.hybrid.seed ^= 1ULL << 40;
		CHECK_NEAR(equal_pixels(first, mask_of(&rig, i, 9), 1024), 512, 80);
		rig.hybrid.seed = SEED;
		for (size_t half = 1; half < 32; half++) /* no column repeats another */
			CHECK_NEAR(equal_pixels(first, first + half, 1024 - half), 512, 90);
	}
	rig_close(&rig);
}

/* ---- the hybrid ---- */

static void one_hybrid(const struct ff_kernels *set, size_t height, size_t width, size_t channels)
{
	struct rig rig;
	rig_open(&rig, height, width, channels, 2);
	rig.hybrid.kernels = set;
	size_t n = height * width * channels;
	ff_scenario("%s, %zu x %zu x %zu", set->name, height, width, channels);
	uint8_t *a = calloc(n, 1), *b = calloc(n, 1), *out = calloc(n, 1);
	bool right = true;
	for (size_t i = 0; i < n; i++) {
		a[i] = (uint8_t)(i * 37);
		b[i] = (uint8_t)~a[i]; /* they differ everywhere */
	}
	ff_hybrid_image(&rig.hybrid, a, b, 4, 2, rig.scratch, out);
	const uint8_t *mask = mask_of(&rig, 4, 2);
	for (size_t i = 0; i < n; i++)
		right &= out[i] == (mask[i / channels] ? a[i] : b[i]) && a[i] == (uint8_t)(i * 37);
	CHECK(right);
	free(a), free(b), free(out);
	rig_close(&rig);
}

static void hybrids_mix_whole_pixels(void)
{
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	for (int i = 0; i < count; i++)
		for (size_t s = 0; s < N_SHAPES; s++)
			for (size_t channels = 1; channels <= 4; channels++)
				one_hybrid(sets[i], SHAPES[s][0], SHAPES[s][1], channels);
}

/* 0.9999 quantile of chi-square for n - 2 degrees of freedom, n = 10: 31.8. By draws of one image, then by distance
 * over images and draws, since each image has partners of its own. */
static void partners_are_uniform(void)
{
	enum { N = 10, DRAWS = 20000 };
	int by_draw[N] = {0}, by_image[N] = {0};
	for (uint32_t i = 0; i < DRAWS; i++) {
		uint32_t partner = ff_hybrid_partner(SEED, 4, i, N), other = ff_hybrid_partner(SEED, i % N, i / N, N);
		if (!CHECK(partner < N && partner != 4 && other < N && other != i % N))
			return;
		by_draw[partner]++;
		by_image[(other + N - i % N) % N]++;
	}
	double each = (double)DRAWS / (N - 1), chi2 = 0, chi2_image = 0;
	for (int k = 0; k < N; k++) {
		chi2 += k == 4 ? 0 : (by_draw[k] - each) * (by_draw[k] - each) / each;
		chi2_image += k == 0 ? 0 : (by_image[k] - each) * (by_image[k] - each) / each;
	}
	CHECK(chi2 < 31.8);
	CHECK(chi2_image < 31.8);
}

static void partners_at_the_limits(void)
{
	int same = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		CHECK_INT(ff_hybrid_partner(SEED, i % 2, i, 2), 1 - i % 2);
		uint32_t last = UINT32_MAX - 1 - i; /* of the largest possible number of images */
		uint64_t step = 1 + ff_random_below(ff_random_at(SEED, FF_PURPOSE_PARTNER, 0, 1, last), UINT32_MAX - 1);
		CHECK_INT(ff_hybrid_partner(SEED, last, 1, UINT32_MAX), (last + step) % UINT32_MAX);
		same += ff_hybrid_partner(SEED, i, 1, 60000) == ff_hybrid_partner(SEED, i, 2, 60000);
		same += ff_hybrid_partner(SEED, i, 1, 60000) == ff_hybrid_partner(SEED + 1, i, 1, 60000);
		CHECK_INT(ff_hybrid_partner(SEED, i, 1, 60000), ff_hybrid_partner(SEED, i, 1, 60000));
	}
	CHECK(same <= 2);
}

/* ---- shifts ---- */

/* 24 degrees of freedom: 59 at 0.9999. */
static void shifts_are_uniform(void)
{
	enum { MOST = 2, SIDE = 2 * MOST + 1, DRAWS = 20000 };
	int count[SIDE * SIDE] = {0}, same = 0;
	double each = (double)DRAWS / (SIDE * SIDE), chi2 = 0;
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct ff_shift s = ff_shift_of(SEED, i, 3, MOST), again = ff_shift_of(SEED, i, 3, MOST);
		struct ff_shift epoch = ff_shift_of(SEED, i, 4, MOST), seed = ff_shift_of(SEED + 1, i, 3, MOST);
		if (!CHECK(abs(s.down) <= MOST && abs(s.right) <= MOST))
			return;
		count[(s.down + MOST) * SIDE + s.right + MOST]++;
		CHECK(s.down == again.down && s.right == again.right);
		same +=
		    (s.down == epoch.down && s.right == epoch.right) + (s.down == seed.down && s.right == seed.right);
		struct ff_shift none = ff_shift_of(SEED, i, 3, 0), far = ff_shift_of(SEED, i, 3, 4096);
		CHECK(none.down == 0 && none.right == 0 && abs(far.down) <= 4096 && abs(far.right) <= 4096);
	}
	for (int k = 0; k < SIDE * SIDE; k++)
		chi2 += (count[k] - each) * (count[k] - each) / each;
	CHECK(chi2 < 59);
	CHECK_NEAR(same, 2 * each, 5 * sqrt(2 * each));
}

static void one_shift(size_t height, size_t width, size_t channels, struct ff_shift shift)
{
	size_t n = height * width * channels;
	uint8_t *image = calloc(n, 1), *out = calloc(n, 1);
	bool right = true;
	for (size_t i = 0; i < n; i++)
		image[i] = (uint8_t)(1 + i % 255);
	memset(out, 0x5a, n);
	ff_scenario("%zu x %zu x %zu, %d down, %d right", height, width, channels, shift.down, shift.right);
	ff_shift_image(shift, image, height, width, channels, out);
	for (size_t i = 0; i < n; i++) {
		long y = (long)(i / channels / width) - shift.down, x = (long)(i / channels % width) - shift.right;
		bool inside = y >= 0 && y < (long)height && x >= 0 && x < (long)width;
		size_t from = inside ? ((size_t)y * width + (size_t)x) * channels + i % channels : 0;
		right &= out[i] == (inside ? image[from] : 0);
	}
	CHECK(right);
	free(image), free(out);
}

static void shifted_images_are_right(void)
{
	static const struct ff_shift FAR[] = {{4096, 0}, {0, -4096}, {-4096, 4096}, {1, 32}, {-65, 0}};
	for (size_t s = 0; s < N_SHAPES; s++)
		for (size_t channels = 1; channels <= 3; channels += 2) {
			for (int k = 0; k < 49; k++)
				one_shift(SHAPES[s][0], SHAPES[s][1], channels,
				          (struct ff_shift){k / 7 - 3, k % 7 - 3});
			for (size_t k = 0; k < sizeof FAR / sizeof *FAR; k++)
				one_shift(SHAPES[s][0], SHAPES[s][1], channels, FAR[k]);
		}
}

FF_TESTS("hybrid", {"masks equal plain passes", masks_equal_plain_passes},
         {"instruction sets agree", instruction_sets_agree},
         {"every pixel is half a, half b", every_pixel_is_half_a_half_b}, {"ties are b's", ties_are_bs},
         {"a mask has its keys", a_mask_has_its_keys}, {"hybrids mix whole pixels", hybrids_mix_whole_pixels},
         {"partners are uniform", partners_are_uniform}, {"partners at the limits", partners_at_the_limits},
         {"shifts are uniform", shifts_are_uniform}, {"shifted images are right", shifted_images_are_right})

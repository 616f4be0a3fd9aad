#include "model/hybrid.h"

#include <string.h>

#include "base/rng.h"
#include "model/kernel_sets.h"

/* Index of pixel p on an axis of n pixels that is continued by reflection: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ... */
static size_t mirror(ptrdiff_t p, size_t n)
{
	ptrdiff_t period = 2 * (ptrdiff_t)n;
	size_t at = (size_t)((p % period + period) % period);
	return at < n ? at : 2 * n - 1 - at;
}

/* kernel [2 passes + 1] = [1/4 1/2 1/4] convolved with itself: the binomial coefficients of 2 passes over 4^passes. */
static void convolve(double *kernel, size_t passes)
{
	memset(kernel, 0, (2 * passes + 1) * sizeof *kernel);
	kernel[0] = 1;
	for (size_t k = 1; k <= passes; k++)
		for (size_t t = 2 * k + 1; t-- > 0;)
			kernel[t] = kernel[t] / 4 + (t > 0 ? kernel[t - 1] / 2 : 0) + (t > 1 ? kernel[t - 2] / 4 : 0);
}

/* A weight beyond the border is added to that of the pixel inside that it mirrors. */
static void fill_axis(const struct ff_blur_axis *axis, const double *kernel, double *weights)
{
	size_t taps = axis->taps, reach = axis->passes;
	memset(weights, 0, axis->n * taps * sizeof *weights);
	for (size_t i = 0; i < axis->n; i++) {
		size_t from = ff_blur_from(axis, i);
		for (size_t t = 0; t <= 2 * reach; t++) {
			ptrdiff_t p = (ptrdiff_t)(i + t) - (ptrdiff_t)reach;
			weights[i * taps + mirror(p, axis->n) - from] += kernel[t];
		}
	}
}

static void lay_axis(struct ff_blur_axis *axis, struct ff_arena *arena, const double *kernel, size_t n, size_t passes)
{
	*axis = (struct ff_blur_axis){.n = n, .taps = n < 2 * passes + 1 ? n : 2 * passes + 1, .passes = passes};
	double *weights = ff_arena_take(arena, n * axis->taps, sizeof *weights);
	axis->weights = weights;
	if (weights)
		fill_axis(axis, kernel, weights);
}

void ff_hybrid_layout(struct ff_hybrid *hybrid, struct ff_arena *arena, uint64_t seed, size_t height, size_t width,
                      size_t channels, size_t passes)
{
	*hybrid = (struct ff_hybrid){.kernels = ff_kernels_best(), .seed = seed, .channels = channels};
	hybrid->blur.words_a_column = (height + 31) / 32;
	double *kernel = ff_arena_take(arena, 2 * passes + 1, sizeof *kernel);
	if (kernel)
		convolve(kernel, passes);
	lay_axis(&hybrid->blur.down, arena, kernel, height, passes);
	lay_axis(&hybrid->blur.across, arena, kernel, width, passes);
}

/* Parts of the workspace: the doubles that the mask's kernel needs, the random words (whole blocks of four), the
 * mask. */
struct parts {
	size_t words, mask, size; /* offsets in bytes; total size */
};

static size_t words_of(const struct ff_hybrid *hybrid)
{
	return hybrid->blur.across.n * hybrid->blur.words_a_column;
}

static struct parts parts_of(const struct ff_hybrid *hybrid)
{
	size_t words = ff_mask_scratch(&hybrid->blur) * sizeof(double);
	size_t mask = words + (words_of(hybrid) + 3) / 4 * sizeof(struct ff_random);
	size_t size = mask + hybrid->blur.down.n * hybrid->blur.across.n;
	return (struct parts){words, mask, ff_align_up(size)};
}

size_t ff_hybrid_scratch(const struct ff_hybrid *hybrid)
{
	return parts_of(hybrid).size;
}

void ff_hybrid_mask(const struct ff_hybrid *hybrid, uint32_t sample, uint32_t draw, void *scratch, uint8_t *mask)
{
	uint32_t *words = (uint32_t *)((char *)scratch + parts_of(hybrid).words);
	size_t blocks = (words_of(hybrid) + 3) / 4;
	for (size_t k = 0; k < blocks; k++) {
		struct ff_random random = ff_random_at(hybrid->seed, FF_PURPOSE_MASK, (uint32_t)k, draw, sample);
		memcpy(words + 4 * k, random.word, sizeof random.word);
	}
	hybrid->kernels->mask(&hybrid->blur, words, scratch, mask);
}

void ff_hybrid_image(const struct ff_hybrid *hybrid, const uint8_t *a, const uint8_t *b, uint32_t sample, uint32_t draw,
                     void *scratch, uint8_t *out)
{
	uint8_t *mask = (uint8_t *)scratch + parts_of(hybrid).mask;
	ff_hybrid_mask(hybrid, sample, draw, scratch, mask);
	hybrid->kernels->blend(mask, a, b, out, hybrid->blur.down.n * hybrid->blur.across.n, hybrid->channels);
}

uint32_t ff_hybrid_partner(uint64_t seed, uint32_t sample, uint32_t draw, uint32_t n)
{
	struct ff_random random = ff_random_at(seed, FF_PURPOSE_PARTNER, 0, draw, sample);
	uint64_t step = 1 + (uint64_t)ff_random_below(random, n - 1);
	return (uint32_t)((sample + step) % n);
}

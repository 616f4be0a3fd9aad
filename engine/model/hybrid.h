/* Hybrid images, the negatives of unsupervised training (Hinton 2022, section 3.2): parts of one training image
 * combined with parts of another, so that short-range correlations are those of images and long-range ones are not.
 *
 *     mask    m = 1 where the blur of a random bit image is above 1/2, else 0
 *     hybrid  m * a + (1 - m) * b, on bytes; one mask for all channels of a pixel
 *
 * The blur applies [1/4 1/2 1/4] `passes` times in both directions. At the border every pass repeats the edge pixel,
 * which blurs the image together with its mirror images: the weights of each pixel sum to 1, and no pixel has more
 * total weight than another. So inverting the bits inverts the mask, at the corners too, and each pixel is equally
 * likely to be a's or b's, except for blurred values of exactly 1/2, which go to b (11 % of the pixels for one pass, 1
 * % for two, below 0.1 % from three on).
 *
 * All passes of a direction are computed as one sum. That is exact: after k passes in both directions every weight and
 * every partial sum is a multiple of 16^-k in [0, 1], which a double represents for k <= 13, so no sum rounds and the
 * order does not matter. For more passes a mask may differ from that of exact passes where the blurred value is within
 * 1e-13 of 1/2; the order of the sums is fixed, so every instruction set gives the same mask.
 *
 * Pure functions without allocation. Any thread may call them with a workspace of its own. */
#ifndef ENGINE_MODEL_HYBRID_H
#define ENGINE_MODEL_HYBRID_H

#include "base/arena.h"
#include "model/kernels.h"

struct ff_hybrid {
	const struct ff_kernels *kernels;
	uint64_t seed;
	size_t channels;
	struct ff_blur blur; /* its weights lie in the arena */
};

/* Lays the blur's weights out in the arena (base/arena.h: once to measure, once for real) for images of height x width
 * x channels, each >= 1: about (height + width) * (2 passes + 1) doubles. They stay constant. */
void ff_hybrid_layout(struct ff_hybrid *hybrid, struct ff_arena *arena, uint64_t seed, size_t height, size_t width,
                      size_t channels, size_t passes);

/* Bytes of the workspace `scratch` of the two functions below, 64-byte aligned: about 17 a pixel, with height and width
 * rounded up to 32 (15 KB for 28 x 28). */
size_t ff_hybrid_scratch(const struct ff_hybrid *hybrid);

/* mask [height x width] of training image `sample` in draw number `draw` (0 if drawn once, else the epoch): 255 where
 * the hybrid shows a, 0 where it shows b. */
void ff_hybrid_mask(const struct ff_hybrid *hybrid, uint32_t sample, uint32_t draw, void *scratch, uint8_t *mask);

/* out [height x width x channels] = the hybrid of a and b under that mask. `out` must not be a or b. */
void ff_hybrid_image(const struct ff_hybrid *hybrid, const uint8_t *a, const uint8_t *b, uint32_t sample, uint32_t draw,
                     void *scratch, uint8_t *out);

/* The image that `sample` is combined with: uniform among the n training images except itself, regardless of labels. n
 * >= 2. */
uint32_t ff_hybrid_partner(uint64_t seed, uint32_t sample, uint32_t draw, uint32_t n);

#endif

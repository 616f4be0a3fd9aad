/* Hybrid images, the negatives of unsupervised training (Hinton 2022, section 3.2): parts of one training image and
 * parts of another, with the short-range correlations of images and other long-range ones.
 *
 *     mask    m = 1 where the blur of a random bit image is above 1/2, else 0
 *     hybrid  m * a + (1 - m) * b, on bytes; one mask for all channels of a pixel
 *
 * The blur is `passes` times [1/4 1/2 1/4] in both directions. At the border the edge pixel is repeated in every pass,
 * which blurs the image and its mirror images: the weights of each pixel sum to 1 and no pixel weighs more than another
 * in all. So swapping the bits swaps the mask, at the corners too, and each pixel is as likely to be a's as b's, but
 * for blurred values of exactly 1/2, which are b's (11 % of the pixels for one pass, 1 % for two, below 0.1 % from
 * three on).
 *
 * The passes of a direction are done as one sum. That is exact: after k passes both ways every weight and every partial
 * sum is a multiple of 16^-k in 0..1, which a double holds for k <= 13, so no sum rounds and no order matters. Beyond,
 * a mask may differ from that of exact passes where the blurred value is within 1e-13 of 1/2; the sums' order is fixed,
 * so that every instruction set gives the same.
 *
 * Pure functions without allocation; any thread may call them, with scratch of its own. */
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

/* Lays the blur's weights out in the arena (see base/arena.h: once to measure, once for real) for images of
 * height x width x channels, each >= 1: about (height + width) * (2 passes + 1) doubles. Constant from then on. */
void ff_hybrid_layout(struct ff_hybrid *hybrid, struct ff_arena *arena, uint64_t seed, size_t height, size_t width,
                      size_t channels, size_t passes);

/* Bytes of scratch that the two functions below need, 64-byte aligned: about 17 for each pixel, height and width
 * rounded up to 32 (15 KB for 28 x 28). */
size_t ff_hybrid_scratch(const struct ff_hybrid *hybrid);

/* mask [height x width] of training image `sample` in draw number `draw` (0 when drawn once, else the epoch): 255
 * where the hybrid shows a, 0 where it shows b. */
void ff_hybrid_mask(const struct ff_hybrid *hybrid, uint32_t sample, uint32_t draw, void *scratch, uint8_t *mask);

/* out [height x width x channels] = the hybrid of a and b under that mask. `out` must be neither a nor b. */
void ff_hybrid_image(const struct ff_hybrid *hybrid, const uint8_t *a, const uint8_t *b, uint32_t sample, uint32_t draw,
                     void *scratch, uint8_t *out);

/* The image that `sample` is mixed with: any of the n training images but itself, each as likely; labels play no part.
 * n >= 2. */
uint32_t ff_hybrid_partner(uint64_t seed, uint32_t sample, uint32_t draw, uint32_t n);

#endif

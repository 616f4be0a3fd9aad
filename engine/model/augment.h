/* Shifted training images. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_AUGMENT_H
#define ENGINE_MODEL_AUGMENT_H

#include <stddef.h>
#include <stdint.h>

/* Pixels that an image moves by: down and to the right where positive. */
struct ff_shift {
	int down, right;
};

/* The shift of training image `sample` in an epoch, the same for all its rows: uniform among the (2 most + 1)^2 shifts
 * of up to `most` pixels in each direction. 0 <= most <= 4096. */
struct ff_shift ff_shift_of(uint64_t seed, uint32_t sample, uint32_t epoch, int most);

/* out(y, x) = image(y - down, x - right), and 0 where that lies outside; images of height x width x channels. A shift
 * may exceed the image, which gives all zeros. `out` must not be `image`. */
void ff_shift_image(struct ff_shift shift, const uint8_t *image, size_t height, size_t width, size_t channels,
                    uint8_t *out);

#endif

/* Generates images of any size from a seed: a dataset without files, for tests and benchmarks.
 *
 * Each class has a prototype, a smooth random pattern on a torus. An image is its class's prototype, shifted by up to a
 * quarter of the image and mixed with another class's prototype, plus roughly normal noise on each pixel:
 *
 *     pixel = clamp(((256 - m) own + m other) / 256 + 255 noise z),  m in 0..119, z the scaled sum of four random bytes
 *
 * All arithmetic is in integers, so the bytes are the same on every machine. Pixel p of image i depends only on (seed,
 * split, i, p) and the sizes, not on the number of images. */
#ifndef ENGINE_DATA_SYNTHETIC_H
#define ENGINE_DATA_SYNTHETIC_H

#include <stdint.h>

#include "data/idx.h"
#include "data/search.h"

enum { FF_SYNTHETIC_TRAIN = 10000, FF_SYNTHETIC_TEST = 2000, FF_SYNTHETIC_CLASSES = 10 }; /* defaults */

struct ff_synthetic {
	uint64_t seed;
	size_t train, test; /* images in the training file and in the test file, each < 2^32 */
	size_t height, width;
	int classes;  /* 1..256 */
	double noise; /* standard deviation, 0..1 */
};

/* Generates the four files in memory. Labels are drawn uniformly.
 * Errors: FF_ERROR_MEMORY (before anything is allocated), FF_ERROR_CONFIG (a value out of range).
 * Thread-safe. The caller owns the files (ff_idx_free()). On failure they are zero. */
FF_NODISCARD ff_status ff_synthetic_make(const struct ff_synthetic *synthetic, struct ff_idx files[FF_PARTS],
                                         struct ff_error *error);

/* Only the sizes of the files. Errors: FF_ERROR_CONFIG. */
FF_NODISCARD ff_status ff_synthetic_measure(const struct ff_synthetic *synthetic, struct ff_idx files[FF_PARTS],
                                            struct ff_error *error);

#endif

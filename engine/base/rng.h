/* Random numbers that any thread can draw in any order: Philox4x32-10 (Salmon et al., "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011), a function from a key and a counter to 128 random bits, without state.
 *
 * key = the experiment's seed; counter = (index, epoch, layer, purpose). Thread-safe: pure functions. */
#ifndef ENGINE_BASE_RNG_H
#define ENGINE_BASE_RNG_H

#include <stdint.h>

/* What a number is drawn for; a stream of its own each. The numbers are part of the reproducible result: never reuse
 * or renumber one. */
enum ff_purpose {
	FF_PURPOSE_WEIGHT = 1,
	FF_PURPOSE_BIAS = 2,
	FF_PURPOSE_SHUFFLE = 3,
	FF_PURPOSE_NEGATIVE = 4,
	FF_PURPOSE_SYNTHETIC_PROTOTYPE = 5,
	FF_PURPOSE_SYNTHETIC_LABEL = 6,
	FF_PURPOSE_SYNTHETIC_NOISE = 7,
	FF_PURPOSE_MASK = 8,     /* of a hybrid: index = training image, epoch = draw, layer = block of four words */
	FF_PURPOSE_PARTNER = 9,  /* of a hybrid: index = training image, epoch = draw */
	FF_PURPOSE_SHIFT = 10,   /* index = training image */
	FF_PURPOSE_DROPOUT = 11, /* as model/dropout.c packs it */
	FF_PURPOSE_DRAW = 12,    /* of an adaptive wrong label: index = training image */
	FF_PURPOSE_SWEEP = 13,   /* of a sweep: index = point, epoch = attempt, layer = key */
};

struct ff_random {
	uint32_t word[4];
};

/* The 128 bits at (index, epoch, layer, purpose) of the seed's generator. */
struct ff_random ff_random_at(uint64_t seed, enum ff_purpose purpose, uint32_t layer, uint32_t epoch, uint32_t index);

/* An integer in [0, n) from 64 of the bits (words 0 and 1), n >= 1; its bias is below n / 2^64. */
uint32_t ff_random_below(struct ff_random random, uint32_t n);

/* A number in (0, 1] from one word: (word + 1) / 2^32. */
static inline double ff_random_unit(uint32_t word)
{
	return ((double)word + 1.0) / 4294967296.0;
}

/* A standard normal deviate from words 0 and 1 (Box & Muller 1958). */
double ff_random_normal(struct ff_random random);

#endif

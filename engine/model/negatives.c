#include "model/negatives.h"

#include "base/rng.h"

int ff_wrong_label(uint64_t seed, uint32_t sample, uint32_t draw, int label, int classes)
{
	struct ff_random random = ff_random_at(seed, FF_PURPOSE_NEGATIVE, 0, draw, sample);
	int step = 1 + (int)ff_random_below(random, (uint32_t)classes - 1);
	return (label + step) % classes;
}

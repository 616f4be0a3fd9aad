#include "model/negatives.h"

#include "base/rng.h"

int ff_wrong_label(uint64_t seed, uint32_t sample, uint32_t draw, int label, int classes)
{
	struct ff_random random = ff_random_at(seed, FF_PURPOSE_NEGATIVE, 0, draw, sample);
	int step = 1 + (int)ff_random_below(random, (uint32_t)classes - 1);
	return (label + step) % classes;
}

void ff_label_write(float *row, int classes, int label, float strength)
{
	for (int c = 0; c < classes; c++)
		row[c] = c == label ? strength : 0.0F;
}

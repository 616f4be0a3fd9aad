#include "base/rng.h"

#include <math.h>

#include <Random123/philox.h>

struct ff_random ff_random_at(uint64_t seed, enum ff_purpose purpose, uint32_t layer, uint32_t epoch, uint32_t index)
{
	philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
	philox4x32_ctr_t counter = {{index, epoch, layer, (uint32_t)purpose}};
	philox4x32_ctr_t drawn = philox4x32(counter, key);
	return (struct ff_random){{drawn.v[0], drawn.v[1], drawn.v[2], drawn.v[3]}};
}

uint32_t ff_random_below(struct ff_random random, uint32_t n)
{
	uint64_t bits = (uint64_t)random.word[1] << 32 | random.word[0];
	return (uint32_t)(((unsigned __int128)bits * n) >> 64);
}

double ff_random_normal(struct ff_random random)
{
	double radius = sqrt(-2.0 * log(ff_random_unit(random.word[0])));
	return radius * cos(6.283185307179586 * ff_random_unit(random.word[1]));
}

/* Dropout in training.
 *
 * Random numbers of a mask: index = image, epoch, purpose = FF_PURPOSE_DROPOUT, and the counter's layer word is
 *
 *     bits 0-7 layer    bit 8 side: 0 positive, 1 negative    bits 9-31 block of four units
 *
 * A unit is dropped if its random word of 32 bits is below p 2^32. */
#include <assert.h>

#include "base/rng.h"
#include "model/layer.h"

enum { SIDE_SHIFT = 8, BLOCK_SHIFT = 9, DROP_COST = 8 /* cost of a unit's random word, in numbers touched */ };

static_assert(FF_MAX_LAYERS <= 1 << SIDE_SHIFT, "a layer's number has 8 bits");

struct drop_work {
	const struct ff_layer *layer;
	const uint32_t *images;
	size_t samples;
	struct ff_mask mask; /* for the positive row of image 0 */
	float *y, *sum_square, *goodness;
};

static void drop_rows(void *context, size_t begin, size_t end)
{
	const struct drop_work *work = context;
	const struct ff_layer *layer = work->layer;
	size_t outputs = layer->outputs;
	for (size_t r = begin; r < end; r++) {
		float *y = work->y + r * outputs;
		struct ff_mask mask = work->mask;
		mask.index = work->images[r % work->samples];
		mask.layer |= (uint32_t)(r / work->samples) << SIDE_SHIFT;
		layer->kernels->drop(&mask, y, outputs);
		work->sum_square[r] = layer->kernels->sum_square(y, outputs);
		work->goodness[r] = ff_layer_goodness(layer, y, work->sum_square[r]);
	}
}

void ff_layer_drop(const struct ff_layer *layer, const struct ff_team *team, const uint32_t images[], size_t samples,
                   uint32_t epoch, float *y, float *sum_square, float *goodness)
{
	double p = layer->config->dropout;
	if (p == 0)
		return;
	assert(layer->outputs >> (32 - BLOCK_SHIFT + 2) == 0);
	struct drop_work work = {
	    .layer = layer,
	    .images = images,
	    .samples = samples,
	    .mask = {.seed = layer->experiment->seed,
	             .epoch = epoch,
	             .layer = (uint32_t)layer->index,
	             .stride = 1U << BLOCK_SHIFT,
	             .purpose = FF_PURPOSE_DROPOUT,
	             .least = (uint32_t)(p * 4294967296.0),
	             .scale = (float)(1 / (1 - p))},
	    .y = y,
	    .sum_square = sum_square,
	    .goodness = goodness,
	};
	ff_team_for(team, layer->sides * samples, ff_team_grain(DROP_COST * layer->outputs), drop_rows, &work);
}

#include "support/toy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/dense.h"
#include "support/golden.h"
#include "support/harness.h"

struct ff_experiment toy_experiment(int width0, int width1)
{
	struct ff_layer_config layer = {
	    .width = width0, .eps = 1e-4, .init = FF_INIT_UNIFORM, .threshold = 1, .rate = 0.03};
	struct ff_experiment experiment = {
	    .seed = 1234,
	    .n_layers = 2,
	    .layers = {layer, layer},
	    .objective = {.goodness = FF_MEAN_SQUARE, .loss = FF_LOGISTIC, .alpha = 4},
	    .optimizer = {.kind = FF_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .momentum = 0.9},
	};
	experiment.layers[1].width = width1;
	return experiment;
}

static void lay_out(struct toy *toy, const struct ff_experiment *experiment, int index, size_t inputs, size_t pairs)
{
	size_t outputs = (size_t)experiment->layers[index].width;
	toy->rows = 2 * pairs;
	const struct ff_layer_size most = {.inputs = inputs, .samples = pairs};
	ff_layer_layout(&toy->layer, &toy->arena, &ff_dense_kind, experiment, index, &most);
	toy->y = ff_arena_take(&toy->arena, toy->rows * outputs, sizeof(float));
	toy->sum_square = ff_arena_take(&toy->arena, toy->rows, sizeof(float));
	toy->goodness = ff_arena_take(&toy->arena, toy->rows, sizeof(float));
	toy->images = ff_arena_take(&toy->arena, pairs, sizeof(uint32_t));
}

bool toy_open(struct toy *toy, const struct ff_experiment *experiment, int index, size_t inputs, size_t pairs)
{
	*toy = (struct toy){0};
	lay_out(toy, experiment, index, inputs, pairs);
	if (!CHECK(ff_arena_init(&toy->arena, NULL) == FF_OK))
		return false;
	lay_out(toy, experiment, index, inputs, pairs);
	for (size_t p = 0; p < pairs; p++)
		toy->images[p] = (uint32_t)p;
	ff_layer_init(&toy->layer, &(struct ff_team){1});
	return true;
}

void toy_close(struct toy *toy)
{
	ff_arena_fini(&toy->arena);
}

void toy_set(struct toy *toy, const double *weight, const double *bias)
{
	golden_floats(ff_layer_weight(&toy->layer), weight, toy->layer.inputs * toy->layer.outputs);
	golden_floats(ff_layer_bias(&toy->layer), bias, toy->layer.outputs);
}

void toy_normal(float *values, size_t n, float size, uint32_t stream)
{
	for (size_t i = 0; i < n; i++)
		values[i] = size * (float)ff_random_normal(
		                       ff_random_at(99, FF_PURPOSE_SYNTHETIC_NOISE, stream, 0, (uint32_t)i));
}

double toy_mask(const struct ff_experiment *experiment, int layer, uint32_t epoch, uint32_t image, bool negative,
                uint32_t unit)
{
	double p = experiment->layers[layer].dropout;
	uint32_t place = (uint32_t)layer | (uint32_t)negative << 8 | unit / 4 << 9;
	struct ff_random random = ff_random_at(experiment->seed, FF_PURPOSE_DROPOUT, place, epoch, image);
	return (double)random.word[unit % 4] < floor(p * 4294967296.0) ? 0 : 1 / (1 - p);
}

/* Rows [p, p + n) of both halves of a [2 pairs x width]. */
static void gather(float *out, const float *a, size_t pairs, size_t width, size_t p, size_t n)
{
	memcpy(out, a + p * width, n * width * sizeof *a);
	memcpy(out + n * width, a + (pairs + p) * width, n * width * sizeof *a);
}

struct ff_tile_sums toy_learn(struct toy *toy, const struct ff_team *team, const float *x, size_t pairs, size_t tile)
{
	size_t inputs = toy->layer.inputs, outputs = toy->layer.outputs;
	float *part = malloc(2 * tile * (inputs + outputs + 1) * sizeof *part);
	float *y = part + 2 * tile * inputs, *goodness = y + 2 * tile * outputs;
	struct ff_tile_sums total = {0};
	ff_layer_forward(&toy->layer, team, (struct ff_layer_input){.x = x}, 2 * pairs, toy->y, toy->sum_square,
	                 toy->goodness);
	ff_layer_drop(&toy->layer, team, toy->images, pairs, toy->epoch, toy->y, toy->sum_square, toy->goodness);
	for (size_t p = 0; p < pairs; p += tile) {
		size_t n = pairs - p < tile ? pairs - p : tile;
		gather(part, x, pairs, inputs, p, n);
		gather(y, toy->y, pairs, outputs, p, n);
		gather(goodness, toy->goodness, pairs, 1, p, n);
		struct ff_layer_input input = {.x = part};
		struct ff_tile_sums sums = ff_layer_learn(&toy->layer, team, input, y, goodness, n, pairs, p == 0);
		ff_layer_gradient(&toy->layer, team, input, y, n, p == 0);
		total.loss += sums.loss;
		total.positive += sums.positive;
		total.negative += sums.negative;
	}
	free(part);
	return total;
}

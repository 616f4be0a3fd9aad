#include "runtime/stage.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static void layout(struct ff_stage *stage, struct ff_arena *arena, const struct ff_experiment *experiment, int index,
                   size_t inputs, size_t max_rows)
{
	ff_layer_layout(&stage->layer, arena, experiment, index, inputs, (max_rows + 1) / 2);
	size_t outputs = stage->layer.outputs, values;
	if (__builtin_mul_overflow(max_rows, outputs, &values))
		values = SIZE_MAX;
	stage->y = ff_arena_take(arena, values, sizeof(float));
	stage->sum_square = ff_arena_take(arena, max_rows, sizeof(float));
	stage->goodness = ff_arena_take(arena, max_rows, sizeof(float));
}

size_t ff_stage_bytes(const struct ff_experiment *experiment, int index, size_t inputs, size_t max_rows)
{
	struct ff_stage stage;
	struct ff_arena arena = {0};
	layout(&stage, &arena, experiment, index, inputs, max_rows);
	return arena.used;
}

ff_status ff_stage_init(struct ff_stage *stage, const struct ff_experiment *experiment, int index, size_t inputs,
                        size_t max_rows, struct ff_team team, struct ff_error *error)
{
	bool last = index == experiment->n_layers - 1;
	*stage = (struct ff_stage){
	    .index = index,
	    .team = team,
	    .next = &experiment->layers[last ? index : index + 1],
	    .max_rows = max_rows,
	};
	layout(stage, &stage->arena, experiment, index, inputs, max_rows);
	FF_TRY(ff_arena_init(&stage->arena, error));
	layout(stage, &stage->arena, experiment, index, inputs, max_rows);
	ff_layer_init(&stage->layer, &stage->team, index);
	return FF_OK;
}

void ff_stage_fini(struct ff_stage *stage)
{
	if (stage)
		ff_arena_fini(&stage->arena);
}

struct ff_stage_sums ff_stage_end_epoch(struct ff_stage *stage)
{
	struct ff_stage_sums sums = stage->sums;
	stage->sums = (struct ff_stage_sums){0};
	return sums;
}

static void hand_on(const struct ff_stage *stage, const float *y, size_t rows, float *out)
{
	ff_normalize(stage->layer.kernels, &stage->team, stage->next->normalize, stage->next->eps, y, stage->sum_square,
	             rows, stage->layer.outputs, out);
}

static ff_status not_finite(const struct ff_stage *stage, const struct ff_packet *packet, double sum,
                            struct ff_error *error)
{
	char where[96];
	snprintf(where, sizeof where, "layer %d, epoch %lld, batch %lld", stage->index + 1, (long long)packet->epoch,
	         (long long)packet->number + 1);
	return ff_fail_at(error, FF_ERROR_NUMERIC, where,
	                  "lower optimizer.rate, or check the loss and the threshold of this layer",
	                  "the loss or the goodness became %s at learning rate %g", isnan(sum) ? "NaN" : "infinite",
	                  packet->rate_factor * stage->layer.config->rate);
}

ff_status ff_stage_train(struct ff_stage *stage, const struct ff_packet *packet, const float *x, float *out,
                         struct ff_error *error)
{
	struct ff_layer *layer = &stage->layer;
	size_t rows = 2 * packet->pairs;
	assert(rows <= stage->max_rows);
	ff_layer_forward(layer, &stage->team, x, rows, stage->y, stage->sum_square, stage->goodness);
	if (out)
		hand_on(stage, stage->y, rows, out);
	struct ff_tile_sums sums = ff_layer_learn(layer, &stage->team, x, stage->y, stage->goodness, packet->pairs,
	                                          packet->batch, packet->first);
	double sum = sums.loss + sums.positive + sums.negative; /* a goodness may be infinite and its loss 0 */
	if (!isfinite(sum))
		return not_finite(stage, packet, sum, error);
	stage->sums.tiles.loss += sums.loss;
	stage->sums.tiles.positive += sums.positive;
	stage->sums.tiles.negative += sums.negative;
	stage->sums.pairs += packet->pairs;
	if (packet->last)
		ff_layer_update(layer, &stage->team, packet->batch, packet->rate_factor);
	return FF_OK;
}

void ff_stage_infer(struct ff_stage *stage, const float *x, size_t rows, float *out, float *goodness)
{
	float *y = out ? out : stage->y;
	assert(rows <= stage->max_rows);
	ff_layer_forward(&stage->layer, &stage->team, x, rows, y, stage->sum_square, goodness);
	if (out)
		hand_on(stage, y, rows, out);
}

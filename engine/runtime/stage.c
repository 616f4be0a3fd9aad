#include "runtime/stage.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

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
	return FF_OK;
}

void ff_stage_fini(struct ff_stage *stage)
{
	if (stage)
		ff_arena_fini(&stage->arena);
}

void ff_stage_begin(struct ff_stage *stage)
{
	ff_layer_init(&stage->layer, &stage->team, stage->index);
	stage->sums = (struct ff_stage_sums){0};
	stage->seconds = 0;
}

/* ---- hand on ---- */

/* What the layers below carried, or what the source did. */
static void pass_on(const struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out)
{
	const struct ff_packet *packet = in->packet;
	size_t bytes = 0, below = (size_t)stage->index;
	if (packet->kind == FF_PACKET_INFER)
		bytes = below * packet->rows * sizeof(float);
	else if (ff_packet_ends_epoch(packet))
		bytes = below * sizeof(struct ff_stage_sums);
	else if (packet->kind == FF_PACKET_TRAIN && packet->layer > stage->index)
		bytes = packet->n * sizeof(uint32_t);
	*out->packet = *packet;
	memcpy(out->carried, in->carried, bytes);
}

/* The inputs of a greedy layer, from the cache or into it. */
static void keep_inputs(const struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	size_t width = stage->layer.inputs;
	if (packet->layer != stage->index)
		return;
	if (packet->keep)
		ff_cache_store(stage->cache, &stage->team, in->carried, packet->n, width, in->rows);
	else if (packet->from > 0)
		ff_cache_fetch(stage->cache, &stage->team, in->carried, packet->n, width, in->rows);
}

static void forward(struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_layer *layer = &stage->layer;
	bool above = stage->index + 1 < packet->end;
	float *y = above && !ff_packet_learns(packet, stage->index) ? out->rows : stage->y;
	float *goodness = stage->goodness;
	if (packet->kind == FF_PACKET_INFER)
		goodness = (float *)out->carried + (size_t)stage->index * packet->rows;
	ff_layer_forward(layer, &stage->team, in->rows, packet->rows, y, stage->sum_square, goodness);
	if (above)
		ff_normalize(layer->kernels, &stage->team, stage->next->normalize, stage->next->eps, y,
		             stage->sum_square, packet->rows, layer->outputs, out->rows);
}

static void end_epoch(struct ff_stage *stage, const struct ff_slot *out)
{
	stage->sums.ended = ff_clock();
	((struct ff_stage_sums *)out->carried)[stage->index] = stage->sums;
	stage->sums = (struct ff_stage_sums){0};
}

/* Counts the time since `started` as work. */
static void count_time(struct ff_stage *stage, const struct ff_packet *packet, double started)
{
	double seconds = ff_clock() - started;
	stage->seconds += seconds;
	if (packet->kind != FF_PACKET_TRAIN)
		return;
	if (stage->sums.began == 0)
		stage->sums.began = started;
	stage->sums.busy += seconds;
}

void ff_stage_hand_on(struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out)
{
	double started = ff_clock();
	assert(in->packet->rows <= stage->max_rows);
	pass_on(stage, in, out);
	if (ff_packet_works(in->packet, stage->index)) {
		keep_inputs(stage, in);
		forward(stage, in, out);
	}
	if (ff_packet_ends_epoch(in->packet))
		end_epoch(stage, out);
	count_time(stage, in->packet, started);
}

/* ---- learn ---- */

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

static ff_status learn(struct ff_stage *stage, const struct ff_packet *packet, const float *x, struct ff_error *error)
{
	struct ff_layer *layer = &stage->layer;
	struct ff_tile_sums sums =
	    ff_layer_learn(layer, &stage->team, x, stage->y, stage->goodness, packet->n, packet->batch, packet->first);
	double sum = sums.loss + sums.positive + sums.negative; /* a goodness may be infinite and its loss 0 */
	if (!isfinite(sum))
		return not_finite(stage, packet, sum, error);
	stage->sums.tiles.loss += sums.loss;
	stage->sums.tiles.positive += sums.positive;
	stage->sums.tiles.negative += sums.negative;
	stage->sums.pairs += packet->n;
	if (packet->last)
		ff_layer_update(layer, &stage->team, packet->batch, packet->rate_factor);
	return FF_OK;
}

ff_status ff_stage_learn(struct ff_stage *stage, const struct ff_slot *in, struct ff_error *error)
{
	if (!ff_packet_learns(in->packet, stage->index))
		return FF_OK;
	double started = ff_clock();
	ff_status status = learn(stage, in->packet, in->rows, error);
	count_time(stage, in->packet, started);
	return status;
}

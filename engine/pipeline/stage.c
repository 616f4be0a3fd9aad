#include "pipeline/stage.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

static void layout(struct ff_stage *stage, struct ff_arena *arena, const struct ff_experiment *experiment,
                   const struct ff_data_shape *shape, int index)
{
	size_t inputs = ff_inputs_of(experiment, shape->features, index);
	size_t max_rows = ff_schedule_max_rows(experiment, shape), values;
	ff_layer_layout(&stage->layer, arena, experiment, index, inputs, ff_schedule_tile_pairs(experiment, shape));
	size_t outputs = stage->layer.outputs;
	stage->max_rows = max_rows;
	if (ff_layer_has_labels(experiment, index)) {
		stage->classes = shape->classes;
		ff_labelled_layout(&stage->room, arena, ff_schedule_max_images(experiment, shape), outputs);
	}
	if (__builtin_mul_overflow(max_rows, outputs, &values))
		values = SIZE_MAX;
	stage->y = ff_arena_take(arena, values, sizeof(float));
	stage->sum_square = ff_arena_take(arena, max_rows, sizeof(float));
	stage->goodness = ff_arena_take(arena, max_rows, sizeof(float));
	if (experiment->train.patience)
		stage->best = ff_arena_take(arena, stage->layer.parameters.n, sizeof(float));
}

size_t ff_stage_bytes(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int index)
{
	struct ff_stage stage;
	struct ff_arena arena = {0};
	layout(&stage, &arena, experiment, shape, index);
	return arena.used;
}

ff_status ff_stage_init(struct ff_stage *stage, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, int index, struct ff_team team, struct ff_error *error)
{
	bool last = index == experiment->n_layers - 1;
	*stage = (struct ff_stage){
	    .index = index,
	    .team = team,
	    .next = &experiment->layers[last ? index : index + 1],
	    .read_above =
	        experiment->head.when != FF_HEAD_NEVER && last && ff_layer_set_has(&experiment->head.layers, index),
	};
	layout(stage, &stage->arena, experiment, shape, index);
	FF_TRY(ff_arena_init(&stage->arena, error));
	layout(stage, &stage->arena, experiment, shape, index);
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

static void mark(const struct ff_stage *stage, const struct ff_packet *packet, enum ff_step step)
{
	ff_mark(stage->track, stage->index + 1, step, packet->sequence);
}

/* ---- hand on ---- */

/* The packet's rows: the slot's, or of a greedy layer those that its cache keeps. */
static const float *take_inputs(const struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_input_cache_rows pairs = {ff_slot_pairs(in), packet->n, 2, stage->layer.inputs, 0};
	bool trains = packet->turn == stage->index;
	if (trains && packet->keep)
		ff_input_cache_store(stage->cache, &stage->team, &pairs, in->rows);
	else if (trains && packet->from > 0)
		return ff_input_cache_fetch(stage->cache, &stage->team, &pairs, in->rows);
	return in->rows;
}

/* out [rows x O] = rows of y from `first` on, normalised as the next layer wants them. */
static void normalize(const struct ff_stage *stage, const float *y, size_t first, size_t rows, float *out)
{
	const struct ff_layer *layer = &stage->layer;
	ff_normalize(layer->kernels, &stage->team, stage->next->normalize, stage->next->eps, y + first * layer->outputs,
	             stage->sum_square + first, rows, layer->outputs, out);
}

/* Drops units of the pairs a layer learns from. */
static void drop(struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	if (packet->kind == FF_PACKET_TRAIN && packet->n && stage->layer.config->dropout > 0)
		ff_layer_drop(&stage->layer, &stage->team, ff_slot_pairs(in), packet->n, (uint32_t)packet->epoch,
		              stage->y, stage->sum_square, stage->goodness);
}

/* y, sum_square and goodness of the packet's rows. */
static void activate(struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	if (stage->classes) {
		struct ff_labels labels = ff_slot_labels(in, stage->classes);
		assert(ff_labels_rows(&labels) == packet->rows);
		ff_labelled_forward(&stage->layer, &stage->team, &labels, stage->x, packet->known, &stage->room,
		                    stage->y, stage->sum_square, stage->goodness);
	} else {
		ff_layer_forward(&stage->layer, &stage->team, stage->x, packet->rows, stage->y, stage->sum_square,
		                 stage->goodness);
	}
}

static void forward(struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out,
                    const struct ff_slot *side)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_layer *layer = &stage->layer;
	bool above = stage->index + 1 < packet->end;
	activate(stage, in);
	drop(stage, in);
	mark(stage, packet, packet->kind == FF_PACKET_TRAIN ? FF_STEP_FORWARD : FF_STEP_CLASSIFY);
	if (packet->scored)
		memcpy(ff_slot_goodness(out, stage->index), stage->goodness + 2 * packet->n,
		       packet->scored * sizeof(float));
	if (above)
		normalize(stage, stage->y, 0, packet->rows, out->rows);
	else if (stage->read_above)
		normalize(stage, stage->y, packet->plain_at, packet->plain, out->rows);
	if (side && above)
		memcpy(side->rows, out->rows + packet->plain_at * layer->outputs,
		       packet->plain * layer->outputs * sizeof(float));
	else if (side)
		normalize(stage, stage->y, packet->plain_at, packet->plain, side->rows);
}

static void end_epoch(struct ff_stage *stage, const struct ff_slot *out)
{
	stage->sums.time.ended = ff_clock();
	((struct ff_stage_sums *)out->carried)[stage->index] = stage->sums;
	stage->sums = (struct ff_stage_sums){0};
}

void ff_stage_hand_on(struct ff_stage *stage, const struct ff_slot *in, const struct ff_slot *out,
                      const struct ff_slot *side)
{
	double started = ff_clock();
	assert(in->packet->rows <= stage->max_rows);
	ff_station_pass_on(in, out, stage->index);
	if (side)
		*side->packet = *in->packet;
	if (ff_packet_works(in->packet, stage->index)) {
		stage->x = take_inputs(stage, in);
		forward(stage, in, out, side);
	}
	if (ff_packet_ends_epoch(in->packet))
		end_epoch(stage, out);
	ff_station_keep(in->packet, &stage->layer.parameters, stage->best);
	ff_station_count(in->packet, started, &stage->seconds, &stage->sums.time);
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

/* The tile's gradient, from delta in y; at the end of the batch its step. */
static void descend(struct ff_stage *stage, const struct ff_packet *packet, struct ff_layer_input input)
{
	struct ff_layer *layer = &stage->layer;
	if (packet->first && packet->last) {
		ff_layer_step(layer, &stage->team, input, stage->y, packet->n, packet->rate_factor);
		mark(stage, packet, FF_STEP_GRADIENT_UPDATE);
		return;
	}
	ff_layer_gradient(layer, &stage->team, input, stage->y, packet->n, packet->first);
	mark(stage, packet, FF_STEP_GRADIENT);
	if (!packet->last)
		return;
	ff_layer_update(layer, &stage->team, packet->batch, packet->rate_factor);
	mark(stage, packet, FF_STEP_UPDATE);
}

static ff_status learn(struct ff_stage *stage, const struct ff_slot *in, struct ff_error *error)
{
	const struct ff_packet *packet = in->packet;
	struct ff_layer *layer = &stage->layer;
	struct ff_labels labels = ff_slot_labels(in, stage->classes);
	struct ff_layer_input input = {stage->x, stage->classes ? &labels : NULL};
	struct ff_tile_sums sums = ff_layer_learn(layer, &stage->team, input, stage->y, stage->goodness, packet->n,
	                                          packet->batch, packet->first);
	double sum = sums.loss + sums.positive + sums.negative; /* a goodness may be infinite and its loss 0 */
	if (!isfinite(sum))
		return not_finite(stage, packet, sum, error);
	stage->sums.tiles.loss += sums.loss;
	stage->sums.tiles.positive += sums.positive;
	stage->sums.tiles.negative += sums.negative;
	stage->sums.pairs += packet->n;
	mark(stage, packet, FF_STEP_LOSS);
	descend(stage, packet, input);
	return FF_OK;
}

ff_status ff_stage_learn(struct ff_stage *stage, const struct ff_slot *in, struct ff_error *error)
{
	if (!ff_packet_learns(in->packet, stage->index))
		return FF_OK;
	double started = ff_clock();
	ff_status status = learn(stage, in, error);
	ff_station_count(in->packet, started, &stage->seconds, &stage->sums.time);
	return status;
}

#include "pipeline/stage.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/layer_kinds.h"

static struct ff_stage *stage_of(struct ff_station *station)
{
	return (struct ff_stage *)station; /* its first member */
}

/* ---- memory ---- */

static struct ff_slot_shape input_shape(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        int number)
{
	if (ff_layer_kind_of(experiment, number)->labelled)
		return ff_slot_shape_labelled(shape->csr ? 0 : shape->features - shape->classes,
		                              ff_schedule_max_images(experiment, shape), ff_schedule_sides(experiment));
	return ff_slot_shape(number, ff_inputs_of(experiment, shape->features, number),
	                     ff_schedule_max_rows(experiment, shape), 0);
}

static void layout(struct ff_station *station, struct ff_arena *arena, const struct ff_data_shape *shape)
{
	struct ff_stage *stage = stage_of(station);
	const struct ff_experiment *experiment = station->experiment;
	int l = station->number;
	bool last = l == experiment->n_layers - 1;
	const struct ff_layer_size most = {
	    .inputs = ff_inputs_of(experiment, shape->features, l),
	    .samples = ff_schedule_tile_size(experiment, shape),
	    .images = ff_schedule_max_images(experiment, shape),
	};
	size_t values, max_rows = ff_schedule_max_rows(experiment, shape);
	ff_layer_layout(&stage->layer, arena, ff_layer_kind_of(experiment, l), experiment, l, &most);
	station->parameters = &stage->layer.parameters;
	stage->next = &experiment->layers[last ? l : l + 1];
	stage->read_above = last && ff_has_head(experiment) && ff_layer_set_has(&experiment->head.layers, l);
	stage->max_rows = max_rows;
	stage->classes = shape->classes;
	if (__builtin_mul_overflow(max_rows, stage->layer.outputs, &values))
		values = SIZE_MAX;
	stage->y = ff_arena_take(arena, values, sizeof(float));
	stage->sum_square = ff_arena_take(arena, max_rows, sizeof(float));
	stage->goodness = ff_arena_take(arena, max_rows, sizeof(float));
}

static void begin(struct ff_station *station)
{
	ff_layer_init(&stage_of(station)->layer, &station->team);
}

static int state(struct ff_station *station, struct ff_span spans[])
{
	return ff_layer_state(&stage_of(station)->layer, spans);
}
_Static_assert((int)FF_LAYER_SPANS < (int)FF_STATION_SPANS, "a layer's state and its best parameters need spans");

/* ---- hand on ---- */

/* The packet's rows: in its slot, or for a greedy layer in the input cache. */
static const float *take_inputs(const struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_team *team = &stage->station.team;
	const struct ff_input_cache_rows rows = {ff_slot_samples(in), packet->n, packet->sides, stage->layer.inputs, 0};
	bool alone = packet->alone == stage->station.number;
	if (alone && packet->keep)
		ff_input_cache_store(stage->station.cache, team, &rows, in->rows);
	else if (alone && packet->from > 0)
		return ff_input_cache_fetch(stage->station.cache, team, &rows, in->rows);
	return in->rows;
}

/* The layer's input. Where images come with labels, *labels is filled in and referred to. */
static struct ff_layer_input input_of(const struct ff_stage *stage, const struct ff_slot *in, struct ff_labels *labels)
{
	const struct ff_packet *packet = in->packet;
	if (!stage->layer.kind->labelled)
		return (struct ff_layer_input){.x = stage->x};
	*labels = ff_slot_labels(in, stage->classes, stage->station.data->csr[packet->set]);
	return (struct ff_layer_input){.x = stage->x, .labels = labels, .known = packet->known};
}

/* out [rows x O] = rows of y from `first` on, normalised for the next layer. */
static void normalize(const struct ff_stage *stage, size_t first, size_t rows, float *out)
{
	const struct ff_layer *layer = &stage->layer;
	ff_normalize(layer->kernels, &stage->station.team, stage->next->normalize, stage->next->eps,
	             stage->y + first * layer->outputs, stage->sum_square + first, rows, layer->outputs, out);
}

/* Computes y, sum_square and goodness of the packet's rows; in training with dropout on the samples' rows. */
static void activate(struct ff_stage *stage, const struct ff_slot *in)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_team *team = &stage->station.team;
	struct ff_labels labels;
	stage->x = take_inputs(stage, in);
	ff_layer_forward(&stage->layer, team, input_of(stage, in, &labels), packet->rows, stage->y, stage->sum_square,
	                 stage->goodness);
	if (packet->kind == FF_PACKET_TRAIN && packet->n)
		ff_layer_drop(&stage->layer, team, ff_slot_samples(in), packet->n, (uint32_t)packet->epoch, stage->y,
		              stage->sum_square, stage->goodness);
}

/* Writes the plain rows for the head. If the next layer works too, they are part of its input already. */
static void hand_aside(const struct ff_stage *stage, const struct ff_packet *packet, const float *above, float *aside)
{
	size_t outputs = stage->layer.outputs;
	if (above)
		memcpy(aside, above + packet->plain_at * outputs, packet->plain * outputs * sizeof *aside);
	else
		normalize(stage, packet->plain_at, packet->plain, aside);
}

static void hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[])
{
	struct ff_stage *stage = stage_of(station);
	const struct ff_packet *packet = in[0].slot.packet;
	float *above = out[0].slot.rows;
	if (!ff_packet_works(packet, station->number))
		return;
	assert(packet->rows <= stage->max_rows);
	activate(stage, &in[0].slot);
	ff_station_mark(station, packet, packet->kind == FF_PACKET_TRAIN ? FF_STEP_FORWARD : FF_STEP_CLASSIFY);
	if (packet->scored)
		memcpy(ff_slot_goodness(&out[0].slot, station->number), stage->goodness + ff_packet_sample_rows(packet),
		       packet->scored * sizeof(float));
	bool works_above = station->number + 1 < packet->end;
	if (works_above)
		normalize(stage, 0, packet->rows, above);
	else if (stage->read_above)
		normalize(stage, packet->plain_at, packet->plain, above);
	for (int i = 1; i < station->n_out; i++)
		if (out[i].kind == FF_EDGE_SIDE)
			hand_aside(stage, packet, works_above ? above : NULL, out[i].slot.rows);
}

/* ---- learn ---- */

static ff_status not_finite(const struct ff_stage *stage, const struct ff_packet *packet, double sum,
                            struct ff_error *error)
{
	char where[96];
	snprintf(where, sizeof where, "layer %d, epoch %lld, batch %lld", stage->station.number + 1,
	         (long long)packet->epoch, (long long)packet->number + 1);
	return ff_fail_at(error, FF_ERROR_NUMERIC, where,
	                  "lower optimizer.rate, or check the loss and the threshold of this layer",
	                  "the loss or the goodness became %s at learning rate %g", isnan(sum) ? "NaN" : "infinite",
	                  packet->rate_factor * stage->layer.config->rate);
}

/* Adds the tile's gradient, from delta in y; at the end of the batch takes the optimizer's step. */
static void descend(struct ff_stage *stage, const struct ff_packet *packet, struct ff_layer_input input)
{
	struct ff_layer *layer = &stage->layer;
	const struct ff_station *station = &stage->station;
	if (packet->first && packet->last) {
		ff_layer_step(layer, &station->team, input, stage->y, packet->n, packet->rate_factor);
		ff_station_mark(station, packet, FF_STEP_GRADIENT_UPDATE);
		return;
	}
	ff_layer_gradient(layer, &station->team, input, stage->y, packet->n, packet->first);
	ff_station_mark(station, packet, FF_STEP_GRADIENT);
	if (!packet->last)
		return;
	ff_layer_update(layer, &station->team, packet->batch, packet->rate_factor);
	ff_station_mark(station, packet, FF_STEP_UPDATE);
}

static ff_status learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error)
{
	struct ff_stage *stage = stage_of(station);
	const struct ff_packet *packet = in[0].slot.packet;
	struct ff_labels labels;
	if (!ff_packet_learns(packet, station->number))
		return FF_OK;
	struct ff_layer_input input = input_of(stage, &in[0].slot, &labels);
	struct ff_tile_sums sums = ff_layer_learn(&stage->layer, &station->team, input, stage->y, stage->goodness,
	                                          packet->n, packet->batch, packet->first);
	double sum = sums.loss + sums.positive + sums.negative; /* a goodness may be infinite while its loss is 0 */
	if (!isfinite(sum))
		return not_finite(stage, packet, sum, error);
	station->sums.loss += sums.loss;
	station->sums.positive += sums.positive;
	station->sums.negative += sums.negative;
	station->sums.samples += packet->n;
	ff_station_mark(station, packet, FF_STEP_LOSS);
	descend(stage, packet, input);
	return FF_OK;
}

/* ---- workload ---- */

static bool works(const struct ff_packet *packet, int number)
{
	return ff_packet_works(packet, number);
}

static void workload(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number,
                     const struct ff_packet *packet, struct ff_workload *workload)
{
	double batch = (double)ff_schedule_batch_size(experiment, shape);
	size_t most = ff_schedule_tile_size(experiment, shape);
	const struct ff_layer_rows rows = {
	    .samples = ff_packet_learns(packet, number) ? packet->n : 0,
	    .sides = packet->sides,
	    .images = packet->known ? 0 : packet->n + packet->queries,
	    .rows = packet->rows,
	    .tiles = ceil(batch / (double)most),
	    .classes = shape->classes,
	    .most = most,
	};
	if (ff_packet_works(packet, number))
		ff_layer_kind_of(experiment, number)
		    ->workload(experiment, number, ff_inputs_of(experiment, shape->features, number), &rows, workload);
}

static void describe(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number, char *text,
                     size_t size)
{
	snprintf(text, size, "%zu -> %d", ff_inputs_of(experiment, shape->features, number),
	         experiment->layers[number].width);
}

const struct ff_station_kind ff_stage_kind = {
    .name = "layer",
    .size = sizeof(struct ff_stage),
    .input = input_shape,
    .layout = layout,
    .begin = begin,
    .hand_on = hand_on,
    .learn = learn,
    .state = state,
    .works = works,
    .workload = workload,
    .describe = describe,
};

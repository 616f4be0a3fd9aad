#include "pipeline/readout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "ffengine/run.h"
#include "pipeline/graph.h"
#include "pipeline/sizes.h"

static struct ff_readout *readout_of(struct ff_station *station)
{
	return (struct ff_readout *)station; /* its first member */
}

/* ---- memory and edges ---- */

/* The plain rows of the last layer, if the head reads it. */
static struct ff_slot_shape input_shape(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        int number)
{
	bool read = ff_has_head(experiment) && ff_layer_set_has(&experiment->head.layers, number - 1);
	struct ff_slot_shape slot = ff_slot_shape(number, read ? (size_t)experiment->layers[number - 1].width : 0,
	                                          ff_schedule_max_rows(experiment, shape), 0);
	slot.max_rows = ff_schedule_max_queries(experiment, shape);
	return slot;
}

/* Adds a side edge from each layer that the head reads except the last, with enough slots for the packets on the longer
 * main path; and the edge for drawn labels, on which the source is ahead by as many batches as the lag. */
static void connect(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int number)
{
	size_t queries = ff_schedule_max_queries(experiment, shape), slots = ff_edge_slots(experiment);
	for (int l = 0; l < number - 1 && ff_has_head(experiment); l++) {
		if (!ff_layer_set_has(&experiment->head.layers, l))
			continue;
		struct ff_slot_shape slot = {(size_t)experiment->layers[l].width, queries, 0};
		struct ff_edge *edge = ff_graph_add_edge(graph, FF_EDGE_SIDE, l + 1, number + 1, slot);
		size_t longer = (size_t)(number - 1 - l);
		edge->slots = edge->ring ? longer * (slots + 1) + slots : 1;
	}
	if (!ff_is_adaptive(experiment))
		return;
	size_t lag = (size_t)ff_schedule_lag(experiment, shape);
	struct ff_slot_shape slot = {0, 0, ff_align_up(queries)};
	struct ff_edge *edge = ff_graph_add_edge(graph, FF_EDGE_LABELS, number + 1, 0, slot);
	edge->slots = lag + 2;
	edge->tokens = lag + 1;
}

static void layout(struct ff_station *station, struct ff_arena *arena, const struct ff_data_shape *shape)
{
	struct ff_readout *readout = readout_of(station);
	readout->has_head = ff_has_head(station->experiment);
	readout->classes = shape->classes;
	readout->max_queries = ff_schedule_max_queries(station->experiment, shape);
	if (readout->has_head) {
		ff_head_layout(&readout->head, arena, station->experiment, readout->classes, readout->max_queries);
		station->parameters = &readout->head.parameters;
	}
	readout->logits = ff_arena_take(arena, readout->max_queries, readout->classes * sizeof(float));
	readout->targets = ff_arena_take(arena, readout->max_queries, 1);
}

static void begin(struct ff_station *station)
{
	if (readout_of(station)->has_head)
		ff_head_init(&readout_of(station)->head);
}

static int state(struct ff_station *station, struct ff_span spans[])
{
	return station->parameters ? ff_parameters_spans(station->parameters, spans) : 0;
}

/* ---- hand on ---- */

/* The parts of the head's input: in their slots, or in the input cache. */
static void take_parts(struct ff_readout *readout, const struct ff_port in[])
{
	const struct ff_packet *packet = in[0].slot.packet;
	const struct ff_team *team = &readout->station.team;
	const struct ff_head *head = &readout->head;
	bool alone = packet->alone == readout->station.number;
	struct ff_input_cache_rows rows = {ff_slot_queries(&in[0].slot), packet->plain, 1, 0, 0};
	for (int i = 0, port = 0; i < head->n_parts; i++) {
		bool last = head->layers[i] == readout->station.number - 1; /* it comes on the main edge */
		for (port++; !last && in[port].kind != FF_EDGE_SIDE;)
			port++;
		float *slot = in[last ? 0 : port].slot.rows;
		rows.width = head->widths[i];
		readout->parts[i] = slot;
		if (alone && packet->keep)
			ff_input_cache_store(readout->station.cache, team, &rows, slot);
		else if (alone && packet->from > 0)
			readout->parts[i] = ff_input_cache_fetch(readout->station.cache, team, &rows, slot);
		rows.before += alone ? readout->station.cache->kept[packet->alone] * rows.width : 0;
	}
}

/* The goodness of image i with each label, summed over the layers that evaluate.layers selects. */
static void sum_goodness(const struct ff_readout *readout, const struct ff_slot *in, size_t i, double *goodness)
{
	const struct ff_experiment *e = readout->station.experiment;
	for (size_t c = 0; c < readout->classes; c++) {
		goodness[c] = 0;
		for (int l = 0; l < e->n_layers; l++)
			if (ff_layer_set_has(&e->evaluate.layers, l))
				goodness[c] += (double)ff_slot_goodness(in, l)[i * readout->classes + c];
	}
}

/* Draws a wrong label for each query; the random number depends on (seed, epoch, image) alone. */
static void draw(const struct ff_readout *readout, const struct ff_slot *in, uint8_t *drawn)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_experiment *e = readout->station.experiment;
	double goodness[FF_MAX_CLASSES];
	for (size_t i = 0; i < packet->queries; i++) {
		uint32_t image = ff_slot_queries(in)[i];
		struct ff_random random = ff_random_at(e->seed, FF_PURPOSE_DRAW, 0, (uint32_t)packet->epoch, image);
		double u = ff_random_unit(random.word[0]);
		int wrong;
		if (e->negatives.draw == FF_DRAW_HEAD) {
			wrong = ff_draw_by_logits(readout->logits + i * readout->classes, readout->classes,
			                          readout->station.data->labels[image], u);
		} else {
			sum_goodness(readout, in, i, goodness);
			wrong =
			    ff_draw_by_goodness(goodness, readout->classes, readout->station.data->labels[image], u);
		}
		drawn[i] = (uint8_t)wrong;
	}
}

static void hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[])
{
	struct ff_readout *readout = readout_of(station);
	const struct ff_packet *packet = in[0].slot.packet;
	take_parts(readout, in);
	if (packet->plain) {
		ff_head_logits(&readout->head, &station->team, readout->parts, packet->plain, readout->logits);
		ff_station_mark(station, packet, packet->kind == FF_PACKET_TRAIN ? FF_STEP_FORWARD : FF_STEP_CLASSIFY);
	}
	if (packet->kind == FF_PACKET_INFER)
		memcpy(ff_slot_logits(&out[0].slot, station->number), readout->logits,
		       packet->plain * readout->classes * sizeof(float));
	for (int i = 1; i < station->n_out; i++)
		if (out[i].slot.packet && out[i].kind == FF_EDGE_LABELS)
			draw(readout, &in[0].slot, out[i].slot.carried);
}

/* ---- learn ---- */

static ff_status not_finite(const struct ff_station *station, const struct ff_packet *packet, double loss,
                            struct ff_error *error)
{
	char where[64];
	snprintf(where, sizeof where, "head, epoch %lld", (long long)packet->epoch);
	return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower head.rate", "the loss became %s at learning rate %g",
	                  isnan(loss) ? "NaN" : "infinite", packet->rate_factor * station->experiment->head.rate);
}

static ff_status learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error)
{
	struct ff_readout *readout = readout_of(station);
	const struct ff_packet *packet = in[0].slot.packet;
	if (packet->plain == 0)
		return FF_OK;
	for (size_t i = 0; i < packet->plain; i++)
		readout->targets[i] = station->data->labels[ff_slot_queries(&in[0].slot)[i]];
	struct ff_head_sums sums =
	    ff_head_learn(&readout->head, &station->team, readout->parts, packet->plain, readout->logits,
	                  readout->targets, packet->queries_batch, packet->first);
	if (!isfinite(sums.loss))
		return not_finite(station, packet, sums.loss, error);
	station->sums.loss += sums.loss;
	station->sums.wrong += sums.wrong;
	station->sums.samples += sums.rows;
	ff_station_mark(station, packet, FF_STEP_LOSS_GRADIENT);
	if (!packet->last)
		return FF_OK;
	ff_head_update(&readout->head, &station->team, packet->rate_factor);
	ff_station_mark(station, packet, FF_STEP_UPDATE);
	return FF_OK;
}

/* ---- workload ---- */

/* Seconds that do not depend on size, and for one class of a row, whose exponential is a call. BETWEEN_OTHERS: time of
 * a product as a multiple of one whose operands are in cache. Fitted to trainings of many nets
 * (tests/bench/NOTEBOOK.md). */
static const double FIXED = 5e-6, CLASS = 10e-9, BETWEEN_OTHERS = 1.08;

static bool works(const struct ff_packet *packet, int number)
{
	(void)number;
	return packet->plain || packet->draws;
}

static void workload(const struct ff_experiment *e, const struct ff_data_shape *shape, int number,
                     const struct ff_packet *packet, struct ff_workload *workload)
{
	struct ff_phase_work *forward = &workload->phase[FF_WORK_HAND_ON], *learn = &workload->phase[FF_WORK_LEARN];
	size_t inputs = 0, classes = shape->classes;
	for (int l = 0; l < number; l++)
		inputs += packet->plain && ff_layer_set_has(&e->head.layers, l) ? (size_t)e->layers[l].width : 0;
	double answers = (double)packet->queries * (double)classes, weights = (double)(inputs * classes);
	double arrays = 1 + ff_optimizer_states(e->head.optimizer);
	forward->seconds = FIXED + (ff_is_adaptive(e) ? CLASS * answers : 0);
	if (!inputs)
		return;
	workload->received = 4 * (double)packet->plain * (double)inputs;
	workload->footprint = 4 * weights * arrays;
	*forward = (struct ff_phase_work){.m = packet->plain,
	                                  .n = classes,
	                                  .k = inputs,
	                                  .effort = BETWEEN_OTHERS,
	                                  .streamed = 4 * weights,
	                                  .regions = 1,
	                                  .seconds = forward->seconds};
	if (packet->kind == FF_PACKET_TRAIN)
		*learn = (struct ff_phase_work){.m = inputs,
		                                .n = classes,
		                                .k = packet->plain,
		                                .effort = BETWEEN_OTHERS,
		                                .streamed = 8 * weights * arrays,
		                                .regions = 2,
		                                .seconds = CLASS * answers};
}

static void describe(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number, char *text,
                     size_t size)
{
	(void)shape, (void)number;
	snprintf(text, size, "%s", ff_has_head(experiment) ? "softmax head" : "draws wrong labels");
}

const struct ff_station_kind ff_readout_kind = {
    .name = "readout",
    .size = sizeof(struct ff_readout),
    .input = input_shape,
    .connect = connect,
    .layout = layout,
    .begin = begin,
    .hand_on = hand_on,
    .learn = learn,
    .state = state,
    .works = works,
    .workload = workload,
    .describe = describe,
};

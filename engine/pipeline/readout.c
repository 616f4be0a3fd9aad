#include "pipeline/readout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "ffengine/run.h"
#include "pipeline/schedule.h"

bool ff_readout_needed(const struct ff_experiment *experiment)
{
	return ff_has_head(experiment) || ff_is_adaptive(experiment);
}

static void layout(struct ff_readout *readout, struct ff_arena *arena)
{
	if (readout->has_head)
		ff_head_layout(&readout->head, arena, readout->experiment, readout->classes, readout->max_probes);
	readout->logits = ff_arena_take(arena, readout->max_probes, readout->classes * sizeof(float));
	readout->targets = ff_arena_take(arena, readout->max_probes, 1);
	if (readout->has_head && readout->experiment->train.patience)
		readout->best = ff_arena_take(arena, readout->head.parameters.n, sizeof(float));
}

static struct ff_readout plain(const struct ff_experiment *experiment, size_t classes, size_t max_probes)
{
	return (struct ff_readout){
	    .experiment = experiment,
	    .has_head = ff_has_head(experiment),
	    .classes = classes,
	    .max_probes = max_probes,
	};
}

size_t ff_readout_bytes(const struct ff_experiment *experiment, size_t classes, size_t max_probes)
{
	struct ff_readout readout = plain(experiment, classes, max_probes);
	struct ff_arena arena = {0};
	layout(&readout, &arena);
	return arena.used;
}

ff_status ff_readout_init(struct ff_readout *readout, const struct ff_experiment *experiment, size_t classes,
                          size_t max_probes, struct ff_team team, struct ff_error *error)
{
	*readout = plain(experiment, classes, max_probes);
	readout->team = team;
	layout(readout, &readout->arena);
	FF_TRY(ff_arena_init(&readout->arena, error));
	layout(readout, &readout->arena);
	return FF_OK;
}

void ff_readout_fini(struct ff_readout *readout)
{
	if (readout)
		ff_arena_fini(&readout->arena);
}

void ff_readout_begin(struct ff_readout *readout)
{
	if (readout->has_head)
		ff_head_init(&readout->head);
	readout->sums = (struct ff_readout_sums){0};
	readout->seconds = 0;
}

static void mark(const struct ff_readout *readout, const struct ff_packet *packet, enum ff_step step)
{
	ff_mark(readout->track, readout->experiment->n_layers + 1, step, packet->sequence);
}

/* ---- hand on ---- */

void ff_readout_take_parts(struct ff_readout *readout, const struct ff_slot *in, float *const slots[],
                           const float *parts[])
{
	const struct ff_packet *packet = in->packet;
	const struct ff_head *head = &readout->head;
	bool alone = packet->turn == readout->experiment->n_layers;
	struct ff_input_cache_rows rows = {ff_slot_probes(in), packet->plain, 1, 0, 0};
	for (int i = 0; i < head->n_parts; i++) {
		rows.width = head->widths[i];
		parts[i] = slots[i];
		if (alone && packet->keep)
			ff_input_cache_store(readout->cache, &readout->team, &rows, slots[i]);
		else if (alone && packet->from > 0)
			parts[i] = ff_input_cache_fetch(readout->cache, &readout->team, &rows, slots[i]);
		rows.before += alone ? readout->cache->kept[packet->turn] * rows.width : 0;
	}
}

/* The goodness of image i with each label, summed over the layers that classify. */
static void sum_goodness(const struct ff_readout *readout, const struct ff_slot *in, size_t i, double *goodness)
{
	const struct ff_experiment *e = readout->experiment;
	for (size_t c = 0; c < readout->classes; c++) {
		goodness[c] = 0;
		for (int l = 0; l < e->n_layers; l++)
			if (ff_layer_set_has(&e->evaluate.layers, l))
				goodness[c] += (double)ff_slot_goodness(in, l)[i * readout->classes + c];
	}
}

/* A wrong label for each probed image: one number of its (seed, epoch, image) decides. */
static void draw(const struct ff_readout *readout, const struct ff_slot *in, uint8_t *drawn)
{
	const struct ff_packet *packet = in->packet;
	const struct ff_experiment *e = readout->experiment;
	double goodness[FF_MAX_CLASSES];
	for (size_t i = 0; i < packet->probes; i++) {
		uint32_t image = ff_slot_probes(in)[i];
		struct ff_random random = ff_random_at(e->seed, FF_PURPOSE_DRAW, 0, (uint32_t)packet->epoch, image);
		double u = ff_random_unit(random.word[0]);
		int wrong;
		if (e->negatives.draw == FF_DRAW_HEAD) {
			wrong = ff_draw_by_logits(readout->logits + i * readout->classes, readout->classes,
			                          readout->labels[image], u);
		} else {
			sum_goodness(readout, in, i, goodness);
			wrong = ff_draw_by_goodness(goodness, readout->classes, readout->labels[image], u);
		}
		drawn[i] = (uint8_t)wrong;
	}
}

static void end_epoch(struct ff_readout *readout, const struct ff_slot *out)
{
	struct ff_stage_sums *layers = out->carried;
	readout->sums.time.ended = ff_clock();
	memcpy(layers + readout->experiment->n_layers, &readout->sums, sizeof readout->sums);
	readout->sums = (struct ff_readout_sums){0};
}

void ff_readout_hand_on(struct ff_readout *readout, const struct ff_slot *in, const float *const parts[],
                        const struct ff_slot *out, uint8_t *drawn)
{
	double started = ff_clock();
	const struct ff_packet *packet = in->packet;
	ff_station_pass_on(in, out, readout->experiment->n_layers);
	if (packet->plain)
		ff_head_logits(&readout->head, &readout->team, parts, packet->plain, readout->logits);
	if (packet->plain)
		mark(readout, packet, packet->kind == FF_PACKET_TRAIN ? FF_STEP_FORWARD : FF_STEP_CLASSIFY);
	if (packet->kind == FF_PACKET_INFER)
		memcpy(ff_slot_logits(out, readout->experiment->n_layers), readout->logits,
		       packet->plain * readout->classes * sizeof(float));
	if (drawn)
		draw(readout, in, drawn);
	if (ff_packet_ends_epoch(packet))
		end_epoch(readout, out);
	if (readout->has_head)
		ff_station_keep(packet, &readout->head.parameters, readout->best);
	ff_station_count(packet, started, &readout->seconds, &readout->sums.time);
}

/* ---- learn ---- */

static ff_status learn(struct ff_readout *readout, const struct ff_slot *in, const float *const parts[],
                       struct ff_error *error)
{
	const struct ff_packet *packet = in->packet;
	for (size_t i = 0; i < packet->plain; i++)
		readout->targets[i] = readout->labels[ff_slot_probes(in)[i]];
	struct ff_head_sums sums = ff_head_learn(&readout->head, &readout->team, parts, packet->plain, readout->logits,
	                                         readout->targets, packet->probes_batch, packet->first);
	if (!isfinite(sums.loss)) {
		char where[64];
		snprintf(where, sizeof where, "head, epoch %lld", (long long)packet->epoch);
		return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower head.rate",
		                  "the loss became %s at learning rate %g", isnan(sums.loss) ? "NaN" : "infinite",
		                  packet->rate_factor * readout->experiment->head.rate);
	}
	readout->sums.head.loss += sums.loss;
	readout->sums.head.wrong += sums.wrong;
	readout->sums.head.rows += sums.rows;
	mark(readout, packet, FF_STEP_LOSS_GRADIENT);
	if (!packet->last)
		return FF_OK;
	ff_head_update(&readout->head, &readout->team, packet->rate_factor);
	mark(readout, packet, FF_STEP_UPDATE);
	return FF_OK;
}

ff_status ff_readout_learn(struct ff_readout *readout, const struct ff_slot *in, const float *const parts[],
                           struct ff_error *error)
{
	if (in->packet->kind != FF_PACKET_TRAIN || in->packet->plain == 0)
		return FF_OK;
	double started = ff_clock();
	ff_status status = learn(readout, in, parts, error);
	ff_station_count(in->packet, started, &readout->seconds, &readout->sums.time);
	return status;
}

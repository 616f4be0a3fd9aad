/* The local objective of a tile: its losses, and delta of its rows. */
#include <string.h>

#include "model/layer.h"

enum { SAMPLE_COST = 128 }; /* cost of a loss with its exponentials, in numbers touched */

struct learn_work {
	struct ff_layer *layer;
	const float *goodness;
	float *y;
	size_t samples;
	double share; /* factor on slopes: mean over the mini-batch, and derivative of the dropout's scaling */
	bool first;
};

/* Replaces row r of y by delta. */
static void make_delta(const struct learn_work *work, size_t r, float slope)
{
	const struct ff_layer *layer = work->layer;
	layer->idle[r] = slope == 0;
	float *y = work->y + r * layer->outputs;
	layer->goodness->gradient(&layer->goodness_constants, layer->kernels, y, layer->outputs, slope, y);
}

static void learn_samples(void *context, size_t begin, size_t end)
{
	struct learn_work *work = context;
	struct ff_layer *layer = work->layer;
	double goodness[FF_MAX_SIDES], slope[FF_MAX_SIDES];
	for (size_t i = begin; i < end; i++) {
		for (size_t s = 0; s < layer->sides; s++)
			goodness[s] = (double)work->goodness[s * work->samples + i];
		layer->sample_loss[i] = ff_loss_toward(layer->experiment->objective.direction, layer->loss,
		                                       &layer->constants, goodness, slope);
		for (size_t s = 0; s < layer->sides; s++)
			make_delta(work, s * work->samples + i, (float)(work->share * slope[s]));
	}
}

static void activity_columns(void *context, size_t begin, size_t end)
{
	struct learn_work *work = context;
	ff_sum_columns(work->layer->kernels, work->y, work->samples, work->layer->outputs, begin, end, work->first,
	               work->layer->activity_sum);
}

static struct ff_tile_sums tile_sums(const struct ff_layer *layer, const float *goodness, size_t samples)
{
	struct ff_tile_sums sums = {0};
	for (size_t i = 0; i < samples; i++) { /* in order, so that the bits are the same for any team */
		sums.loss += layer->sample_loss[i];
		sums.positive += (double)goodness[i];
		if (ff_has_negative(layer->sides))
			sums.negative += (double)goodness[FF_NEGATIVE * samples + i];
	}
	sums.loss /= ff_loss_terms(layer);
	return sums;
}

/* Lists every row that is not idle, in order. */
static void list_busy_rows(struct ff_layer *layer, size_t samples)
{
	layer->n_busy = 0;
	for (size_t r = 0; r < layer->sides * samples; r++)
		if (!layer->idle[r])
			layer->busy[layer->n_busy++] = (uint32_t)r;
}

struct ff_tile_sums ff_layer_learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                   float *y, const float *goodness, size_t samples, size_t batch, bool first)
{
	double kept = 1 - layer->config->dropout; /* y = relu(z) / kept, or 0, so dy/dz = 1 / kept where y > 0 */
	double share = 1 / (ff_loss_terms(layer) * (double)batch * kept);
	struct learn_work work = {layer, goodness, y, samples, share, first};
	if (layer->peer_mean) { /* before y becomes delta */
		ff_team_for(team, layer->outputs, ff_column_grain(samples), activity_columns, &work);
		layer->kind->sum_inputs(layer, team, input, samples, first);
	}
	ff_team_for(team, samples, ff_team_grain(SAMPLE_COST + layer->sides * layer->outputs), learn_samples, &work);
	(layer->kind->list_busy ? layer->kind->list_busy : list_busy_rows)(layer, samples);
	return tile_sums(layer, goodness, samples);
}

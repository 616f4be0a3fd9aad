/* Learning of a layer: losses, delta and gradients of a tile; the update at the end of a batch. */
#include <string.h>

#include "base/gemm.h"
#include "model/labelled.h"
#include "model/optimizer.h"

enum { PAIR_COST = 128 }; /* a loss with its exponentials, in numbers touched */

/* Terms that a pair counts as in the mean of a batch: with `reduce: rows` each of its rows is one. */
static double loss_terms(const struct ff_layer *layer)
{
	return layer->experiment->objective.reduce == FF_REDUCE_ROWS ? 2.0 : 1.0;
}

struct learn_work {
	struct ff_layer *layer;
	const float *goodness;
	float *y;
	size_t pairs;
	double share; /* times a pair's derivatives: slopes of the mean loss to what the ReLU gave, before dropout */
	bool first;
};

/* Row r of y becomes delta. */
static void make_delta(const struct learn_work *work, size_t r, double slope)
{
	const struct ff_layer *layer = work->layer;
	float *y = work->y + r * layer->outputs;
	layer->goodness->gradient(&layer->goodness_constants, layer->kernels, y, layer->outputs, (float)slope, y);
}

static void learn_pairs(void *context, size_t begin, size_t end)
{
	struct learn_work *work = context;
	struct ff_layer *layer = work->layer;
	for (size_t p = begin; p < end; p++) {
		struct ff_pair_loss loss =
		    ff_pair_loss_toward(layer->experiment->objective.direction, layer->loss, &layer->constants,
		                        (double)work->goodness[p], (double)work->goodness[work->pairs + p]);
		layer->pair_loss[p] = loss.loss;
		make_delta(work, p, work->share * loss.d_positive);
		make_delta(work, work->pairs + p, work->share * loss.d_negative);
	}
}

/* sum[j] (+)= sum over rows of a [rows x n], j in [begin, end), rows in order. */
static void sum_columns(const struct ff_kernels *kernels, const float *a, size_t rows, size_t n, size_t begin,
                        size_t end, bool first, float *sum)
{
	if (first)
		memset(sum + begin, 0, (end - begin) * sizeof *sum);
	for (size_t r = 0; r < rows; r++)
		kernels->add_scaled(sum + begin, 1.0F, a + r * n + begin, end - begin);
}

static void activity_columns(void *context, size_t begin, size_t end)
{
	struct learn_work *work = context;
	sum_columns(work->layer->kernels, work->y, work->pairs, work->layer->outputs, begin, end, work->first,
	            work->layer->activity_sum);
}

/* The part of the inputs that comes as rows. */
struct input_work {
	const struct ff_kernels *kernels;
	const float *x;
	size_t rows, width;
	bool first;
	float *sum; /* [width] */
};

static void input_columns(void *context, size_t begin, size_t end)
{
	struct input_work *work = context;
	sum_columns(work->kernels, work->x, work->rows, work->width, begin, end, work->first, work->sum);
}

static void sum_inputs(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                       size_t pairs, bool first)
{
	size_t classes = input.labels ? input.labels->classes : 0;
	struct input_work work = {layer->kernels,          input.x, pairs,
	                          layer->inputs - classes, first,   layer->input_sum + classes};
	if (input.labels)
		ff_labelled_input_sum(input.labels, first, layer->input_sum);
	ff_team_for(team, work.width, ff_column_grain(pairs), input_columns, &work);
}

static void bias_columns(void *context, size_t begin, size_t end)
{
	struct learn_work *work = context;
	struct ff_layer *layer = work->layer;
	sum_columns(layer->kernels, work->y, 2 * work->pairs, layer->outputs, begin, end, work->first,
	            layer->gradient + layer->inputs * layer->outputs);
}

static struct ff_tile_sums tile_sums(const struct ff_layer *layer, const float *goodness, size_t pairs)
{
	struct ff_tile_sums sums = {0};
	for (size_t p = 0; p < pairs; p++) { /* in order: the same bits for any team */
		sums.loss += layer->pair_loss[p];
		sums.positive += (double)goodness[p];
		sums.negative += (double)goodness[pairs + p];
	}
	return sums;
}

/* grad W (+)= x^T delta, grad b (+)= the sum of delta's rows. */
static void add_gradient(struct learn_work *work, const struct ff_team *team, const float *x)
{
	struct ff_layer *layer = work->layer;
	size_t rows = 2 * work->pairs;
	ff_gemm(team, true, layer->inputs, layer->outputs, rows, x, work->y, work->first ? 0.0F : 1.0F,
	        layer->gradient);
	ff_team_for(team, layer->outputs, ff_column_grain(rows), bias_columns, work);
}

struct ff_tile_sums ff_layer_learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                   float *y, const float *goodness, size_t pairs, size_t batch, bool first)
{
	double terms = loss_terms(layer);
	double kept = 1 - layer->config->dropout; /* y = relu(z) / kept, or 0, so dy/dz = 1 / kept where y > 0 */
	struct learn_work work = {layer, goodness, y, pairs, 1 / (terms * (double)batch * kept), first};
	if (layer->peer_mean) { /* before y becomes delta */
		ff_team_for(team, layer->outputs, ff_column_grain(pairs), activity_columns, &work);
		sum_inputs(layer, team, input, pairs, first);
	}
	ff_team_for(team, pairs, ff_team_grain(PAIR_COST + 2 * layer->outputs), learn_pairs, &work);
	if (input.labels)
		ff_labelled_gradient(layer, team, input.labels, input.x, y, first);
	else
		add_gradient(&work, team, input.x);
	struct ff_tile_sums sums = tile_sums(layer, goodness, pairs);
	sums.loss /= terms;
	return sums;
}

/* ---- update ---- */

struct update_work {
	struct ff_layer *layer;
	struct ff_optimizer_step weight_step, bias_step;
	size_t batch;      /* pairs */
	const float *pull; /* [O], what peer normalisation adds to delta of every positive row; NULL when off */
};

/* m = 0.9 m + 0.1 mean(y over positives), then pull = -lambda (mean(m) - m) / batch: the descent direction of every
 * positive row, not gated by the ReLU so that dead units revive (Hinton 2022, section 3.2). As it is the same for
 * all positive rows, its gradient is input_sum^T pull, added at the update instead of row by row. */
static void peer_pull(struct ff_layer *layer, size_t batch, double mean)
{
	size_t outputs = layer->outputs;
	double total = 0;
	for (size_t j = 0; j < outputs; j++) {
		double activity = (double)layer->activity_sum[j] / (double)batch;
		layer->peer_mean[j] = (float)(0.9 * (double)layer->peer_mean[j] + 0.1 * activity);
		total += (double)layer->peer_mean[j];
	}
	for (size_t j = 0; j < outputs; j++) {
		double ascent = layer->config->peer * (total / (double)outputs - (double)layer->peer_mean[j]);
		layer->activity_sum[j] = (float)(-ascent * mean); /* its batch is over: the room is free */
	}
}

/* The optimizer's step over the layer's parameters [at, at + n). */
static void step_parameters(struct ff_layer *layer, const struct ff_optimizer_step *step, size_t at, size_t n)
{
	ff_optimizer_apply(step, layer->kernels, layer->parameters + at, layer->gradient + at, layer->state1 + at,
	                   layer->state2 ? layer->state2 + at : NULL, n);
}

static void update_rows(void *context, size_t begin, size_t end)
{
	struct update_work *work = context;
	struct ff_layer *layer = work->layer;
	size_t at_once = work->pull ? 1 : end - begin; /* with a pull, row by row while the gradient is in cache */
	for (size_t i = begin; i < end; i += at_once) {
		size_t at = i * layer->outputs;
		if (work->pull)
			layer->kernels->add_scaled(layer->gradient + at, layer->input_sum[i], work->pull,
			                           layer->outputs);
		step_parameters(layer, &work->weight_step, at, at_once * layer->outputs);
	}
}

static void update_bias(void *context, size_t begin, size_t end)
{
	struct update_work *work = context;
	struct ff_layer *layer = work->layer;
	size_t at = layer->inputs * layer->outputs + begin, n = end - begin;
	if (work->pull)
		layer->kernels->add_scaled(layer->gradient + at, (float)work->batch, work->pull + begin, n);
	step_parameters(layer, &work->bias_step, at, n);
}

void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor)
{
	const struct ff_experiment *e = layer->experiment;
	double rate = rate_factor * layer->config->rate;
	double terms = loss_terms(layer);
	layer->step++;
	struct update_work work = {
	    .layer = layer,
	    .batch = batch,
	    .weight_step = ff_optimizer_step_at(e, e->optimizer.kind, rate, layer->config->decay, layer->step),
	    .bias_step = ff_optimizer_step_at(e, e->optimizer.kind, rate, 0, layer->step),
	};
	if (layer->peer_mean) {
		peer_pull(layer, batch, 1 / (terms * (double)batch));
		work.pull = layer->activity_sum;
	}
	ff_team_for(team, layer->inputs, ff_team_grain(layer->outputs), update_rows, &work);
	ff_team_for(team, layer->outputs, layer->outputs, update_bias, &work);
}

/* Learning of a layer: losses and delta of a tile, its gradient; the update at the end of a batch. */
#include <string.h>

#include "model/labelled.h"
#include "product/gemm.h"

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
static void make_delta(const struct learn_work *work, size_t r, float slope)
{
	const struct ff_layer *layer = work->layer;
	layer->idle[r] = slope == 0;
	float *y = work->y + r * layer->outputs;
	layer->goodness->gradient(&layer->goodness_constants, layer->kernels, y, layer->outputs, slope, y);
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
		make_delta(work, p, (float)(work->share * loss.d_positive));
		make_delta(work, work->pairs + p, (float)(work->share * loss.d_negative));
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
	if (input.labels)
		ff_labelled_input_sum(input.labels, layer->inputs, first, layer->input_sum);
	if (input.labels && input.labels->lists)
		return;
	struct input_work work = {layer->kernels,
	                          input.x,
	                          pairs,
	                          layer->inputs - classes,
	                          first && !input.labels,
	                          layer->input_sum + classes};
	ff_team_for(team, work.width, ff_column_grain(pairs), input_columns, &work);
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

static void list_busy(struct ff_layer *layer, size_t pairs, bool labelled)
{
	const unsigned char *idle = layer->idle;
	layer->n_busy = 0;
	for (size_t r = 0; r < (labelled ? pairs : 2 * pairs); r++)
		if (!idle[r] || (labelled && !idle[pairs + r]))
			layer->busy[layer->n_busy++] = (uint32_t)r;
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
	list_busy(layer, pairs, input.labels);
	struct ff_tile_sums sums = tile_sums(layer, goodness, pairs);
	sums.loss /= terms;
	return sums;
}

/* ---- gradient ---- */

struct bias_work {
	struct ff_layer *layer;
	const float *delta;
	size_t rows;
	bool first;
};

enum { BIAS_ALONG = 1024 }; /* columns whose sums stay in the first-level cache */
_Static_assert((int)BIAS_ALONG % (int)FF_LIVE_COLUMNS == 0 && (int)FF_LANES % (int)FF_LIVE_COLUMNS == 0,
               "threads share columns out by whole words");

/* sum [n] += the columns from `begin` on of the busy rows, in order. */
static void add_bias(const struct bias_work *work, size_t begin, size_t n, float *sum)
{
	const struct ff_layer *layer = work->layer;
	for (size_t i = 0; i < layer->n_busy; i++)
		layer->kernels->add_scaled(sum, 1.0F, work->delta + layer->busy[i] * layer->outputs + begin, n);
}

/* The same of up to BIAS_ALONG columns, and which of them are live. */
static void add_live_bias(const struct bias_work *work, size_t begin, size_t n, float *sum)
{
	const struct ff_layer *layer = work->layer;
	uint32_t live[BIAS_ALONG];
	uint16_t *words = layer->live + begin / FF_LIVE_COLUMNS;
	size_t i = 0;
	for (size_t row = 0; row < work->rows; row += FF_LIVE_ROWS, words += ff_live_words(layer->outputs)) {
		memset(live, 0, n * sizeof *live);
		for (; i < layer->n_busy && layer->busy[i] < row + FF_LIVE_ROWS; i++)
			layer->kernels->add_live(sum, live, work->delta + layer->busy[i] * layer->outputs + begin, n);
		ff_live_pack(live, n, words);
	}
}

static void bias_columns(void *context, size_t begin, size_t end)
{
	struct bias_work *work = context;
	struct ff_layer *layer = work->layer;
	float *sum = layer->parameters.gradient + layer->inputs * layer->outputs;
	if (work->first)
		memset(sum + begin, 0, (end - begin) * sizeof *sum);
	for (size_t at = begin; at < end; at += BIAS_ALONG) {
		size_t n = end - at < BIAS_ALONG ? end - at : BIAS_ALONG;
		(layer->live ? add_live_bias : add_bias)(work, at, n, sum + at);
	}
}

/* grad W's rows from `input` on are x^T delta, for x [rows x I - input]. */
struct factors {
	const float *x;
	struct ff_csr_rows listed; /* x, where it comes as lists */
	struct ff_deltas deltas;
	size_t rows, input;
};

static struct ff_rows x_of(const struct factors *f)
{
	return (struct ff_rows){f->x, f->listed.matrix ? &f->listed : NULL};
}

/* Adds up all of the tile's gradient but x^T delta. */
static struct factors factors_of(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                 float *delta, size_t pairs, bool first)
{
	struct ff_deltas deltas = {.numbers = delta, .pick = layer->busy, .picked = layer->n_busy};
	if (input.labels) {
		ff_labelled_fold(layer, team, input.labels, delta, first);
		return (struct factors){input.x, ff_labels_listed(input.labels), deltas, pairs, input.labels->classes};
	}
	struct bias_work work = {layer, delta, 2 * pairs, first};
	ff_team_for(team, layer->outputs, ff_column_grain(layer->n_busy), bias_columns, &work);
	deltas.live = layer->live;
	return (struct factors){.x = input.x, .deltas = deltas, .rows = 2 * pairs};
}

void ff_layer_gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                       size_t pairs, bool first)
{
	struct factors f = factors_of(layer, team, input, delta, pairs, first);
	ff_gemm_deltas(team, layer->inputs - f.input, layer->outputs, f.rows, x_of(&f), f.deltas, first ? 0.0F : 1.0F,
	               layer->parameters.gradient + f.input * layer->outputs);
}

/* ---- update ---- */

struct update_work {
	struct ff_layer *layer;
	struct ff_optimizer_step weight_step, bias_step;
	size_t batch;      /* pairs */
	const float *pull; /* [O], what peer normalisation adds to delta of every positive row; NULL when off */
	size_t first;      /* input that row 0 of the blocks is */
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

/* What the images' offsets add to a block's gradient, behind what peers do, which elsewhere the step itself adds. */
static void add_offset(const struct update_work *work, size_t input, const struct ff_block *g)
{
	const struct ff_layer *layer = work->layer;
	for (size_t i = 0; i < g->rows; i++) {
		float *gradient = g->c + i * g->stride;
		if (work->pull)
			layer->kernels->add_scaled(gradient, layer->input_sum[input + i], work->pull + g->column,
			                           g->columns);
		if (input + i >= layer->offset_from)
			layer->kernels->add_scaled(gradient, 1.0F, layer->offset_gradient + g->column, g->columns);
	}
}

/* The step over a block of W, within a panel, with its gradient g. */
static void take_block(void *context, const struct ff_block *g)
{
	const struct update_work *work = context;
	struct ff_layer *layer = work->layer;
	struct ff_panels panels = ff_layer_panels(layer);
	size_t input = work->first + g->row, at = ff_panel_at(panels, input, g->column);
	if (layer->offset_from)
		add_offset(work, input, g);
	bool adds = work->pull && !layer->offset_from;
	ff_optimizer_apply(&work->weight_step, layer->kernels, &layer->parameters, at,
	                   (struct ff_step_block){.rows = g->rows,
	                                          .n = g->columns,
	                                          .stride = ff_panel_width(panels, g->column),
	                                          .gradient = g->c,
	                                          .gradient_stride = g->stride,
	                                          .factor = adds ? layer->input_sum + input : NULL,
	                                          .added = adds ? work->pull + g->column : NULL});
}

/* Weights and optimizer state of the block to come. */
static struct ff_touched touch_block(void *context, size_t row, size_t rows, size_t column, size_t columns)
{
	const struct update_work *work = context;
	const struct ff_layer *layer = work->layer;
	struct ff_panels panels = ff_layer_panels(layer);
	size_t at = ff_panel_at(panels, work->first + row, column);
	(void)rows, (void)columns;
	const struct ff_parameters *of = &layer->parameters;
	return (struct ff_touched){{of->value + at, of->state1 + at, of->state2 ? of->state2 + at : NULL},
	                           of->state2 ? 3 : 2,
	                           ff_panel_width(panels, column)};
}

static struct ff_block_user user_of(struct update_work *work)
{
	return (struct ff_block_user){work, work->layer->panel, touch_block, take_block};
}

/* W's rows [begin, end), whose gradient stands in the layer. */
static void update_rows(void *context, size_t begin, size_t end)
{
	struct update_work *work = context;
	size_t outputs = work->layer->outputs;
	struct ff_block_user user = user_of(work);
	ff_block_give(&user, &(struct ff_block){begin, end - begin, 0, outputs,
	                                        work->layer->parameters.gradient + begin * outputs, outputs});
}

static void update_bias(void *context, size_t begin, size_t end)
{
	const struct update_work *work = context;
	struct ff_layer *layer = work->layer;
	size_t at = layer->inputs * layer->outputs + begin;
	float batch = (float)work->batch;
	ff_optimizer_apply(&work->bias_step, layer->kernels, &layer->parameters, at,
	                   (struct ff_step_block){.rows = 1,
	                                          .n = end - begin,
	                                          .gradient = layer->parameters.gradient + at,
	                                          .factor = work->pull ? &batch : NULL,
	                                          .added = work->pull ? work->pull + begin : NULL});
}

static struct update_work begin_update(struct ff_layer *layer, size_t batch, double rate_factor)
{
	const struct ff_experiment *e = layer->experiment;
	double rate = rate_factor * layer->config->rate;
	layer->parameters.step++;
	struct update_work work = {
	    .layer = layer,
	    .batch = batch,
	    .weight_step =
	        ff_optimizer_step_at(e, e->optimizer.kind, rate, layer->config->decay, layer->parameters.step),
	    .bias_step = ff_optimizer_step_at(e, e->optimizer.kind, rate, 0, layer->parameters.step),
	};
	if (layer->peer_mean) {
		peer_pull(layer, batch, 1 / (loss_terms(layer) * (double)batch));
		work.pull = layer->activity_sum;
	}
	return work;
}

void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor)
{
	struct update_work work = begin_update(layer, batch, rate_factor);
	ff_team_for(team, layer->inputs, ff_team_grain(layer->outputs), update_rows, &work);
	ff_team_for(team, layer->outputs, layer->outputs, update_bias, &work);
}

/* ---- gradient and update in one ---- */

void ff_layer_step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                   size_t pairs, double rate_factor)
{
	struct factors f = factors_of(layer, team, input, delta, pairs, true);
	struct update_work work = begin_update(layer, pairs, rate_factor);
	struct ff_block_user user = user_of(&work);
	ff_team_for(team, f.input, f.input, update_rows, &work);
	work.first = f.input;
	ff_gemm_blocks(team, layer->inputs - f.input, layer->outputs, f.rows, x_of(&f), f.deltas,
	               layer->parameters.gradient + f.input * layer->outputs, &user);
	ff_team_for(team, layer->outputs, layer->outputs, update_bias, &work);
}

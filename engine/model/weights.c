#include "model/weights.h"

#include <math.h>

#include "base/rng.h"
#include "product/gemm_simd.h"

/* ---- layout and initial values ---- */

void ff_weights_layout(struct ff_layer *layer, struct ff_arena *arena, size_t panel)
{
	size_t inputs = layer->inputs, outputs = layer->outputs;
	layer->panel = panel;
	/* I and O are below 2^31, so the product does not wrap; one that is too large fails in the arena */
	ff_parameters_layout(&layer->parameters, arena, inputs * outputs + outputs, layer->experiment->optimizer.kind);
	if (layer->config->peer != 0) {
		layer->peer_mean = ff_arena_take(arena, outputs, sizeof(float));
		layer->activity_sum = ff_arena_take(arena, outputs, sizeof(float));
		layer->input_sum = ff_arena_take(arena, inputs, sizeof(float));
	}
	layer->offset_gradient = ff_arena_take(arena, outputs, sizeof(float));
}

struct init_work {
	struct ff_layer *layer;
	double scale;
};

/* W [i][j]. */
static float draw_weight(const struct init_work *work, size_t i, size_t j)
{
	const struct ff_layer *layer = work->layer;
	uint64_t number = i * layer->outputs + j;
	struct ff_random random = ff_random_at(layer->experiment->seed, FF_PURPOSE_WEIGHT, (uint32_t)layer->index,
	                                       (uint32_t)(number >> 32), (uint32_t)number);
	double unit =
	    layer->config->init == FF_INIT_NORMAL ? ff_random_normal(random) : 2 * ff_random_unit(random.word[0]) - 1;
	return (float)(work->scale * unit);
}

/* Rows [begin, end) of W, panel by panel. Also the first touch of their state, and of an equal part of the gradient. */
static void init_rows(void *context, size_t begin, size_t end)
{
	struct init_work *work = context;
	struct ff_layer *layer = work->layer;
	struct ff_panels panels = ff_layer_panels(layer);
	for (size_t column = 0, width; column < layer->outputs; column += width) {
		width = ff_panel_left(panels, column);
		size_t at = ff_panel_at(panels, begin, column);
		float *w = layer->parameters.value + at;
		ff_parameters_clear(&layer->parameters, at, at + (end - begin) * width);
		for (size_t i = begin; i < end; i++)
			for (size_t j = 0; j < width; j++)
				*w++ = draw_weight(work, i, column + j);
	}
}

void ff_weights_init(struct ff_layer *layer, const struct ff_team *team)
{
	double scale = 1 / sqrt((double)layer->inputs);
	struct init_work work = {layer, scale};
	ff_team_for(team, layer->inputs, ff_team_grain(layer->outputs), init_rows, &work);
	float *bias = ff_layer_bias(layer);
	bool drawn = layer->config->init == FF_INIT_UNIFORM;
	for (size_t j = 0; j < layer->outputs; j++) {
		struct ff_random random =
		    ff_random_at(layer->experiment->seed, FF_PURPOSE_BIAS, (uint32_t)layer->index, 0, (uint32_t)j);
		bias[j] = drawn ? (float)(scale * (2 * ff_random_unit(random.word[0]) - 1)) : 0;
	}
	ff_parameters_clear(&layer->parameters, layer->inputs * layer->outputs, layer->parameters.n);
	for (size_t j = 0; layer->peer_mean && j < layer->outputs; j++)
		layer->peer_mean[j] = 0.5F;
	layer->parameters.step = 0;
}

int ff_weights_tensors(const struct ff_layer *layer, struct ff_layer_tensor tensors[])
{
	tensors[0] =
	    (struct ff_layer_tensor){"weight", ff_layer_weight(layer), layer->inputs, layer->outputs, layer->panel};
	tensors[1] = (struct ff_layer_tensor){"bias", ff_layer_bias(layer), layer->outputs, 0, 0};
	return 2;
}

/* ---- gradient ---- */

static struct ff_rows x_of(const struct ff_weight_gradient *g)
{
	return (struct ff_rows){g->x, g->csr.matrix ? &g->csr : NULL};
}

void ff_weights_add_gradient(struct ff_layer *layer, const struct ff_team *team,
                             const struct ff_weight_gradient *gradient, bool first)
{
	size_t input = gradient->first_input;
	ff_gemm_deltas(team, layer->inputs - input, layer->outputs, gradient->rows, x_of(gradient), gradient->deltas,
	               first ? 0.0F : 1.0F, layer->parameters.gradient + input * layer->outputs);
}

/* ---- update ---- */

struct update_work {
	struct ff_layer *layer;
	struct ff_optimizer_step weight_step, bias_step;
	size_t batch;      /* samples */
	const float *pull; /* [O], term of peer normalisation in delta of every positive row; NULL when off */
	size_t first;      /* input of the blocks' row 0 */
};

/* m = 0.9 m + 0.1 mean(y over positives), then pull = -lambda (mean(m) - m) / batch: added to the delta of every
 * positive row, without the ReLU's gate so that dead units revive (Hinton 2022, section 3.2). Since it is the same for
 * all positive rows, its gradient is input_sum^T pull, which the update adds instead of every row. */
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
		layer->activity_sum[j] =
		    (float)(-ascent * mean); /* the mini-batch is over: activity_sum now holds `pull` */
	}
}

/* Adds the images' offsets to a block's gradient, after the term of the peers, which otherwise the step itself adds. */
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

/* Applies the step to a block of W, within a panel, with gradient g. */
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

/* Weights and optimizer state of the next block, for prefetching. */
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

/* Rows [begin, end) of W, from the layer's gradient. */
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
		peer_pull(layer, batch, 1 / (ff_loss_terms(layer) * (double)batch));
		work.pull = layer->activity_sum;
	}
	return work;
}

void ff_weights_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor)
{
	struct update_work work = begin_update(layer, batch, rate_factor);
	ff_team_for(team, layer->inputs, ff_team_grain(layer->outputs), update_rows, &work);
	ff_team_for(team, layer->outputs, layer->outputs, update_bias, &work);
}

void ff_weights_step(struct ff_layer *layer, const struct ff_team *team, const struct ff_weight_gradient *gradient,
                     size_t batch, double rate_factor)
{
	size_t input = gradient->first_input;
	struct update_work work = begin_update(layer, batch, rate_factor);
	struct ff_block_user user = user_of(&work);
	ff_team_for(team, input, input, update_rows, &work);
	work.first = input;
	ff_gemm_blocks(team, layer->inputs - input, layer->outputs, gradient->rows, x_of(gradient), gradient->deltas,
	               layer->parameters.gradient + input * layer->outputs, &user);
	ff_team_for(team, layer->outputs, layer->outputs, update_bias, &work);
}

/* ---- workload ---- */

/* Seconds of a layer that do not depend on size, and of a sample's losses. Fitted to trainings of many nets with rates
 * measured at the time (tests/bench/NOTEBOOK.md). */
static const double FIXED = 5e-6, SAMPLE = 20e-9;

/* Fitted likewise. BETWEEN_OTHERS: time of a layer's product as a multiple of one whose operands are in cache.
 * LONG_SUMS: additional factor for a gradient whose sums are too long for registers and go through memory. ADAM: flops
 * of a product that take as long as Adam's root and division for one weight. */
static const double BETWEEN_OTHERS = 1.08, LONG_SUMS = 1.1, ADAM = 60;

/* Share of a product's time that remains once a layer has learnt by Hinton's recipe, as products skip zeros: most rows
 * have no gradient any more, since the slope of their loss rounds to 0, and few units of the layer below are active.
 * Measured with hinton_sup_3x1000.yaml after its first epoch. */
static const double LEARNT_FORWARD = 0.55, LEARNT_GRADIENT = 0.3;

/* Effort of a product (forward or gradient) over so many rows, with weights in panels or not. */
static double effort_of(size_t inputs, size_t outputs, size_t rows, bool gradient, bool in_panels)
{
	if (!in_panels && inputs >= FF_GEMM_LARGE && outputs >= FF_GEMM_LARGE && rows >= FF_GEMM_LARGE)
		return 1; /* BLIS computes it */
	return gradient && rows > FF_SIMD_LAST_SECTION ? BETWEEN_OTHERS * LONG_SUMS : BETWEEN_OTHERS;
}

/* With a mean of squares the goodness never gets as far from its threshold. */
static double learnt(const struct ff_experiment *e, double share)
{
	return e->objective.loss == FF_LOGISTIC && e->objective.goodness == FF_SUM_SQUARE ? share : 1;
}

static void add_learning(const struct ff_experiment *e, size_t outputs, const struct ff_weight_work *work,
                         const struct ff_layer_rows *rows, struct ff_workload *workload)
{
	double weights = (double)work->inputs * (double)outputs, tiles = rows->tiles;
	double arrays = 1 + ff_optimizer_states(e->optimizer.kind); /* weights and states, read and written */
	workload->phase[FF_WORK_LEARN] = (struct ff_phase_work){
	    .m = work->used,
	    .n = outputs,
	    .k = work->learnt,
	    .by_rows = tiles == 1,
	    .effort = learnt(e, LEARNT_GRADIENT) * effort_of(work->used, outputs, work->learnt, true, false),
	    .streamed = 8 * weights * (tiles > 1 ? arrays / tiles + 1 : arrays),
	    .passed = 4 * 4 * (double)(rows->sides * rows->samples) * (double)outputs,
	    .flops = e->optimizer.kind == FF_ADAM ? ADAM * weights / tiles : 0,
	    .regions = 3,
	};
	workload->footprint += 4 * weights * (arrays - 1 + (tiles > 1));
}

void ff_weights_workload(const struct ff_experiment *e, int index, const struct ff_weight_work *work,
                         const struct ff_layer_rows *rows, struct ff_workload *workload)
{
	size_t outputs = (size_t)e->layers[index].width;
	double weights = (double)work->inputs * (double)outputs, all = (double)rows->rows;
	bool shared = work->used < work->inputs; /* labelled: the rows share the products of their images */
	workload->phase[FF_WORK_HAND_ON] = (struct ff_phase_work){
	    .m = work->multiplied,
	    .n = outputs,
	    .k = work->used,
	    .in_panels = work->in_panels,
	    .effort = (index > 0 ? learnt(e, LEARNT_FORWARD) : 1) *
	              effort_of(work->used, outputs, work->multiplied, false, work->in_panels),
	    .streamed = 4 * weights,
	    .passed = 4 * (4 * all * (double)outputs + (double)work->multiplied * (double)work->used),
	    .seconds = FIXED + SAMPLE * (double)rows->samples,
	    .regions = 2 + shared,
	};
	workload->received = index > 0 ? 4 * all * (double)work->inputs : 0;
	workload->footprint = 4 * weights;
	if (work->learnt)
		add_learning(e, outputs, work, rows, workload);
}

#include "model/layer.h"

#include <math.h>

#include "base/rng.h"
#include "product/gemm.h"

/* ---- layout and initial values ---- */

/* Panels are for batches that step over weights block by block. Labels, whose rows of W are added one by one
 * (model/labelled.h), want them row-major. */
size_t ff_layer_panel_of(const struct ff_experiment *experiment, int index, size_t max_pairs)
{
	return ff_layer_has_labels(experiment, index) ? 0 : ff_gemm_panel(2 * max_pairs);
}

void ff_layer_layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_experiment *experiment, int index,
                     size_t inputs, size_t max_pairs)
{
	const struct ff_layer_config *config = &experiment->layers[index];
	size_t outputs = (size_t)config->width;
	*layer = (struct ff_layer){
	    .experiment = experiment,
	    .config = config,
	    .kernels = ff_kernels_best(),
	    .goodness = ff_goodness_of(experiment->objective.goodness),
	    .loss = ff_loss_of(experiment->objective.loss),
	    .goodness_constants = {.k = (size_t)experiment->objective.k},
	    .constants = {.theta = config->threshold == FF_THRESHOLD_WIDTH ? config->width : config->threshold,
	                  .alpha = experiment->objective.alpha},
	    .index = index,
	    .inputs = inputs,
	    .outputs = outputs,
	    .panel = ff_layer_panel_of(experiment, index, max_pairs),
	};
	/* I and O are below 2^31, so the product does not wrap; a size that cannot be had fails in the arena. */
	ff_parameters_layout(&layer->parameters, arena, inputs * outputs + outputs, experiment->optimizer.kind);
	if (config->peer != 0) {
		layer->peer_mean = ff_arena_take(arena, outputs, sizeof(float));
		layer->activity_sum = ff_arena_take(arena, outputs, sizeof(float));
		layer->input_sum = ff_arena_take(arena, inputs, sizeof(float));
	}
	layer->offset_gradient = ff_arena_take(arena, outputs, sizeof(float));
	layer->pair_loss = ff_arena_take(arena, max_pairs, sizeof(double));
	layer->idle = ff_arena_take(arena, 2 * max_pairs, 1);
	layer->busy = ff_arena_take(arena, 2 * max_pairs, sizeof *layer->busy);
	if (!ff_layer_has_labels(experiment, index) && ff_gemm_takes_live(outputs, 2 * max_pairs))
		layer->live =
		    ff_arena_take(arena, ff_live_blocks(2 * max_pairs) * ff_live_words(outputs), sizeof *layer->live);
}

struct init_work {
	struct ff_layer *layer;
	uint32_t index;
	double scale;
};

/* W [i][j]. */
static float draw_weight(const struct init_work *work, size_t i, size_t j)
{
	const struct ff_layer *layer = work->layer;
	uint64_t number = i * layer->outputs + j;
	struct ff_random random = ff_random_at(layer->experiment->seed, FF_PURPOSE_WEIGHT, work->index,
	                                       (uint32_t)(number >> 32), (uint32_t)number);
	double unit =
	    layer->config->init == FF_INIT_NORMAL ? ff_random_normal(random) : 2 * ff_random_unit(random.word[0]) - 1;
	return (float)(work->scale * unit);
}

/* Rows [begin, end) of W, panel by panel; also the first touch of its state there, and of as much gradient. */
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

void ff_layer_init(struct ff_layer *layer, const struct ff_team *team, int index)
{
	double scale = 1 / sqrt((double)layer->inputs);
	struct init_work work = {layer, (uint32_t)index, scale};
	ff_team_for(team, layer->inputs, ff_team_grain(layer->outputs), init_rows, &work);
	float *bias = ff_layer_bias(layer);
	bool drawn = layer->config->init == FF_INIT_UNIFORM;
	for (size_t j = 0; j < layer->outputs; j++) {
		struct ff_random random =
		    ff_random_at(layer->experiment->seed, FF_PURPOSE_BIAS, work.index, 0, (uint32_t)j);
		bias[j] = drawn ? (float)(scale * (2 * ff_random_unit(random.word[0]) - 1)) : 0;
	}
	ff_parameters_clear(&layer->parameters, layer->inputs * layer->outputs, layer->parameters.n);
	for (size_t j = 0; layer->peer_mean && j < layer->outputs; j++)
		layer->peer_mean[j] = 0.5F;
	layer->parameters.step = 0;
}

int ff_layer_state(struct ff_layer *layer, struct ff_span spans[])
{
	int n = ff_parameters_spans(&layer->parameters, spans);
	if (layer->peer_mean)
		spans[n++] = (struct ff_span){layer->peer_mean, layer->outputs * sizeof(float)};
	return n;
}

/* ---- forward ---- */

struct forward_work {
	const struct ff_layer *layer;
	float *y, *sum_square, *goodness;
};

static void activate_rows(void *context, size_t begin, size_t end)
{
	struct forward_work *work = context;
	const struct ff_layer *layer = work->layer;
	size_t outputs = layer->outputs;
	for (size_t r = begin; r < end; r++) {
		float *y = work->y + r * outputs;
		work->sum_square[r] = layer->kernels->bias_relu(y, ff_layer_bias(layer), outputs);
		work->goodness[r] =
		    layer->goodness->value(&layer->goodness_constants, layer->kernels, y, outputs, work->sum_square[r]);
	}
}

void ff_layer_forward(const struct ff_layer *layer, const struct ff_team *team, const float *x, size_t rows, float *y,
                      float *sum_square, float *goodness)
{
	struct forward_work work = {layer, y, sum_square, goodness};
	ff_gemm_then(team, rows, layer->outputs, layer->inputs, (struct ff_rows){x, NULL},
	             (struct ff_columns){ff_layer_weight(layer), layer->panel}, y, activate_rows, &work,
	             ff_team_grain(layer->outputs));
}

/* ---- normalise ---- */

float ff_norm_of(enum ff_norm kind, double eps, float sum_square, size_t n)
{
	float square = kind == FF_NORM_RMS ? sum_square / (float)n : sum_square;
	return sqrtf(square) + (float)eps;
}

struct normalize_work {
	const struct ff_kernels *kernels;
	enum ff_norm kind;
	double eps;
	const float *y, *sum_square;
	size_t n;
	float *out;
};

static void normalize_rows(void *context, size_t begin, size_t end)
{
	struct normalize_work *work = context;
	for (size_t r = begin; r < end; r++) {
		float factor = 1.0F / ff_norm_of(work->kind, work->eps, work->sum_square[r], work->n);
		work->kernels->scale(work->y + r * work->n, factor, work->out + r * work->n, work->n);
	}
}

void ff_normalize(const struct ff_kernels *kernels, const struct ff_team *team, enum ff_norm kind, double eps,
                  const float *y, const float *sum_square, size_t rows, size_t n, float *out)
{
	struct normalize_work work = {kernels, kind, eps, y, sum_square, n, out};
	ff_team_for(team, rows, ff_team_grain(n), normalize_rows, &work);
}

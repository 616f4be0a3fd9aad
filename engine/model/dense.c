#include "model/dense.h"

#include <string.h>

#include "model/weights.h"

static void layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_size *most)
{
	size_t rows = layer->sides * most->samples;
	ff_weights_layout(layer, arena, ff_gemm_panel(rows));
	if (ff_gemm_takes_live(layer->outputs, rows))
		layer->live =
		    ff_arena_take(arena, ff_live_blocks(rows) * ff_live_words(layer->outputs), sizeof *layer->live);
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
	for (size_t r = begin; r < end; r++) {
		float *y = work->y + r * layer->outputs;
		work->sum_square[r] = layer->kernels->bias_relu(y, ff_layer_bias(layer), layer->outputs);
		work->goodness[r] = ff_layer_goodness(layer, y, work->sum_square[r]);
	}
}

static void forward(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, size_t rows,
                    float *y, float *sum_square, float *goodness)
{
	struct forward_work work = {layer, y, sum_square, goodness};
	ff_gemm_then(team, rows, layer->outputs, layer->inputs, (struct ff_rows){input.x, NULL},
	             (struct ff_columns){ff_layer_weight(layer), layer->panel}, y, activate_rows, &work,
	             ff_team_grain(layer->outputs));
}

/* ---- gradient ---- */

struct input_work {
	const struct ff_layer *layer;
	const float *x;
	size_t samples;
	bool first;
};

static void input_columns(void *context, size_t begin, size_t end)
{
	const struct input_work *work = context;
	ff_sum_columns(work->layer->kernels, work->x, work->samples, work->layer->inputs, begin, end, work->first,
	               work->layer->input_sum);
}

static void sum_inputs(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, size_t samples,
                       bool first)
{
	struct input_work work = {layer, input.x, samples, first};
	ff_team_for(team, layer->inputs, ff_column_grain(samples), input_columns, &work);
}

struct bias_work {
	struct ff_layer *layer;
	const float *delta;
	size_t rows;
	bool first;
};

enum { BIAS_ALONG = 1024 }; /* columns whose sums fit into the L1 cache */
_Static_assert((int)BIAS_ALONG % (int)FF_LIVE_COLUMNS == 0 && (int)FF_LANES % (int)FF_LIVE_COLUMNS == 0,
               "threads must divide columns at whole words");

/* sum [n] += columns [begin, begin + n) of the rows in `busy`, in order. */
static void add_bias(const struct bias_work *work, size_t begin, size_t n, float *sum)
{
	const struct ff_layer *layer = work->layer;
	for (size_t i = 0; i < layer->n_busy; i++)
		layer->kernels->add_scaled(sum, 1.0F, work->delta + layer->busy[i] * layer->outputs + begin, n);
}

/* The same for at most BIAS_ALONG columns; also records which of them are live. */
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

/* Adds up grad b and describes the remaining product, grad W = x^T delta. */
static struct ff_weight_gradient begin_gradient(struct ff_layer *layer, const struct ff_team *team,
                                                struct ff_layer_input input, const float *delta, size_t samples,
                                                bool first)
{
	size_t rows = layer->sides * samples;
	struct bias_work work = {layer, delta, rows, first};
	ff_team_for(team, layer->outputs, ff_column_grain(layer->n_busy), bias_columns, &work);
	return (struct ff_weight_gradient){
	    .x = input.x,
	    .deltas = {.numbers = delta, .pick = layer->busy, .picked = layer->n_busy, .live = layer->live},
	    .rows = rows,
	};
}

static void gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                     size_t samples, bool first)
{
	struct ff_weight_gradient of = begin_gradient(layer, team, input, delta, samples, first);
	ff_weights_add_gradient(layer, team, &of, first);
}

static void step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                 size_t samples, double rate_factor)
{
	struct ff_weight_gradient of = begin_gradient(layer, team, input, delta, samples, true);
	ff_weights_step(layer, team, &of, samples, rate_factor);
}

/* ---- workload ---- */

static void workload(const struct ff_experiment *experiment, int index, size_t inputs, const struct ff_layer_rows *rows,
                     struct ff_workload *workload)
{
	size_t learnt = rows->sides * rows->samples;
	bool in_panels = ff_gemm_panel(rows->sides * rows->most) != 0;
	ff_weights_workload(experiment, index, &(struct ff_weight_work){inputs, inputs, rows->rows, learnt, in_panels},
	                    rows, workload);
}

const struct ff_layer_kind ff_dense_kind = {
    .name = "dense",
    .layout = layout,
    .init = ff_weights_init,
    .forward = forward,
    .sum_inputs = sum_inputs,
    .gradient = gradient,
    .update = ff_weights_update,
    .step = step,
    .workload = workload,
    .tensors = ff_weights_tensors,
};

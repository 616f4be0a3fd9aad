/* A toy kind of layer: unit j sees only K neighbouring inputs, those from first(j) = j (I - K) / O on.
 *
 *     y_j = relu(sum over k of w_jk x_(first(j) + k) + b_j),    grad w_jk = sum over rows of delta_j x_(first(j) + k)
 * Parameters: w [O x K], then b [O]. I is at least K; config/check.c would refuse less, could users choose this kind. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "toys/toys.h"

enum { K = 9 };

static size_t first_of(const struct ff_layer *layer, size_t j)
{
	return j * (layer->inputs - K) / layer->outputs;
}

static void layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_size *most)
{
	(void)most;
	ff_parameters_layout(&layer->parameters, arena, layer->outputs * (K + 1), layer->experiment->optimizer.kind);
}

static void init(struct ff_layer *layer, const struct ff_team *team)
{
	struct ff_parameters *p = &layer->parameters;
	(void)team;
	for (size_t i = 0; i < p->n; i++) {
		struct ff_random random =
		    ff_random_at(layer->experiment->seed, FF_PURPOSE_WEIGHT, (uint32_t)layer->index, 0, (uint32_t)i);
		p->value[i] = i < layer->outputs * K ? (float)(ff_random_normal(random) / sqrt(K)) : 0;
	}
	ff_parameters_clear(p, 0, p->n);
	p->step = 0;
}

struct work {
	const struct ff_layer *layer;
	const float *x, *delta;
	float *y, *sum_square, *goodness;
};

static void forward_rows(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	const struct ff_layer *layer = work->layer;
	for (size_t r = begin; r < end; r++) {
		float *y = work->y + r * layer->outputs;
		for (size_t j = 0; j < layer->outputs; j++) {
			const float *x = work->x + r * layer->inputs + first_of(layer, j);
			y[j] = 0;
			for (size_t k = 0; k < K; k++)
				y[j] += layer->parameters.value[j * K + k] * x[k];
		}
		work->sum_square[r] =
		    layer->kernels->bias_relu(y, layer->parameters.value + layer->outputs * K, layer->outputs);
		work->goodness[r] = ff_layer_goodness(layer, y, work->sum_square[r]);
	}
}

static void forward(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, size_t rows,
                    float *y, float *sum_square, float *goodness)
{
	struct work work = {layer, input.x, NULL, y, sum_square, goodness};
	ff_team_for(team, rows, ff_team_grain(K * layer->outputs), forward_rows, &work);
}

/* The gradients of units [begin, end), over the busy rows in order. */
static void add_gradients(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	const struct ff_layer *layer = work->layer;
	for (size_t i = 0; i < layer->n_busy; i++)
		for (size_t j = begin; j < end; j++) {
			const float *x = work->x + layer->busy[i] * layer->inputs + first_of(layer, j);
			float delta = work->delta[layer->busy[i] * layer->outputs + j];
			for (size_t k = 0; k < K; k++)
				layer->parameters.gradient[j * K + k] += delta * x[k];
			layer->parameters.gradient[layer->outputs * K + j] += delta;
		}
}

static void gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                     size_t samples, bool first)
{
	struct work work = {.layer = layer, .x = input.x, .delta = delta};
	(void)samples;
	if (first)
		memset(layer->parameters.gradient, 0, layer->parameters.n * sizeof(float));
	ff_team_for(team, layer->outputs, ff_team_grain(K * layer->n_busy), add_gradients, &work);
}

static void update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor)
{
	const struct ff_experiment *e = layer->experiment;
	struct ff_optimizer_step step =
	    ff_optimizer_step_at(e, e->optimizer.kind, rate_factor * layer->config->rate, 0, ++layer->parameters.step);
	(void)team, (void)batch;
	ff_optimizer_apply(
	    &step, layer->kernels, &layer->parameters, 0,
	    (struct ff_step_block){.rows = 1, .n = layer->parameters.n, .gradient = layer->parameters.gradient});
}

static void workload(const struct ff_experiment *e, int index, size_t inputs, const struct ff_layer_rows *rows,
                     struct ff_workload *workload)
{
	(void)inputs;
	workload->phase[FF_WORK_HAND_ON].flops = 2.0 * K * (double)rows->rows * e->layers[index].width;
	workload->phase[FF_WORK_LEARN].flops = 2.0 * K * (double)rows->samples * e->layers[index].width;
}

const struct ff_layer_kind toy_local_kind = {
    .name = "local",
    .layout = layout,
    .init = init,
    .forward = forward,
    .gradient = gradient,
    .update = update,
    .workload = workload,
};

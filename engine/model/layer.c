#include "model/layer.h"

#include <math.h>
#include <string.h>

#include "model/kernel_sets.h"

void ff_layer_layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_kind *kind,
                     const struct ff_experiment *experiment, int index, const struct ff_layer_size *most)
{
	const struct ff_layer_config *config = &experiment->layers[index];
	*layer = (struct ff_layer){
	    .kind = kind,
	    .experiment = experiment,
	    .config = config,
	    .kernels = ff_kernels_best(),
	    .goodness = ff_goodness_of(experiment->objective.goodness),
	    .loss = ff_loss_of(experiment->objective.loss),
	    .goodness_constants = {.k = (size_t)experiment->objective.k},
	    .constants = {.theta = config->threshold == FF_THRESHOLD_WIDTH ? config->width : config->threshold,
	                  .alpha = experiment->objective.alpha},
	    .index = index,
	    .inputs = most->inputs,
	    .outputs = (size_t)config->width,
	};
	layer->sides = layer->loss->sides;
	size_t rows = layer->sides * most->samples;
	kind->layout(layer, arena, most);
	layer->sample_loss = ff_arena_take(arena, most->samples, sizeof(double));
	layer->idle = ff_arena_take(arena, rows, 1);
	layer->busy = ff_arena_take(arena, rows, sizeof *layer->busy);
}

int ff_layer_state(struct ff_layer *layer, struct ff_span spans[])
{
	int n = ff_parameters_spans(&layer->parameters, spans);
	if (layer->peer_mean)
		spans[n++] = (struct ff_span){layer->peer_mean, layer->outputs * sizeof(float)};
	return n;
}

void ff_sum_columns(const struct ff_kernels *kernels, const float *a, size_t rows, size_t n, size_t begin, size_t end,
                    bool first, float *sum)
{
	if (first)
		memset(sum + begin, 0, (end - begin) * sizeof *sum);
	for (size_t r = 0; r < rows; r++)
		kernels->add_scaled(sum + begin, 1.0F, a + r * n + begin, end - begin);
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

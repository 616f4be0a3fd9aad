#include "model/labelled.h"

#include <assert.h>
#include <string.h>

#include "model/weights.h"

/* Arrays of a labelled layer, for up to `images` images at a time. */
enum {
	IMAGE_PART, /* [images x O], x W */
	LABEL_MEAN, /* [O], mean of the rows of W for the labels */
	ROW_SUM,    /* [O], sum of the other rows of W; used if an image has an offset */
};

static void layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_size *most)
{
	size_t values;
	ff_weights_layout(layer, arena, 0);
	if (__builtin_mul_overflow(most->images, layer->outputs, &values))
		values = SIZE_MAX;
	layer->own[IMAGE_PART] = ff_arena_take(arena, values, sizeof(float));
	layer->own[LABEL_MEAN] = ff_arena_take(arena, layer->outputs, sizeof(float));
	layer->own[ROW_SUM] = ff_arena_take(arena, layer->outputs, sizeof(float));
}

/* ---- forward ---- */

struct forward_work {
	const struct ff_layer *layer;
	const struct ff_labels *labels;
	bool offset; /* an offset is to be added to x W */
	float *y, *sum_square, *goodness;
};

static struct ff_csr_rows csr_of(const struct ff_labels *labels)
{
	return (struct ff_csr_rows){labels->csr, labels->image, labels->factor};
}

static bool any_offset(const struct ff_labels *labels)
{
	for (size_t i = 0; i < ff_labels_images(labels); i++)
		if (labels->offset[i] != 0)
			return true;
	return false;
}

/* Row r: y = relu(ratio (z + value label) + b), where `label` is the label's row of W. */
static void activate(const struct forward_work *work, size_t r, const float *z, float ratio, const float *label,
                     float value)
{
	const struct ff_layer *layer = work->layer;
	const struct ff_kernels *kernels = layer->kernels;
	float *y = work->y + r * layer->outputs;
	work->sum_square[r] =
	    kernels->label_relu(z, ratio, label, ratio * value, ff_layer_bias(layer), y, layer->outputs);
	work->goodness[r] = ff_layer_goodness(layer, y, work->sum_square[r]);
}

static void activate_sample(const struct forward_work *work, size_t i)
{
	const struct ff_labels *labels = work->labels;
	size_t n = labels->samples, outputs = work->layer->outputs;
	const float *weight = ff_layer_weight(work->layer), *z = work->layer->own[IMAGE_PART] + i * outputs;
	for (size_t r = i; r < labels->sides * n; r += n)
		activate(work, r, z, 1.0F, weight + labels->label[r] * outputs, labels->value[i]);
}

static void activate_query(const struct forward_work *work, size_t i)
{
	const struct ff_labels *labels = work->labels;
	size_t n = labels->samples, classes = labels->classes, outputs = work->layer->outputs;
	size_t scored = labels->sides * n, neutral = scored + (labels->scored ? labels->queries * classes : 0);
	const float *weight = ff_layer_weight(work->layer), *z = work->layer->own[IMAGE_PART] + (n + i) * outputs;
	float value = labels->value[n + i];
	for (size_t c = 0; labels->scored && c < classes; c++)
		activate(work, scored + i * classes + c, z, 1.0F, weight + c * outputs, value);
	if (labels->neutral)
		activate(work, neutral + i, z, labels->ratio[i], work->layer->own[LABEL_MEAN], value);
}

static void activate_images(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	size_t samples = work->labels->samples, outputs = work->layer->outputs;
	for (size_t i = begin; i < end; i++) {
		if (work->offset)
			work->layer->kernels->add_scaled(work->layer->own[IMAGE_PART] + i * outputs,
			                                 work->labels->offset[i], work->layer->own[ROW_SUM], outputs);
		if (i < samples)
			activate_sample(work, i);
		else
			activate_query(work, i - samples);
	}
}

/* Columns [begin, end) of the mean of the label rows of W. */
static void average_labels(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	const struct ff_layer *layer = work->layer;
	size_t classes = work->labels->classes, width = end - begin;
	float *mean = work->layer->own[LABEL_MEAN] + begin;
	memset(mean, 0, width * sizeof *mean);
	for (size_t c = 0; c < classes; c++)
		layer->kernels->add_scaled(mean, 1.0F, ff_layer_weight(layer) + c * layer->outputs + begin, width);
	layer->kernels->scale(mean, 1.0F / (float)classes, mean, width);
}

/* Columns [begin, end) of the sum of the image rows of W. */
static void sum_rows(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	const struct ff_layer *layer = work->layer;
	float *sum = work->layer->own[ROW_SUM] + begin;
	memset(sum, 0, (end - begin) * sizeof *sum);
	for (size_t i = work->labels->classes; i < layer->inputs; i++)
		layer->kernels->add_scaled(sum, 1.0F, ff_layer_weight(layer) + i * layer->outputs + begin, end - begin);
}

static void forward(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, size_t rows,
                    float *y, float *sum_square, float *goodness)
{
	const struct ff_labels *labels = input.labels;
	size_t n = ff_labels_images(labels), classes = labels->classes;
	bool offset = !input.known && any_offset(labels);
	assert(rows == ff_labels_rows(labels));
	struct forward_work work = {layer, labels, offset, y, sum_square, goodness};
	size_t each = n ? (rows + n - 1) / n : 0, grain = ff_team_grain(each * layer->outputs);
	if (labels->neutral)
		ff_team_for(team, layer->outputs, ff_team_grain(classes), average_labels, &work);
	if (offset)
		ff_team_for(team, layer->outputs, ff_column_grain(layer->inputs), sum_rows, &work);
	struct ff_csr_rows csr = csr_of(labels);
	if (input.known)
		ff_team_for(team, n, grain, activate_images, &work);
	else
		ff_gemm_then(team, n, layer->outputs, layer->inputs - classes,
		             (struct ff_rows){input.x, labels->csr ? &csr : NULL},
		             (struct ff_columns){ff_layer_weight(layer) + classes * layer->outputs, 0},
		             layer->own[IMAGE_PART], activate_images, &work, grain);
}

/* ---- gradient ---- */

/* sum [I - C] += the images of the samples. */
static void add_csr(const struct ff_labels *labels, float *sum)
{
	const struct ff_csr *csr = labels->csr;
	for (size_t i = 0; i < labels->samples; i++) {
		size_t row = labels->image[i];
		for (size_t j = csr->start[row]; j < csr->start[row + 1]; j++)
			sum[csr->column[j]] += csr->value[csr->byte[j]] * labels->factor[i];
	}
}

struct input_work {
	const struct ff_layer *layer;
	const float *x;
	size_t samples, classes;
};

/* Columns [begin, end) for images that come as dense rows. */
static void input_columns(void *context, size_t begin, size_t end)
{
	const struct input_work *work = context;
	ff_sum_columns(work->layer->kernels, work->x, work->samples, work->layer->inputs - work->classes, begin, end,
	               false, work->layer->input_sum + work->classes);
}

/* Adds value at each positive's label, offset at every feature, and the images themselves. */
static void sum_inputs(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, size_t samples,
                       bool first)
{
	const struct ff_labels *labels = input.labels;
	float *sum = layer->input_sum, offset = 0;
	if (first)
		memset(sum, 0, layer->inputs * sizeof *sum);
	for (size_t i = 0; i < samples; i++) {
		sum[labels->label[i]] += labels->value[i];
		offset += labels->offset[i];
	}
	for (size_t i = labels->classes; i < layer->inputs; i++)
		sum[i] += offset;
	if (labels->csr) {
		add_csr(labels, sum + labels->classes);
		return;
	}
	struct input_work work = {layer, input.x, samples, labels->classes};
	ff_team_for(team, layer->inputs - labels->classes, ff_column_grain(samples), input_columns, &work);
}

/* Lists every sample with at least one row that is not idle, in order. */
static void list_busy(struct ff_layer *layer, size_t samples)
{
	layer->n_busy = 0;
	for (size_t i = 0; i < samples; i++) {
		bool idle = true;
		for (size_t s = 0; s < layer->sides; s++)
			idle = idle && layer->idle[s * samples + i];
		if (!idle)
			layer->busy[layer->n_busy++] = (uint32_t)i;
	}
}

struct fold_work {
	struct ff_layer *layer;
	const struct ff_labels *labels;
	float *delta;
	bool first;
};

/* Columns from `begin` on of a sample's deltas: adds them to the gradients of its labels and of b, and replaces the
 * positive's delta by their sum, the image's delta. */
static void fold_sample(const struct fold_work *work, size_t i, size_t begin, size_t width)
{
	const struct ff_layer *layer = work->layer;
	const struct ff_labels *labels = work->labels;
	size_t n = labels->samples, outputs = layer->outputs;
	float *label = layer->parameters.gradient + begin, *bias = label + layer->inputs * outputs;
	float *offset = layer->offset_from ? layer->offset_gradient + begin : NULL;
	float *positive = work->delta + i * outputs + begin, *right = label + labels->label[i] * outputs;
	if (ff_has_negative(labels->sides)) { /* in one pass */
		layer->kernels->fold(&(struct ff_fold){.positive = positive,
		                                       .negative = positive + n * outputs,
		                                       .right = right,
		                                       .wrong = label + labels->label[n + i] * outputs,
		                                       .label = labels->value[i],
		                                       .bias = bias,
		                                       .offset = offset,
		                                       .image_offset = labels->offset[i]},
		                     width);
		return;
	}
	layer->kernels->add_scaled(right, labels->value[i], positive, width);
	layer->kernels->add_scaled(bias, 1.0F, positive, width);
	if (offset)
		layer->kernels->add_scaled(offset, labels->offset[i], positive, width);
}

/* Columns [begin, end) of the gradients of labels and b, and of each image's summed delta. Samples in order. */
static void fold_columns(void *context, size_t begin, size_t end)
{
	struct fold_work *work = context;
	const struct ff_layer *layer = work->layer;
	size_t outputs = layer->outputs, width = end - begin;
	float *label = layer->parameters.gradient + begin;
	for (size_t c = 0; work->first && c < work->labels->classes; c++)
		memset(label + c * outputs, 0, width * sizeof *label);
	if (work->first) {
		memset(label + layer->inputs * outputs, 0, width * sizeof *label);
		memset(layer->offset_gradient + begin, 0, width * sizeof *label);
	}
	for (size_t i = 0; i < layer->n_busy; i++)
		fold_sample(work, layer->busy[i], begin, width);
}

/* Computes all of the gradient except the product of the images with their deltas, which it describes. */
static struct ff_weight_gradient begin_gradient(struct ff_layer *layer, const struct ff_team *team,
                                                struct ff_layer_input input, float *delta, size_t samples, bool first)
{
	const struct ff_labels *labels = input.labels;
	struct fold_work work = {layer, labels, delta, first};
	if (first)
		layer->offset_from = 0;
	if (any_offset(labels))
		layer->offset_from = labels->classes;
	ff_team_for(team, layer->outputs, ff_column_grain(layer->sides * layer->n_busy), fold_columns, &work);
	return (struct ff_weight_gradient){
	    .x = input.x,
	    .csr = csr_of(labels),
	    .deltas = {.numbers = delta, .pick = layer->busy, .picked = layer->n_busy},
	    .rows = samples,
	    .first_input = labels->classes,
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

/* An image is multiplied once for all its rows, without the label inputs. */
static void workload(const struct ff_experiment *experiment, int index, size_t inputs, const struct ff_layer_rows *rows,
                     struct ff_workload *workload)
{
	const struct ff_weight_work work = {inputs, inputs - rows->classes, rows->images, rows->samples, false};
	ff_weights_workload(experiment, index, &work, rows, workload);
}

const struct ff_layer_kind ff_labelled_kind = {
    .name = "labelled",
    .labelled = true,
    .layout = layout,
    .init = ff_weights_init,
    .forward = forward,
    .sum_inputs = sum_inputs,
    .list_busy = list_busy,
    .gradient = gradient,
    .update = ff_weights_update,
    .step = step,
    .workload = workload,
    .tensors = ff_weights_tensors,
};

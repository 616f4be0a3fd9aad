#include "model/labelled.h"

#include <assert.h>
#include <string.h>

#include "product/gemm.h"

void ff_labelled_layout(struct ff_labelled_room *room, struct ff_arena *arena, size_t max_images, size_t outputs)
{
	size_t values;
	if (__builtin_mul_overflow(max_images, outputs, &values))
		values = SIZE_MAX;
	room->image_part = ff_arena_take(arena, values, sizeof(float));
	room->label_mean = ff_arena_take(arena, outputs, sizeof(float));
	room->row_sum = ff_arena_take(arena, outputs, sizeof(float));
}

/* ---- forward ---- */

struct forward_work {
	const struct ff_layer *layer;
	const struct ff_labels *labels;
	const struct ff_labelled_room *room;
	bool offset; /* is to be added to what is in the room */
	float *y, *sum_square, *goodness;
};

static bool any_offset(const struct ff_labels *labels)
{
	for (size_t i = 0; i < ff_labels_images(labels); i++)
		if (labels->offset[i] != 0)
			return true;
	return false;
}

/* Row r: y = relu(ratio (z + value label) + b), for the weights of a label. */
static void activate(const struct forward_work *work, size_t r, const float *z, float ratio, const float *label,
                     float value)
{
	const struct ff_layer *layer = work->layer;
	const struct ff_kernels *kernels = layer->kernels;
	float *y = work->y + r * layer->outputs;
	work->sum_square[r] =
	    kernels->label_relu(z, ratio, label, ratio * value, ff_layer_bias(layer), y, layer->outputs);
	work->goodness[r] =
	    layer->goodness->value(&layer->goodness_constants, kernels, y, layer->outputs, work->sum_square[r]);
}

static void activate_pair(const struct forward_work *work, size_t p)
{
	const struct ff_labels *labels = work->labels;
	size_t n = labels->pairs, outputs = work->layer->outputs;
	const float *weight = ff_layer_weight(work->layer), *z = work->room->image_part + p * outputs;
	activate(work, p, z, 1.0F, weight + labels->label[p] * outputs, labels->value[p]);
	activate(work, n + p, z, 1.0F, weight + labels->label[n + p] * outputs, labels->value[p]);
}

static void activate_probe(const struct forward_work *work, size_t i)
{
	const struct ff_labels *labels = work->labels;
	size_t n = labels->pairs, classes = labels->classes, outputs = work->layer->outputs;
	size_t neutral = 2 * n + (labels->scored ? labels->probes * classes : 0);
	const float *weight = ff_layer_weight(work->layer), *z = work->room->image_part + (n + i) * outputs;
	float value = labels->value[n + i];
	for (size_t c = 0; labels->scored && c < classes; c++)
		activate(work, 2 * n + i * classes + c, z, 1.0F, weight + c * outputs, value);
	if (labels->neutral)
		activate(work, neutral + i, z, labels->ratio[i], work->room->label_mean, value);
}

static void activate_images(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	size_t pairs = work->labels->pairs, outputs = work->layer->outputs;
	for (size_t i = begin; i < end; i++) {
		if (work->offset)
			work->layer->kernels->add_scaled(work->room->image_part + i * outputs, work->labels->offset[i],
			                                 work->room->row_sum, outputs);
		if (i < pairs)
			activate_pair(work, i);
		else
			activate_probe(work, i - pairs);
	}
}

/* Columns [begin, end) of the mean of the rows of W that belong to the label. */
static void average_labels(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	const struct ff_layer *layer = work->layer;
	size_t classes = work->labels->classes, width = end - begin;
	float *mean = work->room->label_mean + begin;
	memset(mean, 0, width * sizeof *mean);
	for (size_t c = 0; c < classes; c++)
		layer->kernels->add_scaled(mean, 1.0F, ff_layer_weight(layer) + c * layer->outputs + begin, width);
	layer->kernels->scale(mean, 1.0F / (float)classes, mean, width);
}

/* Columns [begin, end) of the sum of the rows of W that belong to the image. */
static void sum_rows(void *context, size_t begin, size_t end)
{
	const struct forward_work *work = context;
	const struct ff_layer *layer = work->layer;
	float *sum = work->room->row_sum + begin;
	memset(sum, 0, (end - begin) * sizeof *sum);
	for (size_t i = work->labels->classes; i < layer->inputs; i++)
		layer->kernels->add_scaled(sum, 1.0F, ff_layer_weight(layer) + i * layer->outputs + begin, end - begin);
}

void ff_labelled_forward(const struct ff_layer *layer, const struct ff_team *team, const struct ff_labels *labels,
                         const float *images, bool known, const struct ff_labelled_room *room, float *y,
                         float *sum_square, float *goodness)
{
	size_t n = ff_labels_images(labels);
	bool offset = !known && any_offset(labels);
	assert(!layer->panel); /* its rows are added one by one */
	struct forward_work work = {layer, labels, room, offset, y, sum_square, goodness};
	size_t rows = n ? (ff_labels_rows(labels) + n - 1) / n : 0, grain = ff_team_grain(rows * layer->outputs);
	if (labels->neutral)
		ff_team_for(team, layer->outputs, ff_team_grain(labels->classes), average_labels, &work);
	if (offset)
		ff_team_for(team, layer->outputs, ff_column_grain(layer->inputs), sum_rows, &work);
	struct ff_csr_rows listed = ff_labels_listed(labels);
	if (known)
		ff_team_for(team, n, grain, activate_images, &work);
	else
		ff_gemm_then(team, n, layer->outputs, layer->inputs - labels->classes,
		             (struct ff_rows){images, labels->lists ? &listed : NULL},
		             (struct ff_columns){ff_layer_weight(layer) + labels->classes * layer->outputs, 0},
		             room->image_part, activate_images, &work, grain);
}

/* ---- learn ---- */

struct fold_work {
	struct ff_layer *layer;
	const struct ff_labels *labels;
	float *delta;
	bool first;
};

/* Columns [begin, end) of the gradients of label and bias, and of each image's sum of deltas; busy pairs in order. */
static void fold_columns(void *context, size_t begin, size_t end)
{
	struct fold_work *work = context;
	const struct ff_layer *layer = work->layer;
	const struct ff_labels *labels = work->labels;
	size_t n = labels->pairs, outputs = layer->outputs, width = end - begin;
	float *label = layer->parameters.gradient + begin, *bias = label + layer->inputs * outputs;
	float *offset = layer->offset_gradient + begin;
	for (size_t c = 0; work->first && c < labels->classes; c++)
		memset(label + c * outputs, 0, width * sizeof *label);
	if (work->first) {
		memset(bias, 0, width * sizeof *bias);
		memset(offset, 0, width * sizeof *offset);
	}
	for (size_t i = 0; i < layer->n_busy; i++) {
		size_t p = layer->busy[i];
		float *positive = work->delta + p * outputs + begin;
		layer->kernels->fold(&(struct ff_fold){.positive = positive,
		                                       .negative = positive + n * outputs,
		                                       .right = label + labels->label[p] * outputs,
		                                       .wrong = label + labels->label[n + p] * outputs,
		                                       .label = labels->value[p],
		                                       .bias = bias,
		                                       .offset = layer->offset_from ? offset : NULL,
		                                       .image_offset = labels->offset[p]},
		                     width);
	}
}

void ff_labelled_fold(struct ff_layer *layer, const struct ff_team *team, const struct ff_labels *labels, float *delta,
                      bool first)
{
	struct fold_work work = {layer, labels, delta, first};
	if (first)
		layer->offset_from = 0;
	if (any_offset(labels))
		layer->offset_from = labels->classes;
	ff_team_for(team, layer->outputs, ff_column_grain(2 * layer->n_busy), fold_columns, &work);
}

/* sum [I - C] += the pairs' images. */
static void add_lists(const struct ff_labels *labels, float *sum)
{
	const struct ff_csr *lists = labels->lists;
	for (size_t p = 0; p < labels->pairs; p++) {
		size_t image = labels->image[p];
		for (size_t j = lists->start[image]; j < lists->start[image + 1]; j++)
			sum[lists->column[j]] += lists->value[lists->byte[j]] * labels->factor[p];
	}
}

void ff_labelled_input_sum(const struct ff_labels *labels, size_t inputs, bool first, float *sum)
{
	float offset = 0;
	if (first)
		memset(sum, 0, inputs * sizeof *sum);
	for (size_t p = 0; p < labels->pairs; p++) {
		sum[labels->label[p]] += labels->value[p];
		offset += labels->offset[p];
	}
	for (size_t i = labels->classes; i < inputs; i++)
		sum[i] += offset;
	if (labels->lists)
		add_lists(labels, sum + labels->classes);
}

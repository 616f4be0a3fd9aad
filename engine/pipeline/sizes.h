/* Sizes of batches and packets, and the lag. They depend only on the experiment and the sizes of its sets, since the
 * order of a sum decides its bits. */
#ifndef ENGINE_PIPELINE_SIZES_H
#define ENGINE_PIPELINE_SIZES_H

#include "data/dataset.h"
#include "ffengine/experiment.h"
#include "model/layer_kinds.h"
#include "model/objective.h"

/* What the schedule and the stages need to know about a dataset. */
struct ff_data_shape {
	size_t features, classes;
	size_t n[FF_N_SETS]; /* images of each set */
	bool csr; /* the source keeps the images as CSR rows (product/csr.h); packets carry only their indices */
};

/* Samples of a mini-batch; the last one of an epoch may have fewer. */
size_t ff_schedule_batch_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Whether a batch is all of n training images. Such epochs are not shuffled, as their sum has no order. */
static inline bool ff_schedule_full_batch(const struct ff_experiment *experiment, size_t n)
{
	return experiment->train.batch == FF_AUTO || (size_t)experiment->train.batch == n;
}

/* Samples of a tile of a batch that is larger than a tile. */
size_t ff_schedule_max_samples(const struct ff_experiment *experiment);

/* Samples of a training packet; the last ones of an epoch may have fewer. */
size_t ff_schedule_tile_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Rows of a sample, given by the objective (model/objective.h). */
static inline size_t ff_schedule_sides(const struct ff_experiment *experiment)
{
	return ff_loss_of(experiment->objective.loss)->sides;
}

/* Whether the first layer takes images with labels (model/labelled.h); else the source writes all rows out. */
static inline bool ff_schedule_labelled(const struct ff_experiment *experiment)
{
	return ff_layer_kind_of(experiment, 0)->labelled;
}

/* Whether wrong labels are drawn from the net's answers. Whether there is a head. */
static inline bool ff_is_adaptive(const struct ff_experiment *experiment)
{
	return experiment->negatives.kind == FF_WRONG_LABEL && experiment->negatives.draw != FF_DRAW_UNIFORM &&
	       ff_has_negative(ff_schedule_sides(experiment));
}
static inline bool ff_has_head(const struct ff_experiment *experiment)
{
	return experiment->head.when != FF_HEAD_NEVER;
}

/* Slots of an edge between neighbours. The default is two: the producer fills one while the consumer works on the
 * other. */
static inline size_t ff_edge_slots(const struct ff_experiment *experiment)
{
	return experiment->execution.depth == FF_AUTO ? 2 : (size_t)experiment->execution.depth;
}

/* Whether any layer drops units in training. */
bool ff_schedule_any_dropout(const struct ff_experiment *experiment);

/* The lag D of adaptive negatives in batches. `auto` is L + 2, the smallest that never stalls a pipeline of L layers,
 * limited to the batches of an epoch. */
int64_t ff_schedule_lag(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Queries of the largest packet. */
size_t ff_schedule_max_queries(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Images of an inference packet. */
size_t ff_schedule_images_per_packet(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Inputs I of layer l (from 0) for images with so many features. */
static inline size_t ff_inputs_of(const struct ff_experiment *experiment, size_t features, int l)
{
	return l ? (size_t)experiment->layers[l - 1].width : features;
}

/* Rows of a query in training, which come in addition to the rows of the samples. */
size_t ff_schedule_query_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Images of the largest packet, samples and queries. */
size_t ff_schedule_max_images(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Rows of the largest packet. */
size_t ff_schedule_max_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

#endif

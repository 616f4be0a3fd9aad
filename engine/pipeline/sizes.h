/* The sizes of a schedule's batches and packets, and its lag. They depend on the experiment and the sizes of its sets
 * alone, since the order of a sum decides its bits. */
#ifndef ENGINE_PIPELINE_SIZES_H
#define ENGINE_PIPELINE_SIZES_H

#include "data/dataset.h"
#include "ffengine/experiment.h"
#include "model/objective.h"

/* What the schedule and the stages have to know of a dataset. */
struct ff_data_shape {
	size_t features, classes;
	size_t n[FF_N_SETS]; /* images of each set */
	bool csr; /* the source makes CSR rows of the images (product/csr.h), and packets have their numbers alone */
};

/* Samples of a mini-batch, but for an epoch's last one. */
size_t ff_schedule_batch_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Whether a batch is all of n training images: epochs are then not shuffled, since their sum has no order. */
static inline bool ff_schedule_full_batch(const struct ff_experiment *experiment, size_t n)
{
	return experiment->train.batch == FF_AUTO || (size_t)experiment->train.batch == n;
}

/* Samples of a tile of a batch that is larger. */
size_t ff_schedule_most_samples(const struct ff_experiment *experiment);

/* Samples of a training packet, but for an epoch's last ones. */
size_t ff_schedule_tile_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Rows of a sample, which the objective decides (model/objective.h). */
static inline size_t ff_schedule_sides(const struct ff_experiment *experiment)
{
	return ff_loss_of(experiment->objective.loss)->sides;
}

/* Whether wrong labels are drawn from the net's answers; whether there is a head. */
static inline bool ff_is_adaptive(const struct ff_experiment *experiment)
{
	return experiment->negatives.kind == FF_WRONG_LABEL && experiment->negatives.draw != FF_DRAW_UNIFORM &&
	       ff_schedule_sides(experiment) > FF_NEGATIVE;
}
static inline bool ff_has_head(const struct ff_experiment *experiment)
{
	return experiment->head.when != FF_HEAD_NEVER;
}

/* Slots of an edge between neighbours: by default two, as the producer fills one while the consumer works on the
 * other. */
static inline size_t ff_edge_slots(const struct ff_experiment *experiment)
{
	return experiment->execution.depth == FF_AUTO ? 2 : (size_t)experiment->execution.depth;
}

/* Whether any layer drops units in training. */
bool ff_schedule_any_dropout(const struct ff_experiment *experiment);

/* The lag D of adaptive negatives, in batches: `auto` is what never stalls a pipeline of these layers, L + 2, but at
 * most what an epoch has. */
int64_t ff_schedule_lag(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Images that the largest packet queries. */
size_t ff_schedule_max_queries(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Images of a packet of inference. */
size_t ff_schedule_images_per_packet(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* I of layer l (from 0) of a net on images of so many features. */
static inline size_t ff_inputs_of(const struct ff_experiment *experiment, size_t features, int l)
{
	return l ? (size_t)experiment->layers[l - 1].width : features;
}

/* Rows of an image that is queried in training, beside the rows of its sample. */
size_t ff_schedule_query_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Images of the largest packet, of samples and queries. */
size_t ff_schedule_max_images(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

/* Rows of the largest packet. Fixed by the experiment alone. */
size_t ff_schedule_max_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape);

#endif

/* A stage: the station of one layer.
 *
 * It hands on the layer's goodness of the scored rows and its activations, normalised as the next layer wants its input;
 * then it learns: losses, gradient, and after a batch's last tile the update. What it hands on is thus from before the
 * update, and the next station need not wait for the learning. */
#ifndef ENGINE_PIPELINE_STAGE_H
#define ENGINE_PIPELINE_STAGE_H

#include "model/layer.h"
#include "pipeline/input_cache.h"
#include "pipeline/sizes.h"
#include "pipeline/station.h"

struct ff_stage {
	struct ff_station station;
	struct ff_layer layer;
	const struct ff_layer_config *next; /* whose input this stage normalises; its own layer's if it is the last */
	size_t max_rows, classes;
	const float *x; /* the rows of the packet at hand, in its slot or in the cache; NULL: as CSR rows */
	float *y;       /* [max_rows x O], then delta */
	float *sum_square, *goodness; /* [max_rows] */
	bool read_above;              /* the head reads what the last layer hands on */
};

/* Its struct is a struct ff_stage. */
extern const struct ff_station_kind ff_stage_kind;

#endif

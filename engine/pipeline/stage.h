/* A stage: the station of one layer.
 *
 * It hands on the layer's goodness of the scored rows and its activations, normalised for the next layer. Then it
 * learns: losses, gradient, and after the last tile of a batch the update. So the activations that it hands on are from
 * before the update, and the next station need not wait for the learning. */
#ifndef ENGINE_PIPELINE_STAGE_H
#define ENGINE_PIPELINE_STAGE_H

#include "model/layer.h"
#include "pipeline/input_cache.h"
#include "pipeline/sizes.h"
#include "pipeline/station.h"

struct ff_stage {
	struct ff_station station;
	struct ff_layer layer;
	const struct ff_layer_config
	    *next; /* the layer whose input this stage normalises; its own if it is the last one */
	size_t max_rows, classes;
	const float *x; /* rows of the current packet, in its slot or in the input cache; NULL: CSR rows */
	float *y;       /* [max_rows x O], then delta */
	float *sum_square, *goodness; /* [max_rows] */
	bool read_above;              /* the head reads the output of the last layer */
};

/* Its struct is struct ff_stage. */
extern const struct ff_station_kind ff_stage_kind;

#endif

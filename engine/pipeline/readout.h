/* The readout: the station behind the layers that turns what they say of an image into answers. It runs the softmax
 * head where there is one, and draws the wrong labels of adaptive negatives for the source.
 *
 * The plain rows of the layers that the head reads come along side edges, the last layer's on the way from there. */
#ifndef ENGINE_PIPELINE_READOUT_H
#define ENGINE_PIPELINE_READOUT_H

#include "model/head.h"
#include "pipeline/input_cache.h"
#include "pipeline/station.h"

struct ff_readout {
	struct ff_station station;
	struct ff_head head; /* unused without one */
	bool has_head;
	size_t classes, max_queries;
	float *logits;                     /* [max_queries x C], of the packet at hand */
	uint8_t *targets;                  /* [max_queries], its labels */
	const float *parts[FF_MAX_LAYERS]; /* of the head's input [plain x O_l], in the order of its layers */
};

/* Its struct is a struct ff_readout. */
extern const struct ff_station_kind ff_readout_kind;

#endif

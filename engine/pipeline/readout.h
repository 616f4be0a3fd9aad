/* The readout: the station behind the layers that computes the net's answers. It runs the softmax head if there is one,
 * and draws the wrong labels of adaptive negatives for the source.
 *
 * The plain rows of the layers that the head reads come along side edges; those of the last layer come along the main
 * edge. */
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
	float *logits;                     /* [max_queries x C], of the current packet */
	uint8_t *targets;                  /* [max_queries], its labels */
	const float *parts[FF_MAX_LAYERS]; /* parts of the head's input [plain x O_l], in the order of its layers */
};

/* Its struct is struct ff_readout. */
extern const struct ff_station_kind ff_readout_kind;

#endif

/* The source: turns training images into tiles of stacked, normalised rows for the first layer.
 *
 * What a tile holds depends on (seed, epoch, position) alone, so tiles may be asked for in any order. Every pair of an
 * epoch is one training image: its positive row carries its true label, its negative row a wrong one. */
#ifndef ENGINE_RUNTIME_SOURCE_H
#define ENGINE_RUNTIME_SOURCE_H

#include "base/team.h"
#include "data/dataset.h"
#include "ffengine/experiment.h"
#include "model/overlay.h"
#include "runtime/packet.h"

struct ff_source {
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_dataset *dataset;       /* borrowed */
	struct ff_overlay overlay;
	size_t n, batch; /* pairs of an epoch and of a batch */
	int64_t epoch;
	double rate_factor; /* of the epoch */
	size_t at;          /* pairs of the epoch that have been sent */
	uint32_t *order;    /* [n] training images in the epoch's order; owned */
};

/* Errors: FF_ERROR_MEMORY. The experiment and the dataset must outlive the source. */
FF_NODISCARD ff_status ff_source_init(struct ff_source *source, const struct ff_experiment *experiment,
                                      const struct ff_dataset *dataset, struct ff_error *error);

void ff_source_fini(struct ff_source *source);

/* Begins epoch `epoch` (from 1): shuffles. A full batch is not shuffled: its sum has no order. */
void ff_source_begin(struct ff_source *source, int64_t epoch);

/* The epoch's next tile; false at its end. Batches are cut into tiles of FF_TILE_PAIRS; an epoch's last batch is smaller
 * where the batch does not divide the images. */
bool ff_source_next(struct ff_source *source, struct ff_packet *packet);

/* x [2 pairs x I] = the packet's positives, then its negatives. */
void ff_source_pairs(const struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                     float *x);

/* x [n C x I] = each of the images [first, first + n) with every label in turn: row i C + c is image i, label c. */
void ff_source_labelled(const struct ff_source *source, const struct ff_team *team, const struct ff_images *images,
                        size_t first, size_t n, float *x);

#endif

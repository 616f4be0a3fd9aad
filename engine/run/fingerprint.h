/* A fingerprint of a run's images, so that the run is not resumed with other images. */
#ifndef ENGINE_RUN_FINGERPRINT_H
#define ENGINE_RUN_FINGERPRINT_H

#include "data/dataset.h"

struct ff_fingerprint {
	int64_t images[FF_N_SETS]; /* number of images in each set */
	int64_t sums[FF_N_SETS];   /* CRC-32 of each set's pixels followed by its labels, as stored */
	bool summed;               /* sums are known: the fingerprint is complete */
};

/* Counts the images. Computes the sums only if `sum` is set, since that reads all images. */
void ff_fingerprint_take(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset, bool sum);

/* Computes the sums if they are unknown; the dataset must still have its pixels. */
void ff_fingerprint_complete(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset);

#endif

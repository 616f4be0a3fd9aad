/* What tells the images of a run from others of the same number, so that it does not go on with those. */
#ifndef ENGINE_RUN_FINGERPRINT_H
#define ENGINE_RUN_FINGERPRINT_H

#include "data/dataset.h"

struct ff_fingerprint {
	int64_t images[FF_N_SETS]; /* their number */
	int64_t sums[FF_N_SETS];   /* CRC-32 of each set's pixels, and then its labels, as stored */
	bool summed;               /* sums are known */
};

/* Counts the images, and sums them up only if asked to, since that reads them all. */
void ff_fingerprint_take(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset, bool sum);

/* Sums them up unless they are; the dataset still has its pixels then. */
void ff_fingerprint_complete(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset);

#endif

#include "run/fingerprint.h"

#include <libdeflate.h>

void ff_fingerprint_take(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset, bool sum)
{
	*fingerprint = (struct ff_fingerprint){.summed = false};
	for (int s = 0; s < FF_N_SETS; s++)
		fingerprint->images[s] = (int64_t)ff_dataset_images(dataset, (enum ff_set)s)->n;
	if (sum)
		ff_fingerprint_complete(fingerprint, dataset);
}

void ff_fingerprint_complete(struct ff_fingerprint *fingerprint, const struct ff_dataset *dataset)
{
	for (int s = 0; s < FF_N_SETS && !fingerprint->summed; s++) {
		const struct ff_images *images = ff_dataset_images(dataset, (enum ff_set)s);
		uint32_t sum = 0;
		if (images->n) {
			sum = libdeflate_crc32(sum, images->pixels, images->n * dataset->features);
			sum = libdeflate_crc32(sum, images->labels, images->n);
		}
		fingerprint->sums[s] = sum;
	}
	fingerprint->summed = true;
}

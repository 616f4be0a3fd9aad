/* Where the files of a dataset of the catalog lie, and what is in them.
 *
 * Thread-safe: nothing is kept between calls; the environment is read, never written. */
#ifndef ENGINE_DATA_DESCRIBE_H
#define ENGINE_DATA_DESCRIBE_H

#include <stddef.h>

#include "base/error.h"
#include "ffengine/experiment.h"

/* Finds the dataset's files along the search path (search.h): train images, train labels, test images, test labels.
 * Errors: FF_ERROR_USAGE (unknown name, or one that has no files: synthetic), FF_ERROR_DATA (not found; the message
 * lists where it looked). */
FF_NODISCARD ff_status ff_dataset_locate(const char *name, char paths[4][FF_MAX_PATH], struct ff_error *error);

struct ff_dataset_info {
	size_t train, test; /* images in the training file and in the test file */
	int height, width, classes;
	size_t train_per_class[256], test_per_class[256];
	double mean, std; /* of all pixels of the training file, scaled to 0..1 */
};

/* Reads the whole dataset and describes it; `synthetic` is described as an experiment gets it that says no
 * more than this name.
 * Errors: those of ff_dataset_locate(); FF_ERROR_DATA, FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_dataset_describe(const char *name, struct ff_dataset_info *info, struct ff_error *error);

#endif

/* Locates the files of a dataset of the catalog and describes their content.
 *
 * Thread-safe: nothing is kept between calls, and the environment is only read. */
#ifndef ENGINE_DATA_DESCRIBE_H
#define ENGINE_DATA_DESCRIBE_H

#include <stddef.h>

#include "base/error.h"
#include "ffengine/experiment.h"

/* Finds the dataset's files in the search path (search.h): training images, training labels, test images, test labels.
 * Errors: FF_ERROR_USAGE (unknown name, or synthetic, which has no files), FF_ERROR_DATA (not found; the message lists
 * the folders that were searched). */
FF_NODISCARD ff_status ff_dataset_locate(const char *name, char paths[4][FF_MAX_PATH], struct ff_error *error);

struct ff_dataset_info {
	size_t train, test; /* images in the training file and in the test file */
	int height, width, classes;
	size_t train_per_class[256], test_per_class[256];
	double mean, std; /* of all pixels of the training file, scaled to 0..1 */
};

/* Reads the whole dataset and describes it. `synthetic` has the sizes that an experiment with only this name gets.
 * Errors: those of ff_dataset_locate(); FF_ERROR_DATA, FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_dataset_describe(const char *name, struct ff_dataset_info *info, struct ff_error *error);

#endif

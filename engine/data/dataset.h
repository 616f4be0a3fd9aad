/* A dataset in memory: images as the stored bytes, split into training, validation and test.
 *
 * Shapes: N images of F = height * width (* channels, the fastest index) features, row-major [N x F]. */
#ifndef ENGINE_DATA_DATASET_H
#define ENGINE_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "ffengine/experiment.h"

/* A view of consecutive images; owns nothing. */
struct ff_images {
	size_t n;
	const uint8_t *pixels; /* [n x features] */
	const uint8_t *labels; /* [n], each < classes */
};

/* The parts of a dataset. */
enum ff_set { FF_SET_TRAIN, FF_SET_VALIDATION, FF_SET_TEST, FF_N_SETS };

struct ff_dataset {
	size_t features; /* F */
	int height, width;
	int classes;
	struct ff_images train, validation, test;
	float scale, shift; /* a feature's value is scale * byte + shift (1/255 and 0, or standardised) */
	double filled;      /* share of the bytes that are not 0, in the set with the largest share */
	float maximum;      /* of the training images' values after scale and shift */
	void *storage;      /* owned: the files' content, which the three views point into */
};

/* Opens the dataset that experiment->dataset names and splits it: training = the first `train` images of the training
 * file, validation = its last `validation` images, test = the first `test` images of the test file. `mnist` and
 * `fashion-mnist` are searched for in the search path (search.h); `synthetic` is generated from the seed.
 * mean and std `auto` are those of the training split's pixels. classes `auto` is 10 for named datasets and the largest
 * training label + 1 for `files`. A pixel is byte / 255 or, if standardised, (byte / 255 - mean) / std.
 * Errors: FF_ERROR_DATA (not found, damaged, too few images, label >= classes, classes > features, batch larger than
 * the training split, a lag of an epoch or more, a shift as large as the image, a std of 0; with hybrid negatives
 * images below 2 x 2 pixels or a single one), FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_CONFIG (synthetic sizes out of
 * range); the message names the file.
 * On success the caller owns *dataset (ff_dataset_close()). It does not change, so any thread may read it. */
FF_NODISCARD ff_status ff_dataset_open(const struct ff_experiment *experiment, struct ff_dataset *dataset,
                                       struct ff_error *error);

/* The sizes that ff_dataset_open() would give, without images: pixels and labels are NULL; scale, shift and maximum are
 * 0. `filled` is 0, since the images may be black, but 1 for synthetic ones, whose symmetric noise leaves at least half
 * of the pixels above 0. *bytes: the memory that the files would take, SIZE_MAX if it cannot be counted. Reads headers,
 * and labels if they decide the number of classes. The same errors, except for those of the content and of training.
 * Needs no closing. */
FF_NODISCARD ff_status ff_dataset_measure(const struct ff_experiment *experiment, struct ff_dataset *dataset,
                                          size_t *bytes, struct ff_error *error);

/* Compares the experiment with the sizes in the headers of its data: refuses what ff_dataset_open() would refuse, except
 * for the content. Data that is not on this machine is not checked. Errors: those of ff_dataset_open(). */
FF_NODISCARD ff_status ff_dataset_check(const struct ff_experiment *experiment, struct ff_error *error);

/* The images of one set. */
static inline const struct ff_images *ff_dataset_images(const struct ff_dataset *dataset, enum ff_set set)
{
	return set == FF_SET_TRAIN ? &dataset->train : set == FF_SET_TEST ? &dataset->test : &dataset->validation;
}

/* Frees the pixels but not the labels, once the caller has converted the pixels. The pixels of the three views become
 * NULL. */
void ff_dataset_drop_pixels(struct ff_dataset *dataset);

/* Frees the images. A zero struct is fine. */
void ff_dataset_close(struct ff_dataset *dataset);

#endif

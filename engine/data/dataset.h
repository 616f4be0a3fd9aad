/* A dataset in memory: images as the bytes they were stored as, split into training, validation and test.
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
	double filled;      /* share of the bytes that are not 0, of the fullest set's images */
	float maximum;      /* of the values of the training images after scale and shift */
	void *storage;      /* the dataset's own: the files' content, which the three views point into */
};

/* Opens the dataset that experiment->dataset names and splits it: training = its first `train` images, validation =
 * the last `validation` images of the training file, test = the first `test` of the test file. `mnist` and
 * `fashion-mnist` are looked for along the search path (search.h); `synthetic` is made from the seed.
 * mean and std `auto` are those of the training split's pixels. classes `auto` is 10 for the named ones, for `files`
 * the largest training label + 1. A pixel is byte / 255, and if standardised (byte / 255 - mean) / std.
 * Errors: FF_ERROR_DATA (not found, damaged, too few images, label >= classes, classes > features, batch larger than
 * the training split, a lag of an epoch or more, a shift as large as the image, a std of 0; with hybrid negatives
 * images below 2 x 2 pixels or a single one), FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_CONFIG (synthetic sizes out of
 * range); the message names the file.
 * On success the caller owns *dataset (ff_dataset_close()); read-only afterwards, so any thread may read it. */
FF_NODISCARD ff_status ff_dataset_open(const struct ff_experiment *experiment, struct ff_dataset *dataset,
                                       struct ff_error *error);

/* The sizes of what ff_dataset_open() would give, without images: pixels and labels are NULL, scale, shift and maximum
 * 0. `filled` is 0, as black as they may be, and 1 for synthetic images, whose noise is symmetric and leaves at least
 * half of the pixels above 0. *bytes: what the files would take in memory, SIZE_MAX if that cannot be counted. Reads
 * headers, and labels where they tell the classes. The same errors, but for those of the content and of what training
 * asks of it. There is nothing to close. */
FF_NODISCARD ff_status ff_dataset_measure(const struct ff_experiment *experiment, struct ff_dataset *dataset,
                                          size_t *bytes, struct ff_error *error);

/* Compares the experiment with the sizes of its data, from headers alone: all that ff_dataset_open() would refuse but
 * for the content. Data that is not on this machine is compared with nothing. Errors: those of ff_dataset_open(). */
FF_NODISCARD ff_status ff_dataset_check(const struct ff_experiment *experiment, struct ff_error *error);

/* One of its parts. */
static inline const struct ff_images *ff_dataset_images(const struct ff_dataset *dataset, enum ff_set set)
{
	return set == FF_SET_TRAIN ? &dataset->train : set == FF_SET_TEST ? &dataset->test : &dataset->validation;
}

/* Frees the pixels and leaves the labels: for those who have made something of them that they read instead. The three
 * views' pixels are NULL. */
void ff_dataset_drop_pixels(struct ff_dataset *dataset);

/* Frees the images; fine on a zero struct. */
void ff_dataset_close(struct ff_dataset *dataset);

#endif

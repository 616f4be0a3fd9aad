/* The four files of a dataset, read into memory and checked to belong together.
 *
 * Images are [N x H x W], [N x H x W x channels] or [N x F] (then H = 1, W = F); labels are [N]. */
#ifndef ENGINE_DATA_FILES_H
#define ENGINE_DATA_FILES_H

#include "data/search.h"
#include "data/synthetic.h"

struct ff_dataset_files {
	struct ff_idx part[FF_PARTS];
	char paths[FF_PARTS][FF_MAX_PATH]; /* for messages; "synthetic" if generated */
	size_t features;                   /* F of an image */
	int height, width;
	int classes;
};

/* Reads the four files. Checks their shapes, that there are as many labels as images, that training and test images
 * have one shape, and that every label is below `classes` (FF_AUTO: the largest training label + 1).
 * Errors: FF_ERROR_DATA with the path of the faulty file, FF_ERROR_IO, FF_ERROR_MEMORY. On failure *files needs no
 * closing. */
FF_NODISCARD ff_status ff_dataset_files_read(const char (*paths)[FF_MAX_PATH], int64_t classes,
                                             struct ff_dataset_files *files, struct ff_error *error);

/* Fills the same struct from ff_synthetic_make(), with its errors. */
FF_NODISCARD ff_status ff_dataset_files_make(const struct ff_synthetic *synthetic, struct ff_dataset_files *files,
                                             struct ff_error *error);

/* Only the sizes that either would give: parts without data. Reads the headers, and the training labels if `classes` is
 * FF_AUTO. The same errors, except for those of the content. */
FF_NODISCARD ff_status ff_dataset_files_measure(const char (*paths)[FF_MAX_PATH], int64_t classes,
                                                struct ff_dataset_files *files, struct ff_error *error);
FF_NODISCARD ff_status ff_dataset_files_measure_made(const struct ff_synthetic *synthetic,
                                                     struct ff_dataset_files *files, struct ff_error *error);

/* Frees the parts. A zero struct is fine. */
void ff_dataset_files_close(struct ff_dataset_files *files);

/* Statistics of n >= 1 bytes scaled to 0..1, from exact integer sums: the mean, the standard deviation (divided by n),
 * the share of bytes that are not 0, and the largest byte. */
struct ff_statistics {
	double mean, std, filled;
	uint8_t largest;
};
struct ff_statistics ff_statistics_of(const uint8_t *bytes, size_t n);

#endif

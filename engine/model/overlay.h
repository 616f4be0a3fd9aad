/* Turns the bytes of an image into the input of the first layer.
 *
 * Supervised (Hinton 2022, section 3.3): the first C inputs of a row are a one-hot label of strength s, or the neutral
 * label; the others are the image's features. The row is then divided by its norm. All one-hot labels of an image give
 * the same norm, so the rows of an image share their last I - C inputs, which are made once. Unsupervised: a row is the
 * image itself. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_OVERLAY_H
#define ENGINE_MODEL_OVERLAY_H

#include "ffengine/experiment.h"
#include "model/kernels.h"

struct ff_overlay {
	const struct ff_kernels *kernels;
	size_t features;    /* I of the first layer */
	int classes;        /* C */
	float scale, shift; /* a feature is scale * byte + shift */
	float strength;     /* s */
	enum ff_norm norm;
	double eps;
};

/* The factors that turn an image into rows (model/labelled.h). */
struct ff_overlay_factors {
	float offset; /* added to all its features: shift / norm */
	float value;  /* value of the label input in a row with a one-hot label: s / norm */
	float ratio;  /* factor that turns such a row into the neutral row: norm / norm of the neutral row */
};

/* out [features - C] = the features of `image` [features] without the label's inputs, divided by the norm of a row with
 * a one-hot label, and without the offset: a byte of 0 gives 0. In the neutral row (Hinton 2022, section 3.3) every
 * label input is s / C; their sum of squares, s^2 / C, is part of its norm. */
struct ff_overlay_factors ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *out);

/* The same factors for an image that is kept as a CSR row in units of ff_overlay_unit(): byte * unit * `factor` is a
 * feature divided by the norm, bit for bit as above. scratch [features]. */
struct ff_overlay_factors ff_overlay_csr(const struct ff_overlay *overlay, const uint8_t *image, float *scratch,
                                         float *factor);
float ff_overlay_unit(const struct ff_overlay *overlay);

/* row [features] = the row with this label (negative: the neutral one) that `image` [features - C] and its factors from
 * ff_overlay_image() make. */
void ff_overlay_row(const struct ff_overlay *overlay, const float *image, struct ff_overlay_factors factors, int label,
                    float *row);

/* row [features] = the normalised row of `image` itself, without a label: the input of unsupervised training (Hinton
 * 2022, section 3.2). */
void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row);

#endif

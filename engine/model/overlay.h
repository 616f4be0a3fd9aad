/* From the bytes of an image to what the first layer takes.
 *
 * Supervised (Hinton 2022, section 3.3), the first C inputs of a row are a one-hot label of strength s, or a neutral
 * one, the others the image's features; the row is then divided by its norm. All labels of an image have the same norm,
 * so rows of one image share their last I - C inputs, which are made once. Unsupervised, a row is the image itself.
 * Pure functions; any thread may call them. */
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

/* What goes with an image to make rows of it (model/labelled.h). */
struct ff_overlay_factors {
	float offset; /* of all its features: shift / norm */
	float value;  /* the label's input in a row with a one-hot label: s / norm */
	float ratio;  /* times that row and its label: the neutral row. Norm / norm of the neutral row */
};

/* out [features - C] = the features of `image` [features] that the label leaves free, divided by the norm of a row with
 * a one-hot label, but for the offset: a byte of 0 gives 0. In the neutral row (Hinton 2022, section 3.3) every label
 * input is s / C, whose sum of squares, s^2 / C, is part of its norm. */
struct ff_overlay_factors ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *out);

/* The same factors of an image that comes as a list: times `factor`, the bytes of a list whose unit is
 * ff_overlay_unit() are its features divided by the norm, to the bit. room [features]. */
struct ff_overlay_factors ff_overlay_csr(const struct ff_overlay *overlay, const uint8_t *image, float *room,
                                         float *factor);
float ff_overlay_unit(const struct ff_overlay *overlay);

/* row [features] = the normalised row of `image` itself, all inputs features and no label: what unsupervised training
 * sees (section 3.2). */
void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row);

#endif

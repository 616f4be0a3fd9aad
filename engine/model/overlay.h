/* From the bytes of an image, and a label if there is one, to a normalised input row of the first layer (Hinton 2022, section 3.3).
 *
 * The first C inputs of a row are a one-hot label of strength s, the others the image's features; the row is then
 * divided by its norm. All labels of an image have the same norm, so rows of one image differ in their first C inputs
 * alone. Pure functions; any thread may call them. */
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

/* row [features] = the normalised row of `image` [features] with its C label inputs 0. Returns s / norm: what the
 * input of the row's label is to be set to. */
float ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *row);

/* row [features] = the normalised neutral row of `image` (Hinton 2022, section 3.3): every label input is s / C, whose
 * sum of squares, s^2 / C, is part of the row's norm (not that of the row with a one-hot label). */
void ff_overlay_neutral(const struct ff_overlay *overlay, const uint8_t *image, float *row);

/* row [features] = the normalised row of `image` itself, all inputs features and no label: what unsupervised training
 * sees (section 3.2). */
void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row);

/* Sets the C label inputs of a row: `value` at `label`, 0 at the others. */
void ff_overlay_label(const struct ff_overlay *overlay, float *row, int label, float value);

#endif

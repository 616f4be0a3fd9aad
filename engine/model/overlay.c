#include "model/overlay.h"

#include <string.h>

#include "model/layer.h"

static float factor_of(const struct ff_overlay *overlay, float sum_square)
{
	return 1.0F / ff_norm_of(overlay->norm, overlay->eps, sum_square, overlay->features);
}

float ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *row)
{
	const struct ff_kernels *kernels = overlay->kernels;
	float s = overlay->strength;
	kernels->decode(image, overlay->scale, overlay->shift, row, overlay->features);
	memset(row, 0, (size_t)overlay->classes * sizeof *row);
	float sum_square = kernels->sum_square(row, overlay->features) + s * s;
	float factor = factor_of(overlay, sum_square);
	kernels->scale(row, factor, row, overlay->features);
	return s * factor;
}

void ff_overlay_neutral(const struct ff_overlay *overlay, const uint8_t *image, float *row)
{
	const struct ff_kernels *kernels = overlay->kernels;
	kernels->decode(image, overlay->scale, overlay->shift, row, overlay->features);
	for (int c = 0; c < overlay->classes; c++)
		row[c] = overlay->strength / (float)overlay->classes;
	kernels->scale(row, factor_of(overlay, kernels->sum_square(row, overlay->features)), row, overlay->features);
}

void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row)
{
	const struct ff_kernels *kernels = overlay->kernels;
	kernels->decode(image, overlay->scale, overlay->shift, row, overlay->features);
	kernels->scale(row, factor_of(overlay, kernels->sum_square(row, overlay->features)), row, overlay->features);
}

void ff_overlay_label(const struct ff_overlay *overlay, float *row, int label, float value)
{
	memset(row, 0, (size_t)overlay->classes * sizeof *row);
	row[label] = value;
}

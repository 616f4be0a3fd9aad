#include "model/overlay.h"

#include "model/layer.h"

static float factor_of(const struct ff_overlay *overlay, float sum_square)
{
	return 1.0F / ff_norm_of(overlay->norm, overlay->eps, sum_square, overlay->features);
}

struct ff_overlay_factors ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *out)
{
	const struct ff_kernels *kernels = overlay->kernels;
	size_t classes = (size_t)overlay->classes, n = overlay->features - classes;
	float label = overlay->strength * overlay->strength;
	kernels->decode(image + classes, overlay->scale, overlay->shift, out, n);
	float sum_square = kernels->sum_square(out, n);
	float factor = factor_of(overlay, sum_square + label);
	float neutral = factor_of(overlay, sum_square + label / (float)classes);
	if (overlay->shift == 0)
		kernels->scale(out, factor, out, n);
	else
		kernels->decode(image + classes, overlay->scale * factor, 0.0F, out, n);
	return (struct ff_overlay_factors){overlay->shift * factor, overlay->strength * factor, neutral / factor};
}

void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row)
{
	const struct ff_kernels *kernels = overlay->kernels;
	kernels->decode(image, overlay->scale, overlay->shift, row, overlay->features);
	kernels->scale(row, factor_of(overlay, kernels->sum_square(row, overlay->features)), row, overlay->features);
}

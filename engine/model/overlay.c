#include "model/overlay.h"

#include "model/layer.h"

static float factor_of(const struct ff_overlay *overlay, float sum_square)
{
	return 1.0F / ff_norm_of(overlay->norm, overlay->eps, sum_square, overlay->features);
}

/* out = the features without the label's inputs; factor = 1 / norm of a row with a one-hot label. */
static struct ff_overlay_factors compute_factors(const struct ff_overlay *overlay, const uint8_t *image, float *out,
                                                 float *factor)
{
	const struct ff_kernels *kernels = overlay->kernels;
	size_t classes = (size_t)overlay->classes, n = overlay->features - classes;
	float label = overlay->strength * overlay->strength;
	kernels->decode(image + classes, overlay->scale, overlay->shift, out, n);
	float sum_square = kernels->sum_square(out, n);
	float neutral = factor_of(overlay, sum_square + label / (float)classes);
	*factor = factor_of(overlay, sum_square + label);
	return (struct ff_overlay_factors){overlay->shift * *factor, overlay->strength * *factor, neutral / *factor};
}

struct ff_overlay_factors ff_overlay_image(const struct ff_overlay *overlay, const uint8_t *image, float *out)
{
	float factor;
	size_t classes = (size_t)overlay->classes, n = overlay->features - classes;
	struct ff_overlay_factors factors = compute_factors(overlay, image, out, &factor);
	if (overlay->shift == 0)
		overlay->kernels->scale(out, factor, out, n);
	else
		overlay->kernels->decode(image + classes, overlay->scale * factor, 0.0F, out, n);
	return factors;
}

/* As above: a feature is (scale byte) factor without an offset, and byte (scale factor) with one. */
float ff_overlay_unit(const struct ff_overlay *overlay)
{
	return overlay->shift == 0 ? overlay->scale : 1.0F;
}

struct ff_overlay_factors ff_overlay_csr(const struct ff_overlay *overlay, const uint8_t *image, float *scratch,
                                         float *factor)
{
	struct ff_overlay_factors factors = compute_factors(overlay, image, scratch, factor);
	*factor *= overlay->shift == 0 ? 1.0F : overlay->scale;
	return factors;
}

void ff_overlay_row(const struct ff_overlay *overlay, const float *image, struct ff_overlay_factors factors, int label,
                    float *row)
{
	size_t classes = (size_t)overlay->classes;
	float ratio = label < 0 ? factors.ratio : 1.0F, shared = factors.value / (float)classes;
	for (size_t c = 0; c < classes; c++)
		row[c] = label < 0 ? ratio * shared : (int)c == label ? factors.value : 0.0F;
	for (size_t j = classes; j < overlay->features; j++)
		row[j] = ratio * (image[j - classes] + factors.offset);
}

void ff_overlay_plain(const struct ff_overlay *overlay, const uint8_t *image, float *row)
{
	const struct ff_kernels *kernels = overlay->kernels;
	kernels->decode(image, overlay->scale, overlay->shift, row, overlay->features);
	kernels->scale(row, factor_of(overlay, kernels->sum_square(row, overlay->features)), row, overlay->features);
}

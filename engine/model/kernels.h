/* The inner loops over rows and parameters, compiled once for each instruction set and selected at start.
 *
 * Every set gives the same bits: fused multiply-adds only where they are exact, sums over FF_LANES fixed lanes and a
 * fixed tree, square root and division as IEEE 754 rounds them. So the choice of the set only affects speed. The
 * functions hold no state, allocate nothing and start no threads. Pointers of one call must not overlap unless they are
 * equal; for struct ff_fold see there. */
#ifndef ENGINE_MODEL_KERNELS_H
#define ENGINE_MODEL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { FF_LANES = 16 };

/* Constants of one Adam step (Kingma & Ba 2015; decay decoupled as in Loshchilov & Hutter 2019). */
struct ff_adam_step {
	float beta1, beta2;
	float fresh1, fresh2; /* 1 - beta1, 1 - beta2, subtracted as doubles to keep the digits */
	float rate;           /* learning rate / (1 - beta1^t) */
	float correction;     /* sqrt(1 - beta2^t) */
	float epsilon;
	float shrink; /* learning rate * decay */
};

/* Constants of one step of gradient descent with a smoothed gradient (as in Hinton's code). */
struct ff_sgd_step {
	float momentum, fresh; /* fresh = 1 - momentum */
	float rate;
	float decay;
};

/* Weights [rows x n] to be updated, and their gradient: g[i][j] = gradient[i][j] + factor[i] added[j]. */
struct ff_step_block {
	size_t rows, n;
	size_t stride;              /* from a row to the next, in w and the optimizer's state */
	float *w, *state1, *state2; /* state2 only for adam */
	const float *gradient;      /* row i at gradient + i gradient_stride */
	size_t gradient_stride;
	const float *factor, *added; /* [rows], [n]; factor NULL: nothing is added */
};

/* Deltas of a sample whose two rows share an image, and the gradients that they are added to, all [n]. They must not
 * overlap, except that right and wrong may be equal. */
struct ff_fold {
	float *positive; /* becomes the delta of the image */
	const float *negative;
	float *right, *wrong; /* gradients of the rows of W for the two labels */
	float label;          /* value of the label inputs of both rows */
	float *bias, *offset; /* offset NULL: none */
	float image_offset;
};

/* One direction of a mask's blur: pixel i of `n` becomes the sum over t of weights[i * taps + t] times pixel
 * ff_blur_from(i) + t. */
struct ff_blur_axis {
	size_t n, taps, passes;
	const double *weights; /* [n x taps] */
};

/* The first pixel that contributes to pixel i: i - passes, clamped to [0, n - taps]. */
static inline size_t ff_blur_from(const struct ff_blur_axis *axis, size_t i)
{
	size_t from = i < axis->passes ? 0 : i - axis->passes;
	return from < axis->n - axis->taps ? from : axis->n - axis->taps;
}

/* The mask of a hybrid image of height x width pixels. Its random bits come in words of 32 pixels of one column: bit y
 * % 32 of words[x * words_a_column + y / 32] is pixel (y, x); bits beyond the height are ignored. */
struct ff_blur {
	struct ff_blur_axis down, across;
	size_t words_a_column; /* height / 32, rounded up */
};

/* The random numbers of one row's dropout mask: element 4 b + w gets word w of the 128 bits of Philox (base/rng.h) at
 * (index, epoch, layer + b * stride, purpose) for the seed. */
struct ff_mask {
	uint64_t seed;
	uint32_t index, epoch, layer, stride, purpose;
	uint32_t least; /* elements whose word is smaller are dropped */
	float scale;    /* factor on the others */
};

struct ff_kernels {
	const char *name; /* "baseline", "avx2", "avx512" */

	/* y[j] = max(y[j] + bias[j], 0). NaN stays NaN, so that a broken layer shows in its loss. Returns the sum of
	 * y[j]^2 as sum_square() does. */
	float (*bias_relu)(float *y, const float *bias, size_t n);

	/* The same for y[j] = max(ratio z[j] + value label[j] + bias[j], 0). */
	float (*label_relu)(const float *z, float ratio, const float *label, float value, const float *bias, float *y,
	                    size_t n);

	/* Sum of x[j]^2. */
	float (*sum_square)(const float *x, size_t n);

	/* out[j] = factor * x[j]; out may be x. */
	void (*scale)(const float *x, float factor, float *out, size_t n);

	/* For x[j] > bound: their number, the sum of their x[j]^2, and out[j] = factor * x[j]; out[j] = 0 for the
	 * others, which include NaN. out may be x. n < 2^32. */
	size_t (*count_above)(const float *x, float bound, size_t n);
	float (*sum_square_above)(const float *x, float bound, size_t n);
	void (*scale_above)(const float *x, float bound, float factor, float *out, size_t n);

	/* y[j] = (mask drops j ? 0 : scale) * y[j]. Values that are not finite stay so even if dropped. */
	void (*drop)(const struct ff_mask *mask, float *y, size_t n);

	/* y[j] += factor * x[j]. */
	void (*add_scaled)(float *y, float factor, const float *x, size_t n);

	/* sum[j] += x[j]; live[j] becomes 1 where x[j] is not 0. */
	void (*add_live)(float *sum, uint32_t *live, const float *x, size_t n);

	/* right[j] += label positive[j] and wrong[j] += label negative[j]; then positive[j] += negative[j], bias[j] +=
	 * positive[j] and offset[j] += image_offset positive[j]. */
	void (*fold)(const struct ff_fold *fold, size_t n);

	/* out[j] = scale * byte[j] + shift. */
	void (*decode)(const uint8_t *bytes, float scale, float shift, float *out, size_t n);

	/* w, m = state1 and v = state2 of a block from its gradient g:
	 * m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
	 * w = w - shrink w - rate m / (sqrt(v) / correction + epsilon). */
	void (*adam)(const struct ff_adam_step *step, const struct ff_step_block *block);

	/* w and m = state1 of a block from its gradient g:
	 * m = momentum m + (1 - momentum) g;  w = w - rate (m + decay w). */
	void (*sgd)(const struct ff_sgd_step *step, const struct ff_step_block *block);

	/* mask [height x width] = 255 where the blurred bits are above 1/2, else 0. scratch: ff_mask_scratch() doubles,
	 * 64-byte aligned, with any content. */
	void (*mask)(const struct ff_blur *blur, const uint32_t *words, double *scratch, uint8_t *mask);

	/* out [pixels x channels] = a where the pixel's mask is 255, b where it is 0. */
	void (*blend)(const uint8_t *mask, const uint8_t *a, const uint8_t *b, uint8_t *out, size_t pixels,
	              size_t channels);
};

/* Doubles that `mask` needs as scratch: the bits by columns, and the rows after the blur across. */
static inline size_t ff_mask_scratch(const struct ff_blur *blur)
{
	size_t width = blur->across.n, padded = (width + 31) / 32 * 32;
	return (width + padded) * blur->words_a_column * 32;
}

#endif

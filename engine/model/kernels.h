/* The inner loops over rows and parameters, compiled once for each instruction set and chosen at start.
 *
 * Every set gives the same bits: no fused multiply-add, sums over FF_LANES fixed lanes and a fixed tree, square root
 * and division as IEEE 754 rounds them. So which set runs decides speed only. The functions hold no state, allocate
 * nothing and start no threads. Pointers of one call must not overlap unless they are equal. */
#ifndef ENGINE_MODEL_KERNELS_H
#define ENGINE_MODEL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { FF_LANES = 16 };

/* Constants of one Adam step (Kingma & Ba 2015; decay decoupled as in Loshchilov & Hutter 2019). */
struct ff_adam_step {
	float beta1, beta2;
	float fresh1, fresh2; /* 1 - beta1, 1 - beta2, which a subtraction of floats would lose digits of */
	float rate;           /* learning rate / (1 - beta1^t) */
	float correction;     /* sqrt(1 - beta2^t) */
	float epsilon;
	float shrink; /* learning rate * decay */
};

/* Constants of one step of gradient descent with a smoothed gradient (Hinton's code). */
struct ff_sgd_step {
	float momentum, fresh; /* fresh = 1 - momentum */
	float rate;
	float decay;
};

struct ff_kernels {
	const char *name; /* "baseline", "avx2", "avx512" */

	/* y[j] = max(y[j] + bias[j], 0); NaN stays NaN, so that a broken layer is seen in its loss. */
	void (*bias_relu)(float *y, const float *bias, size_t n);

	/* Sum of x[j]^2. */
	float (*sum_square)(const float *x, size_t n);

	/* out[j] = factor * x[j]; out may be x. */
	void (*scale)(const float *x, float factor, float *out, size_t n);

	/* y[j] += factor * x[j]. */
	void (*add_scaled)(float *y, float factor, const float *x, size_t n);

	/* out[j] = scale * byte[j] + shift. */
	void (*decode)(const uint8_t *bytes, float scale, float shift, float *out, size_t n);

	/* w, m, v [n] from the gradient g [n]:
	 * m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
	 * w = w - shrink w - rate m / (sqrt(v) / correction + epsilon). */
	void (*adam)(const struct ff_adam_step *step, float *w, const float *g, float *m, float *v, size_t n);

	/* m = momentum m + (1 - momentum) g;  w = w - rate (m + decay w). */
	void (*sgd)(const struct ff_sgd_step *step, float *w, const float *g, float *m, size_t n);
};

/* The best set for this processor. */
const struct ff_kernels *ff_kernels_best(void);

/* All sets this processor can run, best first, at most `most`; returns how many (for tests and benches). */
int ff_kernels_usable(const struct ff_kernels *sets[], int most);

#endif

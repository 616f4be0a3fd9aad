#include "model/objective.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* mean_square: g = (1/n) sum y_j^2, dg/dy_j = 2 y_j / n. */
static float mean_square(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
                         const float *y, size_t n, float sum_square)
{
	(void)constants, (void)kernels, (void)y;
	return sum_square / (float)n;
}

static void mean_square_gradient(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
                                 const float *y, size_t n, float slope, float *delta)
{
	(void)constants;
	kernels->scale(y, 2.0F * slope / (float)n, delta, n);
}

/* sum_square: g = sum y_j^2, dg/dy_j = 2 y_j. */
static float sum_square(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels, const float *y,
                        size_t n, float sum)
{
	(void)constants, (void)kernels, (void)y, (void)n;
	return sum;
}

static void sum_square_gradient(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
                                const float *y, size_t n, float slope, float *delta)
{
	(void)constants;
	kernels->scale(y, 2.0F * slope, delta, n);
}

/* top_k (after Akkus et al. 2026, arXiv:2604.13081, whose top-k goodness measures the k most active units only; here by
 * the mean of their squares, so that k = n is mean_square): g = (1/k) sum of y_j^2, dg/dy_j = 2 y_j / k, over the k
 * units of greatest y_j; of equal ones those of lowest index. */

/* The chosen units: those before `split` with y_j > before, and those from it on with y_j > after. */
struct choice {
	size_t split;
	float before, after;
};

/* The float of these bits. From 0 to infinity, the order of floats is that of their bits. */
static float float_of(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The k < n greatest, by bisection over the bits of the bound. A unit that is 0 counts for nothing, chosen or not. */
static struct choice choose(const struct ff_kernels *kernels, const float *y, size_t n, size_t k)
{
	uint32_t low = 0, high = 0x7f800000; /* more than k above low, fewer than k above high = infinity */
	if (kernels->count_above(y, 0.0F, n) <= k)
		return (struct choice){0, 0.0F, 0.0F};
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		size_t count = kernels->count_above(y, float_of(middle), n);
		if (count == k)
			return (struct choice){0, 0.0F, float_of(middle)};
		if (count > k)
			low = middle;
		else
			high = middle;
	}
	struct choice choice = {0, float_of(low), float_of(high)};
	/* several units are equal to `high`, more than there is room for */
	for (size_t room = k - kernels->count_above(y, choice.after, n); room && choice.split < n; choice.split++)
		room -= y[choice.split] > choice.before && !(y[choice.split] > choice.after);
	return choice;
}

static float top_k(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels, const float *y,
                   size_t n, float sum)
{
	size_t k = constants->k;
	if (k >= n || !isfinite(sum))
		return sum / (float)n;
	struct choice c = choose(kernels, y, n, k);
	return (kernels->sum_square_above(y, c.before, c.split) +
	        kernels->sum_square_above(y + c.split, c.after, n - c.split)) /
	       (float)k;
}

static void top_k_gradient(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
                           const float *y, size_t n, float slope, float *delta)
{
	size_t k = constants->k;
	if (k >= n) {
		mean_square_gradient(constants, kernels, y, n, slope, delta);
		return;
	}
	struct choice c = choose(kernels, y, n, k);
	float factor = 2.0F * slope / (float)k;
	kernels->scale_above(y, c.before, factor, delta, c.split);
	kernels->scale_above(y + c.split, c.after, factor, delta + c.split, n - c.split);
}

const struct ff_goodness *ff_goodness_of(enum ff_goodness_kind kind)
{
	static const struct ff_goodness TABLE[] = {
	    [FF_MEAN_SQUARE] = {"mean_square", mean_square, mean_square_gradient},
	    [FF_SUM_SQUARE] = {"sum_square", sum_square, sum_square_gradient},
	    [FF_TOP_K] = {"top_k", top_k, top_k_gradient},
	};
	return &TABLE[kind];
}

double ff_softplus(double x)
{
	return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

double ff_sigmoid(double x)
{
	double e = exp(-fabs(x));
	return (x >= 0 ? 1 : e) / (1 + e);
}

/* logistic (Hinton 2022, section 2): softplus(theta - g+) + softplus(g- - theta). */
static struct ff_pair_loss logistic(const struct ff_loss_constants *c, double positive, double negative)
{
	return (struct ff_pair_loss){
	    .loss = ff_softplus(c->theta - positive) + ff_softplus(negative - c->theta),
	    .d_positive = -ff_sigmoid(c->theta - positive),
	    .d_negative = ff_sigmoid(negative - c->theta),
	};
}

/* symba (Lee & Song 2023): softplus(-alpha (g+ - g-)). */
static struct ff_pair_loss symba(const struct ff_loss_constants *c, double positive, double negative)
{
	double u = -c->alpha * (positive - negative), slope = c->alpha * ff_sigmoid(u);
	return (struct ff_pair_loss){.loss = ff_softplus(u), .d_positive = -slope, .d_negative = slope};
}

/* swish: silu(-alpha (g+ - g-)) with silu(u) = u sigmoid(u), silu'(u) = s (1 + u (1 - s)). */
static struct ff_pair_loss swish(const struct ff_loss_constants *c, double positive, double negative)
{
	double u = -c->alpha * (positive - negative), s = ff_sigmoid(u), slope = c->alpha * s * (1 + u * (1 - s));
	return (struct ff_pair_loss){.loss = u * s, .d_positive = -slope, .d_negative = slope};
}

const struct ff_loss *ff_loss_of(enum ff_loss_kind kind)
{
	static const struct ff_loss TABLE[] = {
	    [FF_LOGISTIC] = {"logistic", logistic},
	    [FF_SYMBA] = {"symba", symba},
	    [FF_SWISH] = {"swish", swish},
	};
	return &TABLE[kind];
}

struct ff_pair_loss ff_pair_loss_toward(enum ff_direction direction, const struct ff_loss *loss,
                                        const struct ff_loss_constants *constants, double positive, double negative)
{
	if (direction == FF_MAXIMISE)
		return loss->pair(constants, positive, negative);
	struct ff_pair_loss swapped = loss->pair(constants, negative, positive);
	return (struct ff_pair_loss){swapped.loss, swapped.d_negative, swapped.d_positive};
}

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

/* top_k (after Akkus et al. 2026, arXiv:2604.13081, whose top-k goodness uses only the k most active units; here the
 * mean of their squares, so that k = n is mean_square): g = (1/k) sum of y_j^2, dg/dy_j = 2 y_j / k, over the k units
 * with the largest y_j; among equal ones those with the lowest index. */

/* The selected units: those before `split` with y_j > before, and those from `split` on with y_j > after. */
struct choice {
	size_t split;
	float before, after;
};

/* The float with these bits. From 0 to infinity, floats are ordered like their bits. */
static float float_of(uint32_t bits)
{
	float value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* Selects the k < n largest by bisection over the bits of the bound. Units that are 0 contribute nothing, selected or
 * not. */
static struct choice choose(const struct ff_kernels *kernels, const float *y, size_t n, size_t k)
{
	uint32_t low = 0, high = 0x7f800000; /* more than k are above `low`, fewer than k above `high` */
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
	/* Several units equal `high`, more than may be selected: takes the first ones. */
	for (size_t left = k - kernels->count_above(y, choice.after, n); left && choice.split < n; choice.split++)
		left -= y[choice.split] > choice.before && !(y[choice.split] > choice.after);
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
	    [FF_MEAN_SQUARE] = {mean_square, mean_square_gradient},
	    [FF_SUM_SQUARE] = {sum_square, sum_square_gradient},
	    [FF_TOP_K] = {top_k, top_k_gradient},
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
static double logistic(const struct ff_loss_constants *c, const double g[], double slope[])
{
	slope[FF_POSITIVE] = -ff_sigmoid(c->theta - g[FF_POSITIVE]);
	slope[FF_NEGATIVE] = ff_sigmoid(g[FF_NEGATIVE] - c->theta);
	return ff_softplus(c->theta - g[FF_POSITIVE]) + ff_softplus(g[FF_NEGATIVE] - c->theta);
}

/* u = -alpha (g+ - g-), for losses of the difference alone; the two sides have opposite slopes. */
static double of_difference(const struct ff_loss_constants *c, const double g[])
{
	return -c->alpha * (g[FF_POSITIVE] - g[FF_NEGATIVE]);
}

static void slope_by_difference(double slope, double slopes[])
{
	slopes[FF_POSITIVE] = -slope;
	slopes[FF_NEGATIVE] = slope;
}

/* symba (Lee & Song 2023): softplus(-alpha (g+ - g-)). */
static double symba(const struct ff_loss_constants *c, const double g[], double slope[])
{
	double u = of_difference(c, g);
	slope_by_difference(c->alpha * ff_sigmoid(u), slope);
	return ff_softplus(u);
}

/* swish: silu(-alpha (g+ - g-)) with silu(u) = u sigmoid(u), silu'(u) = s (1 + u (1 - s)). */
static double swish(const struct ff_loss_constants *c, const double g[], double slope[])
{
	double u = of_difference(c, g), s = ff_sigmoid(u);
	slope_by_difference(c->alpha * s * (1 + u * (1 - s)), slope);
	return u * s;
}

const struct ff_loss *ff_loss_of(enum ff_loss_kind kind)
{
	static const struct ff_loss TABLE[] = {
	    [FF_LOGISTIC] = {2, logistic},
	    [FF_SYMBA] = {2, symba},
	    [FF_SWISH] = {2, swish},
	};
	return &TABLE[kind];
}

double ff_loss_toward(enum ff_direction direction, const struct ff_loss *loss,
                      const struct ff_loss_constants *constants, const double goodness[], double slope[])
{
	if (direction == FF_MAXIMISE || loss->sides == 1)
		return loss->value(constants, goodness, slope);
	double exchanged[FF_MAX_SIDES] = {goodness[FF_NEGATIVE], goodness[FF_POSITIVE]}, slopes[FF_MAX_SIDES];
	double value = loss->value(constants, exchanged, slopes);
	slope[FF_POSITIVE] = slopes[FF_NEGATIVE];
	slope[FF_NEGATIVE] = slopes[FF_POSITIVE];
	return value;
}

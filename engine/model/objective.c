#include "model/objective.h"

#include <math.h>

/* mean_square: g = (1/n) sum y_j^2, dg/dy_j = 2 y_j / n. */
static float mean_square(const float *y, size_t n, float sum_square)
{
	(void)y;
	return sum_square / (float)n;
}

static void mean_square_gradient(const struct ff_kernels *kernels, const float *y, size_t n, float slope, float *delta)
{
	kernels->scale(y, 2.0F * slope / (float)n, delta, n);
}

/* sum_square: g = sum y_j^2, dg/dy_j = 2 y_j. */
static float sum_square(const float *y, size_t n, float sum)
{
	(void)y, (void)n;
	return sum;
}

static void sum_square_gradient(const struct ff_kernels *kernels, const float *y, size_t n, float slope, float *delta)
{
	kernels->scale(y, 2.0F * slope, delta, n);
}

const struct ff_goodness *ff_goodness_of(enum ff_goodness_kind kind)
{
	static const struct ff_goodness TABLE[] = {
	    [FF_MEAN_SQUARE] = {"mean_square", mean_square, mean_square_gradient},
	    [FF_SUM_SQUARE] = {"sum_square", sum_square, sum_square_gradient},
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

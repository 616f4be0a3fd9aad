/* A toy objective without negatives: a sample has one row, whose goodness is to lie between theta and 3 theta.
 *
 *     L = softplus(theta - g) + softplus(g - 3 theta),    dL/dg = -sigmoid(theta - g) + sigmoid(g - 3 theta) */
#include "toys/toys.h"

static double band(const struct ff_loss_constants *c, const double g[], double slope[])
{
	double low = c->theta - g[FF_POSITIVE], high = g[FF_POSITIVE] - 3 * c->theta;
	slope[FF_POSITIVE] = -ff_sigmoid(low) + ff_sigmoid(high);
	return ff_softplus(low) + ff_softplus(high);
}

const struct ff_loss toy_band_loss = {.sides = 1, .value = band};

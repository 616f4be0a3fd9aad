/* The local objective of a layer: a goodness of its activations, and a loss over a pair of goodnesses.
 *
 * Adding one is one entry in a table of objective.c (its formula, its derivative, its name) and its word in
 * config/schema.c. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_OBJECTIVE_H
#define ENGINE_MODEL_OBJECTIVE_H

#include "ffengine/experiment.h"
#include "model/kernels.h"

/* Constants of a goodness. */
struct ff_goodness_constants {
	size_t k; /* units of top_k, at least 1 */
};

/* Goodness g of one row of activations y [n], none negative (Hinton 2022, section 2). A row that is not finite has a
 * goodness that is not. */
struct ff_goodness {
	const char *name;
	/* g, given also sum_square = sum of y_j^2, which every row has at hand. */
	float (*value)(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels, const float *y,
	               size_t n, float sum_square);
	/* delta[j] = slope * dg/dy_j, where y_j > 0, else 0 (the ReLU's gate); delta may be y. */
	void (*gradient)(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
	                 const float *y, size_t n, float slope, float *delta);
};

/* Constants of a loss. */
struct ff_loss_constants {
	double theta; /* threshold of logistic */
	double alpha; /* scale of symba and swish */
};

/* A loss of one pair and its true derivatives dL/dg+ and dL/dg-. */
struct ff_pair_loss {
	double loss, d_positive, d_negative;
};

struct ff_loss {
	const char *name;
	struct ff_pair_loss (*pair)(const struct ff_loss_constants *constants, double positive, double negative);
};

const struct ff_goodness *ff_goodness_of(enum ff_goodness_kind kind);
const struct ff_loss *ff_loss_of(enum ff_loss_kind kind);

/* The loss of a pair in the given direction, with dL/dg of the positive row and of the negative one. FF_MAXIMISE: as
 * the loss says; FF_MINIMISE: positives are to have the low goodness, so the loss sees the two exchanged. */
struct ff_pair_loss ff_pair_loss_toward(enum ff_direction direction, const struct ff_loss *loss,
                                        const struct ff_loss_constants *constants, double positive, double negative);

/* log(1 + e^x) and 1 / (1 + e^-x) without overflow. */
double ff_softplus(double x);
double ff_sigmoid(double x);

#endif

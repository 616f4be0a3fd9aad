/* The local objective of a layer: which rows a sample has, a goodness of each row's activations, and a loss of a sample
 * from the goodness of its rows.
 *
 * Adding a goodness or a loss is one entry in a table of objective.c (its formula, its derivative, its name) and its
 * word in config/schema.c. A loss says by `sides` which rows it wants: everything else, from the source's rows to the
 * metrics, follows that number. Pure functions; any thread may call them. */
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

/* The rows of a sample, in their order. Losses without negatives have the first side alone. */
enum ff_side {
	FF_POSITIVE, /* the image with its true label; unsupervised the image */
	FF_NEGATIVE, /* with a wrong label; unsupervised a hybrid image */
	FF_MAX_SIDES,
};

/* A loss of one sample. */
struct ff_loss {
	const char *name;
	size_t sides; /* S, the rows of a sample: those before this one of enum ff_side */
	/* L(g) of the goodness [S] of the sample's rows, and its true derivatives slope[s] = dL/dg_s. */
	double (*value)(const struct ff_loss_constants *constants, const double goodness[], double slope[]);
};

const struct ff_goodness *ff_goodness_of(enum ff_goodness_kind kind);
const struct ff_loss *ff_loss_of(enum ff_loss_kind kind);

/* The loss of a sample in the given direction, and slope[s] = dL/dg_s. FF_MAXIMISE: as the loss says; FF_MINIMISE:
 * positives are to have the low goodness, so the loss sees the two sides exchanged. */
double ff_loss_toward(enum ff_direction direction, const struct ff_loss *loss,
                      const struct ff_loss_constants *constants, const double goodness[], double slope[]);

/* log(1 + e^x) and 1 / (1 + e^-x) without overflow. */
double ff_softplus(double x);
double ff_sigmoid(double x);

#endif

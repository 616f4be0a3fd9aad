/* The local objective of a layer: which rows a sample has, the goodness of each row's activations, and the loss of a
 * sample from the goodness of its rows.
 *
 * To add a goodness or a loss, add an entry to a table in objective.c (name, formula, derivative) and its word to
 * config/schema.c. A loss says in `sides` which rows it needs; everything else, from the source's rows to the metrics,
 * follows from that number. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_OBJECTIVE_H
#define ENGINE_MODEL_OBJECTIVE_H

#include <stdbool.h>

#include "ffengine/experiment.h"
#include "model/kernels.h"

/* Constants of a goodness. */
struct ff_goodness_constants {
	size_t k; /* units of top_k, at least 1 */
};

/* Goodness g of one row of activations y [n] >= 0 (Hinton 2022, section 2). It is not finite if the row is not. */
struct ff_goodness {
	/* Returns g; sum_square = sum of y_j^2 is given, as every row has it. */
	float (*value)(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels, const float *y,
	               size_t n, float sum_square);
	/* delta[j] = slope * dg/dy_j where y_j > 0, else 0 (the derivative of the ReLU). delta may be y. */
	void (*gradient)(const struct ff_goodness_constants *constants, const struct ff_kernels *kernels,
	                 const float *y, size_t n, float slope, float *delta);
};

/* Constants of a loss. */
struct ff_loss_constants {
	double theta; /* threshold of logistic */
	double alpha; /* scale of symba and swish */
};

/* The rows of a sample, in order. Losses without negatives use only the first. */
enum ff_side {
	FF_POSITIVE, /* the image with its true label; unsupervised: the image */
	FF_NEGATIVE, /* the image with a wrong label; unsupervised: a hybrid image */
	FF_MAX_SIDES,
};

/* Whether a sample with so many sides has a negative. */
static inline bool ff_has_negative(size_t sides)
{
	return sides > FF_NEGATIVE;
}

/* A loss of one sample. */
struct ff_loss {
	size_t sides; /* S, the rows of a sample: the first S of enum ff_side */
	/* Returns L(g) of the goodness [S] of the sample's rows and sets its derivatives slope[s] = dL/dg_s. */
	double (*value)(const struct ff_loss_constants *constants, const double goodness[], double slope[]);
};

const struct ff_goodness *ff_goodness_of(enum ff_goodness_kind kind);
const struct ff_loss *ff_loss_of(enum ff_loss_kind kind);

/* The loss of a sample in the given direction, and slope[s] = dL/dg_s. FF_MAXIMISE: as the loss is defined.
 * FF_MINIMISE: positives are to have low goodness, so the loss gets the two sides exchanged. */
double ff_loss_toward(enum ff_direction direction, const struct ff_loss *loss,
                      const struct ff_loss_constants *constants, const double goodness[], double slope[]);

/* log(1 + e^x) and 1 / (1 + e^-x) without overflow. */
double ff_softplus(double x);
double ff_sigmoid(double x);

#endif

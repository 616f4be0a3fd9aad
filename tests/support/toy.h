/* A small layer of the engine with its memory and a batch to run through it, for the tests of the model. */
#ifndef TESTS_SUPPORT_TOY_H
#define TESTS_SUPPORT_TOY_H

#include "base/arena.h"
#include "model/weights.h"

struct toy {
	struct ff_arena arena;
	struct ff_layer layer;
	size_t rows;                      /* the most rows of a batch */
	float *y, *sum_square, *goodness; /* of the last forward pass, after dropout */
	uint32_t *images;                 /* [rows / 2], 0, 1, 2 and so on: whose dropout masks the rows have */
	uint32_t epoch;                   /* of the masks */
};

/* An experiment of two layers of the given widths with plain values for everything a layer reads: mean_square,
 * logistic at theta 1, pairs, adam, no decay, no peer normalisation, l2 with eps 1e-4, uniform initial values. */
struct ff_experiment toy_experiment(int width0, int width1);

/* Layer `index` of the experiment (borrowed) with `inputs` inputs, initialised by one thread, and room for a batch.
 * Fails a check and returns false without memory. */
bool toy_open(struct toy *toy, const struct ff_experiment *experiment, int index, size_t inputs, size_t pairs);

void toy_close(struct toy *toy);

/* Sets W and b. */
void toy_set(struct toy *toy, const double *weight, const double *bias);

/* Fills values [n] with normal deviates of the given size from a stream of their own. */
void toy_normal(float *values, size_t n, float size, uint32_t stream);

/* What dropout multiplies a unit by in training, from the definition in model/dropout.c. */
double toy_mask(const struct ff_experiment *experiment, int layer, uint32_t epoch, uint32_t image, bool negative,
                uint32_t unit);

/* Forward on the batch x [2 pairs x I] (positives, then negatives), with dropout where the layer has it, into toy->y
 * and so on, which it leaves alone, then learns from it in tiles of at most `tile` pairs; returns the sums over the
 * tiles. */
struct ff_tile_sums toy_learn(struct toy *toy, const struct ff_team *team, const float *x, size_t pairs, size_t tile);

#endif

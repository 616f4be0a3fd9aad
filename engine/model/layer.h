/* One Forward-Forward layer: its parameters, its forward pass, its local gradient and its update.
 *
 * Shapes: R rows, I inputs, O outputs. W [I x O], b [O]; all matrices row-major, but W of some layers and its optimizer
 * state, which are in panels (product/panels.h).
 *     forward   y = relu(x W + b)                         (Hinton 2022, section 2)
 *     drop      y = y * (0 or 1/(1-p)), where a layer has dropout, in training only
 *     learn     delta = dL/dg * dg/dy where y > 0
 *     gradient  grad W += x^T delta;  grad b += sum over rows of delta; over the rows whose delta is not 0: far from
 *               the threshold the logistic loss is flat to the last bit, so most rows have nothing more to teach
 *     update    the optimizer's step over W and b
 * No input gradient: the objective is local. A batch may come in several tiles, in a fixed order, with `learn` and
 * `gradient` for each; their gradients add up and one update follows. For a batch of one tile `step` is both at once.
 *
 * Every function works with the whole team and gives the same bits for any number of threads. The layer's memory is an
 * arena of the caller's; one leader at a time may use a layer. */
#ifndef ENGINE_MODEL_LAYER_H
#define ENGINE_MODEL_LAYER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"
#include "ffengine/experiment.h"
#include "machine/team.h"
#include "model/kernels.h"
#include "model/objective.h"
#include "model/optimizer.h"
#include "product/panels.h"

struct ff_layer {
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_layer_config *config;   /* of this layer, inside experiment */
	const struct ff_kernels *kernels;
	const struct ff_goodness *goodness;
	const struct ff_loss *loss;
	struct ff_goodness_constants goodness_constants;
	struct ff_loss_constants constants;
	int index;              /* of the layer, from 0 */
	size_t inputs, outputs; /* I, O */

	struct ff_parameters parameters; /* [I*O + O]: W, then b */
	/* Columns of W and of its state kept together (product/panels.h); 0: row-major, as the gradient always is. */
	size_t panel;

	/* Peer normalisation (Hinton 2022, section 3.2); NULL when it is off. */
	float *peer_mean;    /* m [O], running mean activity over positives, starts at 0.5 */
	float *activity_sum; /* [O], sum of y over the batch's positives */
	float *input_sum;    /* [I], sum of x over the batch's positives */

	/* What the images' offsets (model/labelled.h) add to the gradient of each of W's rows from offset_from on, if
	 * that is not 0. */
	float *offset_gradient; /* [O] */
	size_t offset_from;

	/* Scratch of one tile, for max_pairs pairs. */
	double *pair_loss;   /* [max_pairs] */
	unsigned char *idle; /* [2 max_pairs], rows whose delta is 0 */
	uint32_t *busy; /* [2 max_pairs], the others, in order; with labels the pairs that are not idle in both rows */
	size_t n_busy;
	uint16_t *live; /* columns of the tile's delta (product/live.h); NULL where their products make no use of it */
};

struct ff_labels;

/* What a layer learns from, pairs of rows: [0, pairs) are positives, [pairs, 2 pairs) the negatives of the same
 * pairs. */
struct ff_layer_input {
	const float *x; /* the rows [2 pairs x I]; or the pairs' images [pairs x I - C] (NULL: as lists), with */
	const struct ff_labels *labels; /* what makes rows of them (model/labelled.h); else NULL */
};

/* What one tile adds to the batch's and the epoch's means. */
struct ff_tile_sums {
	double loss;               /* sum over pairs */
	double positive, negative; /* sums of goodness */
};

/* Lays the layer out in the arena (see base/arena.h: once to measure, once for real) and fills in its constants.
 * max_pairs is the largest tile that ff_layer_learn() will see. */
void ff_layer_layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_experiment *experiment, int index,
                     size_t inputs, size_t max_pairs);

/* Do the layer's images come with labels that make rows of them (model/labelled.h)? */
static inline bool ff_layer_has_labels(const struct ff_experiment *experiment, int index)
{
	return experiment->mode == FF_SUPERVISED && index == 0;
}

/* The `panel` of a layer of the experiment, of which ff_layer_learn() will see no larger tiles. */
size_t ff_layer_panel_of(const struct ff_experiment *experiment, int index, size_t max_pairs);

/* Draws W and b from the seed's streams of layer `index`: normal: W ~ N(0, 1/I), b = 0; uniform: W and b uniform in
 * (-1/sqrt(I), 1/sqrt(I)] (the default of PyTorch's nn.Linear). Optimizer state starts at 0. */
void ff_layer_init(struct ff_layer *layer, const struct ff_team *team, int index);

enum { FF_LAYER_SPANS = FF_PARAMETERS_SPANS + 1 };

/* Where all lies that a layer takes from one batch to the next: parameters, optimizer state, step, peers' means. Fills
 * spans [FF_LAYER_SPANS] and returns how many there are; the layer owns them. */
int ff_layer_state(struct ff_layer *layer, struct ff_span spans[]);

/* W [I x O], as ff_layer_panels() says where its numbers stand, and b [O] of the layer. */
static inline float *ff_layer_weight(const struct ff_layer *layer)
{
	return layer->parameters.value;
}
static inline struct ff_panels ff_layer_panels(const struct ff_layer *layer)
{
	return (struct ff_panels){layer->inputs, layer->outputs, layer->panel ? layer->panel : layer->outputs};
}
/* W [i][j], for those who look at few of them. */
static inline float *ff_layer_weight_at(const struct ff_layer *layer, size_t i, size_t j)
{
	return layer->parameters.value + ff_panel_at(ff_layer_panels(layer), i, j);
}
static inline float *ff_layer_bias(const struct ff_layer *layer)
{
	return layer->parameters.value + layer->inputs * layer->outputs;
}

/* y [R x O] = relu(x W + b) for x [R x I]; sum_square [R] of each row of y; goodness [R]. */
void ff_layer_forward(const struct ff_layer *layer, const struct ff_team *team, const float *x, size_t rows, float *y,
                      float *sum_square, float *goodness);

/* Inverted dropout (Srivastava et al. 2014) of a tile in training: each unit of each row is dropped with the layer's
 * probability p, the others are scaled by 1/(1-p); then sum_square and goodness [2 pairs] anew. Rows [0, pairs) of
 * y [2 pairs x O] are the positives of the training images [pairs], [pairs, 2 pairs) their negatives. Nothing happens
 * without dropout. The mask is a function of (seed, layer, epoch, image, positive or negative, unit) alone, so a row
 * has the same one in whatever batch it comes. Not for evaluation nor for neutral rows. */
void ff_layer_drop(const struct ff_layer *layer, const struct ff_team *team, const uint32_t images[], size_t pairs,
                   uint32_t epoch, float *y, float *sum_square, float *goodness);

/* Losses of a tile: y [2 pairs x O] and goodness [2 pairs] as ff_layer_forward() left them, and ff_layer_drop() after
 * it; y becomes delta. `batch` is the number of pairs of the whole batch, which the loss is averaged over; `first`
 * starts a new batch's sums. */
struct ff_tile_sums ff_layer_learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                   float *y, const float *goodness, size_t pairs, size_t batch, bool first);

/* Adds the tile's gradient to the layer's, but for what the update adds; delta [2 pairs x O] from ff_layer_learn(),
 * overwritten where images come with labels. `first` starts a new batch's sums. */
void ff_layer_gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                       size_t pairs, bool first);

/* Ends the batch: peer normalisation's term and that of the images' offsets, then one optimizer step at rate_factor
 * times the layer's rate. */
void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor);

/* ff_layer_gradient() and ff_layer_update() of a batch that is one tile, to the same bits: a block of W takes its step
 * while its gradient is in cache, so the layer's gradient is left undefined. */
void ff_layer_step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
                   size_t pairs, double rate_factor);

/* Columns of `rows` rows that a thread sums at a time: whole cache lines. */
static inline size_t ff_column_grain(size_t rows)
{
	return (ff_team_grain(rows) + FF_LANES - 1) / FF_LANES * FF_LANES;
}

/* What a row is divided by, from its sum of squares over n values: l2: ||x|| + eps; rms: sqrt(mean x^2) + eps
 * (Hinton 2022, section 2: only the direction of the activity vector is handed on). */
float ff_norm_of(enum ff_norm kind, double eps, float sum_square, size_t n);

/* out [R x n] = rows of y [R x n], each divided by its norm; out may be y. */
void ff_normalize(const struct ff_kernels *kernels, const struct ff_team *team, enum ff_norm kind, double eps,
                  const float *y, const float *sum_square, size_t rows, size_t n, float *out);

#endif

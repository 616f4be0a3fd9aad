/* One Forward-Forward layer: its parameters, forward pass, local objective, gradient and update.
 *
 * Shapes: R rows, I inputs, O outputs; y [R x O]. A tile has n samples to learn from, each with S rows, its sides
 * (model/objective.h): row s n + i is side s of sample i, so first all positives, then their negatives.
 *
 *     forward   y = relu(x W + b) for a dense layer       (Hinton 2022, section 2)
 *     drop      y = y * (0 or 1/(1-p)), for a layer with dropout, in training only
 *     learn     delta = dL/dg * dg/dy where y > 0
 *     gradient  of the parameters, from delta; only over rows whose delta is not 0: far from the threshold the slope of
 *               the logistic loss rounds to 0, so after some training most rows contribute nothing
 *     update    the optimizer's step over all parameters
 *
 * There is no gradient for the inputs, because the objective is local. A mini-batch may come in several tiles in a
 * fixed order: `learn` and `gradient` are called for each, their gradients add up, and one update follows. For a
 * mini-batch of one tile, `step` does gradient and update at once.
 *
 * A kind of layer is a table of functions (struct ff_layer_kind): `dense` (model/dense.h), and `labelled`
 * (model/labelled.h) for the first layer of a supervised net. To add a kind, write its table and name it in
 * model/layer_kinds.c.
 *
 * Every function uses the whole team and gives the same bits for any number of threads. The memory belongs to the
 * caller's arena. One leader at a time may use a layer. */
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
#include "model/workload.h"
#include "product/panels.h"

struct ff_layer_kind;
struct ff_labels;

enum { FF_LAYER_ARRAYS = 3 };

struct ff_layer {
	const struct ff_layer_kind *kind;
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_layer_config *config;   /* this layer's section of the experiment */
	const struct ff_kernels *kernels;
	const struct ff_goodness *goodness;
	const struct ff_loss *loss;
	struct ff_goodness_constants goodness_constants;
	struct ff_loss_constants constants;
	int index;              /* of the layer, from 0 */
	size_t inputs, outputs; /* I, O */
	size_t sides;           /* S, rows of a sample */

	struct ff_parameters parameters; /* laid out by the kind; dense: W, then b, [I*O + O] */
	/* Columns of W and of its optimizer state that form a panel (product/panels.h); 0: row-major. The gradient is
	 * always row-major. */
	size_t panel;

	/* Peer normalisation (Hinton 2022, section 3.2); NULL when it is off. */
	float *peer_mean;    /* m [O], running mean activity over positives, initially 0.5 */
	float *activity_sum; /* [O], sum of y over the mini-batch's positives */
	float *input_sum;    /* [I], sum of x over the mini-batch's positives */

	/* If offset_from is not 0: what the images' offsets (model/labelled.h) add to the gradient of each row of W
	 * from offset_from on. */
	float *offset_gradient; /* [O] */
	size_t offset_from;

	/* Workspace of one tile. */
	double *sample_loss; /* [max n] */
	unsigned char *idle; /* [S max n], 1: the row's delta is 0 */
	uint32_t *busy;      /* [S max n], the other rows, in order; labelled: the samples with at least one such row */
	size_t n_busy;
	uint16_t
	    *live; /* nonzero columns of the tile's delta (product/live.h); NULL where the products do not use them */
	float *own[FF_LAYER_ARRAYS]; /* arrays for the kind's own use */
};

/* The input of a layer. */
struct ff_layer_input {
	const float *x;                 /* dense rows [R x I]; with labels, images [m x I - C] (NULL: CSR rows) */
	const struct ff_labels *labels; /* labels that turn images into rows (model/labelled.h), or NULL */
	bool known;                     /* same images as in the last forward pass, and no weight has changed since */
};

/* The largest input of a layer. */
struct ff_layer_size {
	size_t inputs;  /* I */
	size_t samples; /* n of a tile */
	size_t images;  /* images with labels */
};

/* What one tile adds to the means of the mini-batch and the epoch. */
struct ff_tile_sums {
	double loss;               /* over samples */
	double positive, negative; /* goodness, over samples */
};

/* The rows of a packet for one layer, to estimate the work on them. */
struct ff_layer_rows {
	size_t samples; /* n to learn from */
	size_t sides;   /* S rows of each sample */
	size_t images;  /* images with labels that are not known */
	size_t rows;    /* R */
	double tiles;   /* of a mini-batch */
	size_t classes; /* C */
	size_t most;    /* samples of a full tile */
};

/* A tensor of a layer for the model file, which holds a matrix transposed: W [I x O] becomes [O x I]. */
struct ff_layer_tensor {
	const char *name; /* "weight" */
	const float *data;
	size_t rows, columns; /* [rows x columns]; columns 0: a vector */
	size_t panel;         /* columns kept together (product/panels.h); 0: row-major */
};
enum { FF_LAYER_TENSORS = 2 };

struct ff_layer_kind {
	const char *name; /* "dense" */
	bool labelled;    /* takes images with labels instead of rows */

	/* Lays out its parameters and workspace in the arena (base/arena.h: once to measure, once for real). ff_layer_layout()
	 * has set what kinds share; the parameters (model/parameters.h) and the kind's own fields are left to it. */
	void (*layout)(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_size *most);
	/* Draws the initial parameters and clears their gradient and state. */
	void (*init)(struct ff_layer *layer, const struct ff_team *team);

	/* Computes y, sum_square and goodness of the rows. */
	void (*forward)(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
	                size_t rows, float *y, float *sum_square, float *goodness);
	/* Optional, for peer normalisation: input_sum (+)= the sum of the positives' inputs. */
	void (*sum_inputs)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
	                   size_t samples, bool first);
	/* Optional: collects in `busy`, from `idle`, what a tile's gradient is computed over. Default: all rows that
	 * are not idle. */
	void (*list_busy)(struct ff_layer *layer, size_t samples);
	/* Like the functions below. */
	void (*gradient)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
	                 size_t samples, bool first);
	void (*update)(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor);
	/* Optional: faster than gradient and update, with the same bits. */
	void (*step)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
	             size_t samples, double rate_factor);

	/* The work of layer `index` with I inputs on a packet; `workload` must be all 0. */
	void (*workload)(const struct ff_experiment *experiment, int index, size_t inputs,
	                 const struct ff_layer_rows *rows, struct ff_workload *workload);
	/* Optional: what a model file holds of it. Fills tensors [FF_LAYER_TENSORS] and returns how many. Without it a
	 * net with such a layer cannot be stored. */
	int (*tensors)(const struct ff_layer *layer, struct ff_layer_tensor tensors[]);
};

/* Lays layer `index` out in the arena and sets its constants. */
void ff_layer_layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_kind *kind,
                     const struct ff_experiment *experiment, int index, const struct ff_layer_size *most);

/* Sets initial parameters; optimizer state and number of steps are 0. */
static inline void ff_layer_init(struct ff_layer *layer, const struct ff_team *team)
{
	layer->kind->init(layer, team);
}

enum { FF_LAYER_SPANS = FF_PARAMETERS_SPANS + 1 };

/* Fills spans [FF_LAYER_SPANS] with all state that outlives a mini-batch (parameters, optimizer state, step, peers'
 * means) and returns how many there are. The layer owns the memory. */
int ff_layer_state(struct ff_layer *layer, struct ff_span spans[]);

/* Computes y [R x O] of the input's rows; sum_square [R], the sum of squares of each row of y; goodness [R]. */
static inline void ff_layer_forward(const struct ff_layer *layer, const struct ff_team *team,
                                    struct ff_layer_input input, size_t rows, float *y, float *sum_square,
                                    float *goodness);

/* The goodness of a complete row of activations y [O] and its sum of squares. */
static inline float ff_layer_goodness(const struct ff_layer *layer, const float *y, float sum_square)
{
	return layer->goodness->value(&layer->goodness_constants, layer->kernels, y, layer->outputs, sum_square);
}

/* Inverted dropout (Srivastava et al. 2014) of a tile in training: drops each unit of each row with the layer's
 * probability p and scales the others by 1/(1-p), then recomputes sum_square and goodness [S n]. y [S n x O] are the
 * rows of the training images [n]. Does nothing without dropout. The mask depends only on (seed, layer, epoch, image,
 * side, unit), so a row gets the same one in any mini-batch. Not for evaluation or neutral rows. */
void ff_layer_drop(const struct ff_layer *layer, const struct ff_team *team, const uint32_t images[], size_t samples,
                   uint32_t epoch, float *y, float *sum_square, float *goodness);

/* Losses of a tile: y [S n x O] and goodness [S n] as ff_layer_forward() and ff_layer_drop() left them; replaces y by
 * delta. The loss is averaged over the `batch` samples of the whole mini-batch; `first` starts the sums of a new
 * one. */
struct ff_tile_sums ff_layer_learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                   float *y, const float *goodness, size_t samples, size_t batch, bool first);

/* Adds the tile's gradient to the layer's, except for the terms that the update adds. delta [S n x O] comes from
 * ff_layer_learn() and is overwritten where images come with labels. `first` starts the sums of a new mini-batch. */
static inline void ff_layer_gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                     float *delta, size_t samples, bool first);

/* Ends the mini-batch: adds the terms of peer normalisation and of the images' offsets, then takes one optimizer step
 * at rate_factor times the layer's rate. */
static inline void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch,
                                   double rate_factor);

/* ff_layer_gradient() and ff_layer_update() of a mini-batch that is one tile, with the same bits. Each block of W is
 * updated while its gradient is in cache, so the layer's gradient is left undefined. */
static inline void ff_layer_step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                 float *delta, size_t samples, double rate_factor);

/* Number of terms that a sample counts for in the mean over a mini-batch; with `reduce: rows` each of its rows is
 * one. */
static inline double ff_loss_terms(const struct ff_layer *layer)
{
	return layer->experiment->objective.reduce == FF_REDUCE_ROWS ? (double)layer->sides : 1.0;
}

/* sum[j] (+)= sum over rows of a [rows x n], j in [begin, end), rows in order. */
void ff_sum_columns(const struct ff_kernels *kernels, const float *a, size_t rows, size_t n, size_t begin, size_t end,
                    bool first, float *sum);

/* Columns of `rows` rows that a thread sums at a time; a multiple of the cache line. */
static inline size_t ff_column_grain(size_t rows)
{
	return (ff_team_grain(rows) + FF_LANES - 1) / FF_LANES * FF_LANES;
}

/* The divisor of a row, from its sum of squares over n values. l2: ||x|| + eps; rms: sqrt(mean x^2) + eps (Hinton 2022,
 * section 2: the next layer sees only the direction of the activity vector). */
float ff_norm_of(enum ff_norm kind, double eps, float sum_square, size_t n);

/* out [R x n] = rows of y [R x n], each divided by its norm. out may be y. */
void ff_normalize(const struct ff_kernels *kernels, const struct ff_team *team, enum ff_norm kind, double eps,
                  const float *y, const float *sum_square, size_t rows, size_t n, float *out);

static inline void ff_layer_forward(const struct ff_layer *layer, const struct ff_team *team,
                                    struct ff_layer_input input, size_t rows, float *y, float *sum_square,
                                    float *goodness)
{
	layer->kind->forward(layer, team, input, rows, y, sum_square, goodness);
}

static inline void ff_layer_gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                     float *delta, size_t samples, bool first)
{
	layer->kind->gradient(layer, team, input, delta, samples, first);
}

static inline void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor)
{
	layer->kind->update(layer, team, batch, rate_factor);
}

static inline void ff_layer_step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                 float *delta, size_t samples, double rate_factor)
{
	if (layer->kind->step) {
		layer->kind->step(layer, team, input, delta, samples, rate_factor);
		return;
	}
	ff_layer_gradient(layer, team, input, delta, samples, true);
	ff_layer_update(layer, team, samples, rate_factor);
}

#endif

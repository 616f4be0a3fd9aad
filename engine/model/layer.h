/* One Forward-Forward layer: its parameters, its forward pass, its local objective, its gradient and its update.
 *
 * Shapes: R rows, I inputs, O outputs; y [R x O]. A tile has n samples to learn from, each with S rows of its own, its
 * sides (model/objective.h): row s n + i is side s of sample i, so positives come first, then their negatives.
 *     forward   y = relu(x W + b) of a dense layer        (Hinton 2022, section 2)
 *     drop      y = y * (0 or 1/(1-p)), where a layer has dropout, in training only
 *     learn     delta = dL/dg * dg/dy where y > 0
 *     gradient  of the parameters, from delta; over the rows whose delta is not 0: far from the threshold the logistic
 *               loss is flat to the last bit, so most rows have nothing more to teach
 *     update    the optimizer's step over all parameters
 * No input gradient: the objective is local. A batch may come in several tiles, in a fixed order, with `learn` and
 * `gradient` for each; their gradients add up and one update follows. For a batch of one tile `step` is both at once.
 *
 * What is special to a kind of layer is a table of functions (struct ff_layer_kind): `dense` (model/dense.c), and
 * `labelled` (model/labelled.h) for the first layer of a supervised net. To add one, write its table and name it in
 * model/layer_kinds.c.
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
#include "model/workload.h"
#include "product/panels.h"

struct ff_layer_kind;
struct ff_labels;

enum { FF_LAYER_ARRAYS = 3 };

struct ff_layer {
	const struct ff_layer_kind *kind;
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_layer_config *config;   /* of this layer, inside experiment */
	const struct ff_kernels *kernels;
	const struct ff_goodness *goodness;
	const struct ff_loss *loss;
	struct ff_goodness_constants goodness_constants;
	struct ff_loss_constants constants;
	int index;              /* of the layer, from 0 */
	size_t inputs, outputs; /* I, O */
	size_t sides;           /* S, rows of a sample */

	struct ff_parameters parameters; /* the kind's; dense: W, then b, [I*O + O] */
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

	/* Workspace of one tile. */
	double *sample_loss; /* [max n] */
	unsigned char *idle; /* [S max n], rows whose delta is 0 */
	uint32_t *busy; /* [S max n], the others, in order; labelled: the samples that are not idle on every side */
	size_t n_busy;
	uint16_t *live; /* columns of the tile's delta (product/live.h); NULL where their products make no use of it */
	float *own[FF_LAYER_ARRAYS]; /* arrays of the kind's own */
};

/* What a layer computes on. */
struct ff_layer_input {
	const float *x;                 /* rows [R x I]; or images [m x I - C] (NULL: as CSR rows), with */
	const struct ff_labels *labels; /* what makes rows of them (model/labelled.h); else NULL */
	bool known; /* the images are those of the last forward pass, and no weight has changed since */
};

/* The most that a layer will be given at once. */
struct ff_layer_size {
	size_t inputs;  /* I */
	size_t samples; /* n of a tile to learn from */
	size_t images;  /* that come with labels */
};

/* What one tile adds to the batch's and the epoch's means. */
struct ff_tile_sums {
	double loss;               /* over samples */
	double positive, negative; /* goodness, over samples */
};

/* A packet's rows as a layer meets them, to tell their work. */
struct ff_layer_rows {
	size_t samples; /* n to learn from, and */
	size_t sides;   /* S of each */
	size_t images;  /* that come with labels and are not known */
	size_t rows;    /* R */
	double tiles;   /* of a batch */
	size_t classes; /* C */
	size_t most;    /* samples of a tile */
};

struct ff_layer_kind {
	const char *name; /* "dense" */
	bool labelled;    /* takes images with labels, instead of rows */

	/* Lays its parameters and workspace out in the arena (base/arena.h: once to measure, once for real). Everything
	 * that does not depend on the kind is filled in. */
	void (*layout)(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_size *most);
	/* Draws the initial parameters, and sets their gradient and state to 0. */
	void (*init)(struct ff_layer *layer, const struct ff_team *team);

	/* y, sum_square and goodness of the rows. */
	void (*forward)(const struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
	                size_t rows, float *y, float *sum_square, float *goodness);
	/* Optional, for peer normalisation: input_sum (+)= the sum of the positives' inputs. */
	void (*sum_inputs)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
	                   size_t samples, bool first);
	/* Optional: lists in `busy` what a tile's gradient is taken over, from `idle`; by default the rows that are not idle. */
	void (*list_busy)(struct ff_layer *layer, size_t samples);
	/* As the functions below. */
	void (*gradient)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
	                 size_t samples, bool first);
	void (*update)(struct ff_layer *layer, const struct ff_team *team, size_t batch, double rate_factor);
	/* Optional: faster than gradient and update, to the same bits. */
	void (*step)(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input, float *delta,
	             size_t samples, double rate_factor);

	/* The work on a packet of layer `index` with I inputs; `workload` is all 0. */
	void (*workload)(const struct ff_experiment *experiment, int index, size_t inputs,
	                 const struct ff_layer_rows *rows, struct ff_workload *workload);
};

/* Lays layer `index` out in the arena and fills in its constants. */
void ff_layer_layout(struct ff_layer *layer, struct ff_arena *arena, const struct ff_layer_kind *kind,
                     const struct ff_experiment *experiment, int index, const struct ff_layer_size *most);

/* Initial parameters; the optimizer's state and steps are 0. */
static inline void ff_layer_init(struct ff_layer *layer, const struct ff_team *team)
{
	layer->kind->init(layer, team);
}

enum { FF_LAYER_SPANS = FF_PARAMETERS_SPANS + 1 };

/* Where all lies that a layer takes from one batch to the next: parameters, optimizer state, step, peers' means. Fills
 * spans [FF_LAYER_SPANS] and returns how many there are; the layer owns them. */
int ff_layer_state(struct ff_layer *layer, struct ff_span spans[]);

/* y [R x O] of the input's rows; sum_square [R] of each row of y; goodness [R]. */
static inline void ff_layer_forward(const struct ff_layer *layer, const struct ff_team *team,
                                    struct ff_layer_input input, size_t rows, float *y, float *sum_square,
                                    float *goodness);

/* Row y [O] of activations is complete, and so is the sum of its squares: its goodness. */
static inline float ff_layer_goodness(const struct ff_layer *layer, const float *y, float sum_square)
{
	return layer->goodness->value(&layer->goodness_constants, layer->kernels, y, layer->outputs, sum_square);
}

/* Inverted dropout (Srivastava et al. 2014) of a tile in training: each unit of each row is dropped with the layer's
 * probability p, the others are scaled by 1/(1-p); then sum_square and goodness [S n] anew. y [S n x O] are the rows of
 * the training images [n]. Nothing happens without dropout. The mask is a function of (seed, layer, epoch, image, side,
 * unit) alone, so a row has the same one in whatever batch it comes. Not for evaluation nor for neutral rows. */
void ff_layer_drop(const struct ff_layer *layer, const struct ff_team *team, const uint32_t images[], size_t samples,
                   uint32_t epoch, float *y, float *sum_square, float *goodness);

/* Losses of a tile: y [S n x O] and goodness [S n] as ff_layer_forward() left them, and ff_layer_drop() after it; y
 * becomes delta. `batch` is the number of samples of the whole batch, which the loss is averaged over; `first` starts a
 * new batch's sums. */
struct ff_tile_sums ff_layer_learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                   float *y, const float *goodness, size_t samples, size_t batch, bool first);

/* Adds the tile's gradient to the layer's, but for what the update adds; delta [S n x O] from ff_layer_learn(),
 * overwritten where images come with labels. `first` starts a new batch's sums. */
static inline void ff_layer_gradient(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                     float *delta, size_t samples, bool first);

/* Ends the batch: peer normalisation's term and that of the images' offsets, then one optimizer step at rate_factor
 * times the layer's rate. */
static inline void ff_layer_update(struct ff_layer *layer, const struct ff_team *team, size_t batch,
                                   double rate_factor);

/* ff_layer_gradient() and ff_layer_update() of a batch that is one tile, to the same bits: a block of W takes its step
 * while its gradient is in cache, so the layer's gradient is left undefined. */
static inline void ff_layer_step(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                 float *delta, size_t samples, double rate_factor);

/* Terms that a sample counts as in the mean of a batch: with `reduce: rows` each of its rows is one. */
static inline double ff_loss_terms(const struct ff_layer *layer)
{
	return layer->experiment->objective.reduce == FF_REDUCE_ROWS ? (double)layer->sides : 1.0;
}

/* sum[j] (+)= sum over rows of a [rows x n], j in [begin, end), rows in order. */
void ff_sum_columns(const struct ff_kernels *kernels, const float *a, size_t rows, size_t n, size_t begin, size_t end,
                    bool first, float *sum);

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

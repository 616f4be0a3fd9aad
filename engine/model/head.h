/* The head: a softmax classifier on the normalised activations of selected layers (Hinton 2022, section 3.3).
 *
 * Shapes: R rows, O_l units of selected layer l, I = sum of O_l, C classes; W [I x C] is split by layers into W_l.
 *
 *     logits  z = sum over l of A_l W_l + b                    A_l [R x O_l]
 *     loss    (1/B) sum over rows of -log softmax(z)[label]
 *     learn   delta = (softmax(z) - onehot(label)) / B;  grad W_l += A_l^T delta;  grad b += sum over rows of delta
 *     update  an optimizer step with the head's own rate and decay (no decay of the bias)
 *
 * Weights start at 0. No gradient flows back to the layers. The head has its own kind of optimizer, rate and decay; the
 * other constants come from the experiment's section `optimizer`.
 *
 * Every function uses the whole team and gives the same bits for any number of threads. The memory belongs to the
 * caller's arena. One leader at a time may use a head. */
#ifndef ENGINE_MODEL_HEAD_H
#define ENGINE_MODEL_HEAD_H

#include "base/arena.h"
#include "ffengine/experiment.h"
#include "machine/team.h"
#include "model/kernels.h"
#include "model/optimizer.h"

struct ff_head {
	const struct ff_experiment *experiment; /* borrowed */
	const struct ff_kernels *kernels;
	int n_parts;                  /* number of selected layers */
	int layers[FF_MAX_LAYERS];    /* [n_parts], from 0 */
	size_t widths[FF_MAX_LAYERS]; /* [n_parts], O_l */
	size_t inputs, classes;       /* I, C */

	struct ff_parameters parameters; /* [I*C + C]: W, then b */

	/* Workspace for max_rows rows. */
	float *delta; /* [max_rows x C] */
	double *loss; /* [max_rows] */
};

/* What some rows add to an epoch's means. */
struct ff_head_sums {
	double loss; /* sum over rows */
	size_t wrong, rows;
};

/* Lays the head out in the arena (base/arena.h: once to measure, once for real) for `classes` classes and up to
 * max_rows rows. */
void ff_head_layout(struct ff_head *head, struct ff_arena *arena, const struct ff_experiment *experiment,
                    size_t classes, size_t max_rows);

/* Sets weights and optimizer state to 0. */
void ff_head_init(struct ff_head *head);

/* logits [R x C] from the activations of the parts [n_parts], each [R x O_l]. A row's logits do not depend on the other
 * rows. */
void ff_head_logits(const struct ff_head *head, const struct ff_team *team, const float *const parts[], size_t rows,
                    float *logits);

/* Learns from rows with known logits; labels [R] < C; R <= max_rows. The loss is averaged over the `batch` rows of the
 * whole mini-batch, which may come in several tiles in a fixed order; `first` starts its sums. A row that is not finite
 * makes the loss NaN. */
struct ff_head_sums ff_head_learn(struct ff_head *head, const struct ff_team *team, const float *const parts[],
                                  size_t rows, const float *logits, const uint8_t *labels, size_t batch, bool first);

/* Ends a mini-batch: one optimizer step at rate_factor times the head's rate. */
void ff_head_update(struct ff_head *head, const struct ff_team *team, double rate_factor);

/* Index of the largest of scores [n], the first one on a tie. A NaN is never larger than another score. */
int ff_head_answer(const float *scores, size_t n);

/* Draws an index in [0, n) other than `label`, n >= 2, with odds exp(logits) (softmax with the true class masked;
 * Hinton 2022, section 3.3), by inverting the cumulative distribution at the uniform number u in (0, 1]. Never `label`:
 * if the odds of the others are not finite or all 0, all others are equally likely. A pure function. */
int ff_draw_by_logits(const float *logits, size_t n, int label, double u);

/* The same with odds sqrt(goodness) (the swish recipe of the 2023 replication). */
int ff_draw_by_goodness(const double *goodness, size_t n, int label, double u);

#endif

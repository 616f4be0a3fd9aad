/* The head: a softmax classifier on the normalised activations of chosen layers (Hinton 2022, section 3.3).
 *
 * Shapes: R rows, O_l units of chosen layer l, I = sum of O_l, C classes; W [I x C] is split by layers into W_l.
 *     logits  z = sum over l of A_l W_l + b                    A_l [R x O_l]
 *     loss    (1/B) sum over rows of -log softmax(z)[label]
 *     learn   delta = (softmax(z) - onehot(label)) / B;  grad W_l += A_l^T delta;  grad b += sum over rows of delta
 *     update  the optimizer's step with the head's own rate and decay (the bias has none)
 * Weights start at 0. No gradient goes back to the layers. The optimizer's kind, rate and decay are the head's own, its
 * other constants those of the experiment's section optimizer.
 *
 * Every function works with the whole team and gives the same bits for any number of threads. The memory is an arena of
 * the caller's; one leader at a time may use a head. */
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
	int n_parts;                  /* chosen layers */
	int layers[FF_MAX_LAYERS];    /* [n_parts], from 0 */
	size_t widths[FF_MAX_LAYERS]; /* [n_parts], O_l */
	size_t inputs, classes;       /* I, C */

	struct ff_parameters parameters; /* [I*C + C]: W, then b */

	/* Scratch, for max_rows rows. */
	float *delta; /* [max_rows x C] */
	double *loss; /* [max_rows] */
};

/* What learning from some rows adds to an epoch's means. */
struct ff_head_sums {
	double loss; /* sum over rows */
	size_t wrong, rows;
};

/* Lays the head out in the arena (measure, then for real) for `classes` classes and rows up to max_rows. */
void ff_head_layout(struct ff_head *head, struct ff_arena *arena, const struct ff_experiment *experiment,
                    size_t classes, size_t max_rows);

/* Weights, state and sums to 0. */
void ff_head_init(struct ff_head *head);

/* logits [R x C] from the parts' activations [n_parts] of [R x O_l]. A row's logits do not depend on the other rows. */
void ff_head_logits(const struct ff_head *head, const struct ff_team *team, const float *const parts[], size_t rows,
                    float *logits);

/* Learns from rows whose logits are given; labels [R], each below C; R at most max_rows. `batch` rows make up the whole
 * batch, which the loss is averaged over and which may come in several tiles, in a fixed order; `first` starts its
 * sums. A row that is not finite makes the loss NaN. */
struct ff_head_sums ff_head_learn(struct ff_head *head, const struct ff_team *team, const float *const parts[],
                                  size_t rows, const float *logits, const uint8_t *labels, size_t batch, bool first);

/* Ends the batch: one optimizer step at rate_factor times the head's rate. */
void ff_head_update(struct ff_head *head, const struct ff_team *team, double rate_factor);

/* Index of the greatest of scores [n]; the first on a tie. A NaN is never greater than another. */
int ff_head_answer(const float *scores, size_t n);

/* An index in [0, n) other than `label`, n >= 2, drawn with the odds exp(logits) (the softmax with the true class
 * masked; Hinton 2022, section 3.3) from one uniform number u in (0, 1], by the inverse of their cumulative
 * distribution. Never `label`: where the odds of the others are not finite or all 0, each is as likely. Pure. */
int ff_draw_by_logits(const float *logits, size_t n, int label, double u);

/* The same with the odds sqrt(goodness) (of the 2023 replication's swish recipe). */
int ff_draw_by_goodness(const double *goodness, size_t n, int label, double u);

#endif

#include "model/head.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "ffengine/run.h"
#include "model/kernel_sets.h"
#include "product/gemm.h"

/* Cost of one exponential of a row's softmax, in numbers touched. */
enum { EXP_COST = 32 };

void ff_head_layout(struct ff_head *head, struct ff_arena *arena, const struct ff_experiment *experiment,
                    size_t classes, size_t max_rows)
{
	*head = (struct ff_head){.experiment = experiment, .kernels = ff_kernels_best(), .classes = classes};
	for (int l = 0; l < experiment->n_layers; l++)
		if (ff_layer_set_has(&experiment->head.layers, l)) {
			head->layers[head->n_parts] = l;
			head->widths[head->n_parts++] = (size_t)experiment->layers[l].width;
			head->inputs += (size_t)experiment->layers[l].width;
		}
	ff_parameters_layout(&head->parameters, arena, (head->inputs + 1) * classes, experiment->head.optimizer);
	head->delta = ff_arena_take(arena, max_rows, classes * sizeof(float));
	head->loss = ff_arena_take(arena, max_rows, sizeof(double));
}

void ff_head_init(struct ff_head *head)
{
	memset(head->parameters.value, 0, head->parameters.n * sizeof(float));
	ff_parameters_clear(&head->parameters, 0, head->parameters.n);
	head->parameters.step = 0;
}

/* ---- forward ---- */

void ff_head_logits(const struct ff_head *head, const struct ff_team *team, const float *const parts[], size_t rows,
                    float *logits)
{
	const float *weight = head->parameters.value, *bias = head->parameters.value + head->inputs * head->classes;
	for (size_t r = 0; r < rows; r++)
		memcpy(logits + r * head->classes, bias, head->classes * sizeof *bias);
	for (int i = 0; i < head->n_parts; i++) {
		/* z += A_l W_l */
		ff_gemm(team, false, rows, head->classes, head->widths[i], parts[i], weight, 1.0F, logits);
		weight += head->widths[i] * head->classes;
	}
}

int ff_head_answer(const float *scores, size_t n)
{
	size_t best = 0;
	for (size_t c = 1; c < n; c++)
		if (scores[c] > scores[best])
			best = c;
	return (int)best;
}

/* ---- learn ---- */

struct softmax_work {
	const struct ff_head *head;
	const float *logits;
	const uint8_t *labels;
	float mean; /* 1 / B */
};

/* delta = (softmax(z) - onehot) / B and loss = log sum_c exp(z_c) - z_label, with the largest z subtracted in both. */
static void softmax_rows(void *context, size_t begin, size_t end)
{
	const struct softmax_work *work = context;
	size_t classes = work->head->classes;
	for (size_t r = begin; r < end; r++) {
		const float *z = work->logits + r * classes;
		float *delta = work->head->delta + r * classes;
		float most = z[ff_head_answer(z, classes)];
		double sum = 0;
		for (size_t c = 0; c < classes; c++) {
			double e = exp((double)(z[c] - most));
			delta[c] = (float)e;
			sum += e;
		}
		for (size_t c = 0; c < classes; c++)
			delta[c] = work->mean * (float)((double)delta[c] / sum - (c == work->labels[r] ? 1.0 : 0.0));
		work->head->loss[r] = log(sum) - (double)(z[work->labels[r]] - most);
	}
}

struct bias_work {
	const struct ff_head *head;
	size_t rows;
	float *sum; /* [C] */
};

/* All columns in one call, as there are few. */
static void bias_sums(void *context, size_t begin, size_t end)
{
	const struct bias_work *work = context;
	size_t classes = work->head->classes;
	(void)begin, (void)end;
	for (size_t r = 0; r < work->rows; r++)
		work->head->kernels->add_scaled(work->sum, 1.0F, work->head->delta + r * classes, classes);
}

static struct ff_head_sums add_up(const struct ff_head *head, const float *logits, const uint8_t *labels, size_t rows)
{
	struct ff_head_sums sums = {.rows = rows};
	for (size_t r = 0; r < rows; r++) { /* in order, so that the bits are the same for any team */
		sums.loss += head->loss[r];
		sums.wrong += ff_head_answer(logits + r * head->classes, head->classes) != labels[r];
	}
	return sums;
}

struct ff_head_sums ff_head_learn(struct ff_head *head, const struct ff_team *team, const float *const parts[],
                                  size_t rows, const float *logits, const uint8_t *labels, size_t batch, bool first)
{
	struct softmax_work work = {head, logits, labels, 1.0F / (float)batch};
	float *gradient = head->parameters.gradient, *bias = head->parameters.gradient + head->inputs * head->classes;
	ff_team_for(team, rows, ff_team_grain(EXP_COST * head->classes), softmax_rows, &work);
	for (int i = 0; i < head->n_parts; i++) {
		/* grad W_l (+)= A_l^T delta */
		ff_gemm(team, true, head->widths[i], head->classes, rows, parts[i], head->delta, first ? 0.0F : 1.0F,
		        gradient);
		gradient += head->widths[i] * head->classes;
	}
	if (first)
		memset(bias, 0, head->classes * sizeof *bias);
	struct bias_work sum = {head, rows, bias};
	ff_team_for(team, 1, 1, bias_sums, &sum);
	return add_up(head, logits, labels, rows);
}

/* ---- update ---- */

struct update_work {
	struct ff_head *head;
	struct ff_optimizer_step step;
	size_t first; /* row of [W; b] that item 0 of the range is */
};

static void update_rows(void *context, size_t begin, size_t end)
{
	const struct update_work *work = context;
	struct ff_head *head = work->head;
	size_t at = (work->first + begin) * head->classes;
	ff_optimizer_apply(&work->step, head->kernels, &head->parameters, at,
	                   (struct ff_step_block){.rows = 1,
	                                          .n = (end - begin) * head->classes,
	                                          .gradient = head->parameters.gradient + at});
}

void ff_head_update(struct ff_head *head, const struct ff_team *team, double rate_factor)
{
	const struct ff_experiment *e = head->experiment;
	double rate = rate_factor * e->head.rate;
	head->parameters.step++;
	enum ff_optimizer_kind kind = e->head.optimizer;
	struct update_work weights = {head, ff_optimizer_step_at(e, kind, rate, e->head.decay, head->parameters.step),
	                              0};
	struct update_work bias = {head, ff_optimizer_step_at(e, kind, rate, 0, head->parameters.step), head->inputs};
	ff_team_for(team, head->inputs, ff_team_grain(head->classes), update_rows, &weights);
	ff_team_for(team, 1, 1, update_rows, &bias);
}

/* ---- drawing wrong labels ---- */

/* Draws an index other than `label` with odds [n], which are 0 at `label`. Since u * total <= total, and the last
 * partial sum equals the total bit for bit, a u in (0, 1] always ends at an index with odds above 0. */
static int draw(const double *odds, size_t n, int label, double u)
{
	double total = 0, sum = 0;
	for (size_t c = 0; c < n; c++)
		total += odds[c];
	bool usable = isfinite(total) && total > 0;
	if (!usable)
		total = (double)(n - 1);
	int last = -1;
	for (size_t c = 0; c < n; c++) {
		if ((int)c == label || (usable && !(odds[c] > 0)))
			continue;
		sum += usable ? odds[c] : 1;
		last = (int)c;
		if (sum >= u * total)
			break;
	}
	return last;
}

int ff_draw_by_logits(const float *logits, size_t n, int label, double u)
{
	double odds[FF_MAX_CLASSES], most = -INFINITY;
	assert(n >= 2 && n <= FF_MAX_CLASSES);
	for (size_t c = 0; c < n; c++)
		if ((int)c != label && (double)logits[c] > most)
			most = (double)logits[c];
	for (size_t c = 0; c < n; c++)
		odds[c] = (int)c == label ? 0 : exp((double)logits[c] - most);
	return draw(odds, n, label, u);
}

int ff_draw_by_goodness(const double *goodness, size_t n, int label, double u)
{
	double odds[FF_MAX_CLASSES];
	assert(n >= 2 && n <= FF_MAX_CLASSES);
	for (size_t c = 0; c < n; c++)
		odds[c] = (int)c == label ? 0 : sqrt(goodness[c]);
	return draw(odds, n, label, u);
}

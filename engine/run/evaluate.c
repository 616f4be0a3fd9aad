#include "run/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/head.h"

/* The results of an inference packet: goodness [L x images C] (of scored rows) and logits [images x C]. */
struct answers {
	const struct ff_experiment *experiment;
	const struct ff_slot *slot;
	int classes;
};

/* The index of the greatest of scores [n], the first one on a tie. */
static int greatest(const double *scores, int n)
{
	int best = 0;
	for (int c = 1; c < n; c++)
		if (scores[c] > scores[best])
			best = c;
	return best;
}

/* Adds layer l's goodness of image i with each label, with a sign that makes the greatest the most positive. */
static void add_goodness(const struct answers *a, int l, size_t i, double *scores)
{
	const float *goodness = ff_slot_goodness(a->slot, l) + i * (size_t)a->classes;
	double sign = a->experiment->objective.direction == FF_MINIMISE ? -1 : 1;
	for (int c = 0; c < a->classes; c++)
		scores[c] += sign * (double)goodness[c];
}

static int answer_of_layer(const struct answers *a, int l, size_t i)
{
	double scores[FF_MAX_CLASSES] = {0};
	add_goodness(a, l, i, scores);
	return greatest(scores, a->classes);
}

static int answer_by_goodness(const struct answers *a, size_t i)
{
	double scores[FF_MAX_CLASSES] = {0};
	for (int l = 0; l < a->slot->packet->end; l++)
		if (ff_layer_set_has(&a->experiment->evaluate.layers, l))
			add_goodness(a, l, i, scores);
	return greatest(scores, a->classes);
}

static int answer_by_head(const struct answers *a, size_t i)
{
	const float *logits = ff_slot_logits(a->slot, a->experiment->n_layers) + i * (size_t)a->classes;
	return ff_head_answer(logits, (size_t)a->classes);
}

static ff_status check_finite(const struct answers *a, struct ff_error *error)
{
	const struct ff_packet *packet = a->slot->packet;
	char where[64];
	for (int l = 0; l < packet->end; l++)
		for (size_t r = 0; r < packet->scored; r++)
			if (!isfinite(ff_slot_goodness(a->slot, l)[r])) {
				snprintf(where, sizeof where, "layer %d, evaluation after epoch %lld", l + 1,
				         (long long)packet->epoch);
				return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower optimizer.rate",
				                  "the goodness of an image is not finite at learning rate %g",
				                  packet->rate_factor * a->experiment->layers[l].rate);
			}
	for (size_t i = 0; i < packet->plain * (size_t)a->classes; i++)
		if (!isfinite(ff_slot_logits(a->slot, a->experiment->n_layers)[i])) {
			snprintf(where, sizeof where, "head, evaluation after epoch %lld", (long long)packet->epoch);
			return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower head.rate, or optimizer.rate",
			                  "the head's answer to an image is not finite");
		}
	return FF_OK;
}

static void begin(struct ff_tally *tally, const struct answers *a)
{
	struct ff_evaluation *evaluation = tally->evaluation;
	memset(evaluation, 0, sizeof *evaluation);
	*tally = (struct ff_tally){.evaluation = evaluation};
	evaluation->classes = a->classes;
	evaluation->n_layers = a->slot->packet->scored ? a->slot->packet->end : 0;
}

static void count(struct ff_tally *tally, const struct answers *a, const uint8_t *labels)
{
	const struct ff_packet *packet = a->slot->packet;
	bool by_head = a->experiment->evaluate.by == FF_BY_HEAD;
	for (size_t i = 0; i < packet->queries; i++) {
		int goodness = packet->scored ? answer_by_goodness(a, i) : 0;
		int head = packet->plain ? answer_by_head(a, i) : 0;
		tally->wrong_goodness += goodness != labels[i];
		tally->wrong_head += head != labels[i];
		tally->evaluation->confusion[labels[i]][by_head ? head : goodness]++;
		for (int l = 0; l < tally->evaluation->n_layers; l++)
			tally->wrong[l] += answer_of_layer(a, l, i) != labels[i];
	}
}

static bool any_chosen(const struct answers *a)
{
	for (int l = 0; l < a->slot->packet->end; l++)
		if (ff_layer_set_has(&a->experiment->evaluate.layers, l))
			return a->slot->packet->scored > 0;
	return false;
}

/* Sets evaluation->n only now, so that an evaluation that failed or was stopped counts as not done. */
static void finish(struct ff_tally *tally, const struct answers *a, size_t images)
{
	struct ff_evaluation *evaluation = tally->evaluation;
	double n = (double)images;
	evaluation->n = (int64_t)images;
	evaluation->goodness_error = any_chosen(a) ? (double)tally->wrong_goodness / n : NAN;
	evaluation->head_error = a->slot->packet->plain ? (double)tally->wrong_head / n : NAN;
	evaluation->error =
	    a->experiment->evaluate.by == FF_BY_HEAD ? evaluation->head_error : evaluation->goodness_error;
	for (int l = 0; l < evaluation->n_layers; l++)
		evaluation->layer_error[l] = (double)tally->wrong[l] / n;
}

ff_status ff_tally_add(struct ff_tally *tally, const struct ff_experiment *experiment, const struct ff_dataset *dataset,
                       const struct ff_slot *slot, struct ff_error *error)
{
	const struct ff_packet *packet = slot->packet;
	const struct ff_images *images = ff_dataset_images(dataset, packet->set);
	struct answers answers = {experiment, slot, dataset->classes};
	if (packet->first)
		begin(tally, &answers);
	FF_TRY(check_finite(&answers, error));
	count(tally, &answers, images->labels + packet->queries_at);
	if (packet->last)
		finish(tally, &answers, images->n);
	return FF_OK;
}

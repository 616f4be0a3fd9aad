#include "run/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* The goodness [L x rows] of an inference packet, C rows an image. */
struct answers {
	const float *goodness;
	size_t rows;
	int layers, classes;
};

/* Index of the greatest of scores [n]; the first on a tie. */
static int greatest(const double *scores, int n)
{
	int best = 0;
	for (int c = 1; c < n; c++)
		if (scores[c] > scores[best])
			best = c;
	return best;
}

static double goodness_of(const struct answers *a, int l, size_t image, int c)
{
	return (double)a->goodness[(size_t)l * a->rows + image * (size_t)a->classes + (size_t)c];
}

/* The label with the greatest goodness for image i of the packet, by layer l alone. */
static int answer_of_layer(const struct answers *a, int l, size_t i)
{
	double scores[FF_MAX_CLASSES];
	for (int c = 0; c < a->classes; c++)
		scores[c] = goodness_of(a, l, i, c);
	return greatest(scores, a->classes);
}

static int answer(const struct answers *a, const struct ff_layer_set *chosen, size_t i)
{
	double scores[FF_MAX_CLASSES] = {0};
	for (int l = 0; l < a->layers; l++)
		for (int c = 0; ff_layer_set_has(chosen, l) && c < a->classes; c++)
			scores[c] += goodness_of(a, l, i, c);
	return greatest(scores, a->classes);
}

static ff_status check_finite(const struct answers *a, const struct ff_experiment *experiment,
                              const struct ff_packet *packet, struct ff_error *error)
{
	for (int l = 0; l < a->layers; l++)
		for (size_t r = 0; r < a->rows; r++)
			if (!isfinite(a->goodness[(size_t)l * a->rows + r])) {
				char where[64];
				snprintf(where, sizeof where, "layer %d, evaluation after epoch %lld", l + 1,
				         (long long)packet->epoch);
				return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower optimizer.rate",
				                  "the goodness of an image is not finite at learning rate %g",
				                  packet->rate_factor * experiment->layers[l].rate);
			}
	return FF_OK;
}

static bool any_chosen(const struct ff_layer_set *chosen, int layers)
{
	for (int l = 0; l < layers; l++)
		if (ff_layer_set_has(chosen, l))
			return true;
	return false;
}

static void count(struct ff_tally *tally, const struct answers *a, const struct ff_layer_set *chosen,
                  const uint8_t *labels, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		tally->evaluation->confusion[labels[i]][answer(a, chosen, i)]++;
		for (int l = 0; l < a->layers; l++)
			tally->wrong[l] += answer_of_layer(a, l, i) != labels[i];
	}
}

static void begin(struct ff_tally *tally, const struct answers *a)
{
	memset(tally->wrong, 0, sizeof tally->wrong);
	memset(tally->evaluation, 0, sizeof *tally->evaluation);
	tally->evaluation->classes = a->classes;
	tally->evaluation->n_layers = a->layers;
}

/* Only now does the evaluation say that it has images: one that failed or was stopped has none. */
static void finish(struct ff_tally *tally, size_t images, bool chosen)
{
	struct ff_evaluation *evaluation = tally->evaluation;
	int64_t right = 0;
	for (int c = 0; c < evaluation->classes; c++)
		right += evaluation->confusion[c][c];
	evaluation->n = (int64_t)images;
	double n = (double)images;
	evaluation->error = chosen ? (n - (double)right) / n : NAN;
	for (int l = 0; l < evaluation->n_layers; l++)
		evaluation->layer_error[l] = (double)tally->wrong[l] / n;
}

ff_status ff_tally_add(struct ff_tally *tally, const struct ff_experiment *experiment, const struct ff_dataset *dataset,
                       const struct ff_slot *slot, struct ff_error *error)
{
	const struct ff_packet *packet = slot->packet;
	const struct ff_layer_set *chosen = &experiment->evaluate.layers;
	const struct ff_images *images = ff_dataset_images(dataset, packet->set);
	struct answers answers = {slot->carried, packet->rows, packet->end, dataset->classes};
	if (packet->first)
		begin(tally, &answers);
	FF_TRY(check_finite(&answers, experiment, packet, error));
	count(tally, &answers, chosen, images->labels + packet->at, packet->n);
	if (packet->last)
		finish(tally, images->n, any_chosen(chosen, packet->end));
	return FF_OK;
}

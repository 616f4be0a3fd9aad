#include "run/evaluate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Index of the greatest of scores [n]; the first on a tie. */
static int greatest(const double *scores, int n)
{
	int best = 0;
	for (int c = 1; c < n; c++)
		if (scores[c] > scores[best])
			best = c;
	return best;
}

static double goodness_of(const struct ff_net *net, int l, size_t row)
{
	return (double)net->goodness[(size_t)l * net->max_rows + row];
}

/* The label with the greatest goodness for image i of the tile, by layer l alone. */
static int answer_of_layer(const struct ff_net *net, int l, size_t i, int classes)
{
	double scores[FF_MAX_CLASSES];
	for (int c = 0; c < classes; c++)
		scores[c] = goodness_of(net, l, i * (size_t)classes + (size_t)c);
	return greatest(scores, classes);
}

static int answer(const struct ff_net *net, const struct ff_layer_set *chosen, int layers, size_t i, int classes)
{
	double scores[FF_MAX_CLASSES] = {0};
	for (int l = 0; l < layers; l++)
		for (int c = 0; ff_layer_set_has(chosen, l) && c < classes; c++)
			scores[c] += goodness_of(net, l, i * (size_t)classes + (size_t)c);
	return greatest(scores, classes);
}

static ff_status check_finite(const struct ff_net *net, const struct ff_source *source, int layers, size_t rows,
                              struct ff_error *error)
{
	for (int l = 0; l < layers; l++)
		for (size_t r = 0; r < rows; r++)
			if (!isfinite(goodness_of(net, l, r))) {
				char where[64];
				snprintf(where, sizeof where, "layer %d, evaluation after epoch %lld", l + 1,
				         (long long)source->epoch);
				return ff_fail_at(error, FF_ERROR_NUMERIC, where, "lower optimizer.rate",
				                  "the goodness of an image is not finite at learning rate %g",
				                  source->rate_factor * source->experiment->layers[l].rate);
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

/* Adds the tile's answers to the counts; wrong[l] for single layers. */
static void count(const struct ff_net *net, const struct ff_source *source, const struct ff_images *images,
                  size_t first, size_t n, int layers, struct ff_evaluation *evaluation, int64_t *wrong)
{
	const struct ff_layer_set *chosen = &source->experiment->evaluate.layers;
	int classes = source->overlay.classes;
	for (size_t i = 0; i < n; i++) {
		int label = images->labels[first + i];
		evaluation->confusion[label][answer(net, chosen, layers, i, classes)]++;
		for (int l = 0; l < layers; l++)
			wrong[l] += answer_of_layer(net, l, i, classes) != label;
	}
}

/* Only now does the evaluation say that it has images: one that failed has none. */
static void finish(struct ff_evaluation *evaluation, size_t images, const int64_t *wrong, bool chosen)
{
	evaluation->n = (int64_t)images;
	int64_t right = 0;
	for (int c = 0; c < evaluation->classes; c++)
		right += evaluation->confusion[c][c];
	double n = (double)evaluation->n;
	evaluation->error = chosen && evaluation->n ? (n - (double)right) / n : NAN;
	for (int l = 0; l < evaluation->n_layers; l++)
		evaluation->layer_error[l] = (double)wrong[l] / n;
}

ff_status ff_evaluate(struct ff_net *net, const struct ff_source *source, const struct ff_images *images, int layers,
                      ff_evaluated_fn *progress, void *user, struct ff_evaluation *evaluation, struct ff_error *error)
{
	int classes = source->overlay.classes;
	int64_t wrong[FF_MAX_LAYERS] = {0};
	memset(evaluation, 0, sizeof *evaluation);
	evaluation->classes = classes;
	evaluation->n_layers = layers;
	size_t most = net->max_rows / (size_t)classes;
	for (size_t first = 0; first < images->n; first += most) {
		size_t n = images->n - first < most ? images->n - first : most;
		ff_source_labelled(source, &net->team, images, first, n, net->input);
		(void)ff_net_infer(net, n * (size_t)classes, layers);
		FF_TRY(check_finite(net, source, layers, n * (size_t)classes, error));
		count(net, source, images, first, n, layers, evaluation, wrong);
		if (progress)
			progress(user, first + n, images->n);
	}
	finish(evaluation, images->n, wrong, any_chosen(&source->experiment->evaluate.layers, layers));
	return FF_OK;
}

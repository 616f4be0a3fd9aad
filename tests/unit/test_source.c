#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "support/world.h"

static void a_pair_differs_in_its_label_alone(void)
{
	struct world w;
	if (!world_open(&w, 2, NULL, 0))
		return;
	enum { PAIRS = 37 };
	size_t width = w.dataset.features;
	ff_source_begin(&w.source, 1);
	ff_source_pairs(&w.source, &w.net.team, &(struct ff_packet){.at = 5, .pairs = PAIRS}, w.net.input);
	for (size_t p = 0; p < PAIRS; p++) {
		const float *positive = w.net.input + p * width, *negative = positive + PAIRS * width;
		int label = w.dataset.train.labels[w.source.order[5 + p]], marked = 0;
		CHECK(memcmp(positive + 10, negative + 10, (width - 10) * sizeof(float)) == 0);
		CHECK(positive[label] > 0 && negative[label] == 0);
		for (int c = 0; c < 10; c++)
			marked += (positive[c] != 0) + (negative[c] != 0);
		CHECK_INT(marked, 2);
	}
	world_close(&w);
}

static double square_of_row(const float *x, size_t n)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

static void rows_are_normalised(void)
{
	static const char *const NORMS[] = {"layers.normalize=rms", "layers.normalize=l2"};
	for (int k = 0; k < 2; k++) {
		struct world w;
		if (!world_open(&w, 1, &NORMS[k], 1))
			return;
		size_t width = w.dataset.features;
		ff_source_begin(&w.source, 1);
		ff_source_pairs(&w.source, &w.net.team, &(struct ff_packet){.pairs = 20}, w.net.input);
		for (size_t r = 0; r < 40; r++)
			CHECK_NEAR(square_of_row(w.net.input + r * width, width), k ? 1 : (double)width,
			           k ? 2e-3 : 0.1);
		world_close(&w);
	}
}

static void an_epoch_visits_each_image_once(void)
{
	struct world w;
	if (!world_open(&w, 1, NULL, 0))
		return;
	uint32_t first[230];
	for (int64_t epoch = 1; epoch <= 3; epoch++) {
		int visits[230] = {0};
		ff_source_begin(&w.source, epoch);
		for (size_t i = 0; i < 230; i++)
			visits[w.source.order[i]]++;
		for (size_t i = 0; i < 230; i++)
			CHECK_INT(visits[i], 1);
		if (epoch == 1)
			memcpy(first, w.source.order, sizeof first);
		else
			CHECK(memcmp(first, w.source.order, sizeof first) != 0);
	}
	ff_source_begin(&w.source, 1);
	CHECK(memcmp(first, w.source.order, sizeof first) == 0);
	world_close(&w);
}

/* The wrong labels of the first epochs' images, by image. */
static void wrong_labels(struct world *w, int64_t epoch, int wrong[230])
{
	size_t width = w->dataset.features;
	ff_source_begin(&w->source, epoch);
	ff_source_pairs(&w->source, &w->net.team, &(struct ff_packet){.pairs = 230}, w->net.input);
	for (size_t p = 0; p < 230; p++)
		for (int c = 0; c < 10; c++)
			if (w->net.input[(230 + p) * width + (size_t)c] != 0)
				wrong[w->source.order[p]] = c;
}

static void wrong_labels_are_drawn_when_asked(void)
{
	static const char *const REDRAWS[] = {"negatives.redraw=once", "negatives.redraw=epoch",
	                                      "negatives.redraw=batch"};
	for (int k = 0; k < 3; k++) {
		struct world w;
		if (!world_open(&w, 1, &REDRAWS[k], 1))
			return;
		int one[230], two[230], same = 0;
		wrong_labels(&w, 1, one);
		wrong_labels(&w, 2, two);
		for (size_t i = 0; i < 230; i++) {
			CHECK(one[i] != w.dataset.train.labels[i]);
			same += one[i] == two[i];
		}
		CHECK(k == 0 ? same == 230 : same < 60); /* 1 in 9 by chance */
		world_close(&w);
	}
}

static void a_labelled_row_equals_the_positive_row(void)
{
	struct world w;
	if (!world_open(&w, 2, NULL, 0))
		return;
	size_t bytes = w.dataset.features * sizeof(float), n = 25;
	float *pairs = malloc(2 * n * bytes);
	w.experiment.train.batch = FF_AUTO;
	w.source.batch = w.source.n; /* in the order of the file */
	ff_source_begin(&w.source, 1);
	ff_source_pairs(&w.source, &w.net.team, &(struct ff_packet){.at = 3, .pairs = n}, pairs);
	ff_source_labelled(&w.source, &w.net.team, &w.dataset.train, 3, n, w.net.input);
	for (size_t i = 0; i < n; i++) {
		size_t label = w.dataset.train.labels[3 + i];
		CHECK(memcmp(pairs + i * bytes / 4, w.net.input + (i * 10 + label) * bytes / 4, bytes) == 0);
	}
	free(pairs);
	world_close(&w);
}

FF_TESTS("source", {"a pair differs in its label alone", a_pair_differs_in_its_label_alone},
         {"rows are normalised", rows_are_normalised},
         {"an epoch visits each image once", an_epoch_visits_each_image_once},
         {"wrong labels are drawn when asked", wrong_labels_are_drawn_when_asked},
         {"a labelled row equals the positive row", a_labelled_row_equals_the_positive_row})

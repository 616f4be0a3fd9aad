#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "support/world.h"

/* The rows of pairs [at, at + n) of an epoch; `of` is the first edge's slot in the world's net. */
static const float *pairs(struct world *w, int64_t epoch, size_t at, size_t n)
{
	struct ff_slot slot = world_slot(w, 0);
	struct ff_packet packet = {.kind = FF_PACKET_TRAIN, .epoch = epoch, .turn = -1, .opens_epoch = true};
	packet.at = at;
	packet.n = n;
	packet.rows = 2 * n;
	ff_source_fill(&w->source, &(struct ff_team){2}, &packet, NULL, &slot);
	CHECK_INT(slot.packet->rows, 2 * n);
	return slot.rows;
}

static void a_pair_differs_in_its_label_alone(void)
{
	struct world w;
	if (!world_open(&w, 2, NULL, 0))
		return;
	enum { PAIRS = 37 };
	size_t width = w.dataset.features;
	const float *x = pairs(&w, 1, 5, PAIRS);
	for (size_t p = 0; p < PAIRS; p++) {
		const float *positive = x + p * width, *negative = positive + PAIRS * width;
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
		const float *x = pairs(&w, 1, 0, 20);
		for (size_t r = 0; r < 40; r++)
			CHECK_NEAR(square_of_row(x + r * width, width), k ? 1 : (double)width, k ? 2e-3 : 0.1);
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
		(void)pairs(&w, epoch, 0, 1);
		for (size_t i = 0; i < 230; i++)
			visits[w.source.order[i]]++;
		for (size_t i = 0; i < 230; i++)
			CHECK_INT(visits[i], 1);
		if (epoch == 1)
			memcpy(first, w.source.order, sizeof first);
		else
			CHECK(memcmp(first, w.source.order, sizeof first) != 0);
	}
	(void)pairs(&w, 1, 0, 1);
	CHECK(memcmp(first, w.source.order, sizeof first) == 0);
	world_close(&w);
}

/* The wrong labels of the epoch's images, by image. */
static void wrong_labels(struct world *w, int64_t epoch, int wrong[230])
{
	size_t width = w->dataset.features;
	const float *x = pairs(w, epoch, 0, 230);
	for (size_t p = 0; p < 230; p++)
		for (int c = 0; c < 10; c++)
			if (x[(230 + p) * width + (size_t)c] != 0)
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
	float *positives = malloc(n * bytes);
	w.experiment.train.batch = 230; /* in the order of the file */
	memcpy(positives, pairs(&w, 1, 3, n), n * bytes);
	struct ff_slot slot = world_slot(&w, 0);
	struct ff_packet packet = {.kind = FF_PACKET_INFER,
	                           .probes_at = 3,
	                           .probes = n,
	                           .scored = 10 * n,
	                           .rows = 10 * n,
	                           .set = FF_SET_TRAIN};
	ff_source_fill(&w.source, &(struct ff_team){2}, &packet, NULL, &slot);
	for (size_t i = 0; i < n; i++) {
		size_t label = w.dataset.train.labels[3 + i];
		CHECK(memcmp(positives + i * bytes / 4, slot.rows + (i * 10 + label) * bytes / 4, bytes) == 0);
	}
	free(positives);
	world_close(&w);
}

FF_TESTS("source", {"a pair differs in its label alone", a_pair_differs_in_its_label_alone},
         {"rows are normalised", rows_are_normalised},
         {"an epoch visits each image once", an_epoch_visits_each_image_once},
         {"wrong labels are drawn when asked", wrong_labels_are_drawn_when_asked},
         {"a labelled row equals the positive row", a_labelled_row_equals_the_positive_row})

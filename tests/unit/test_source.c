#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "product/gemm.h"
#include "support/labelled.h"
#include "support/world.h"

/* The first edge's slot in the world's net, filled with pairs [at, at + n) of an epoch. */
static struct ff_slot pairs(struct world *w, int64_t epoch, size_t at, size_t n)
{
	struct ff_slot slot = world_slot(w, 0);
	struct ff_packet packet = {.kind = FF_PACKET_TRAIN, .epoch = epoch, .alone = -1, .opens_epoch = true};
	packet.at = at;
	packet.n = n;
	packet.sides = 2;
	packet.rows = 2 * n;
	ff_source_fill(&w->source, &(struct ff_team){2}, &packet, NULL, &slot);
	CHECK_INT(slot.packet->rows, 2 * n);
	return slot;
}

static void a_pair_has_a_right_and_a_wrong_label(void)
{
	struct world w;
	if (!world_open(&w, 2, NULL, 0))
		return;
	enum { PAIRS = 37 };
	struct ff_slot slot = pairs(&w, 1, 5, PAIRS);
	struct ff_labels labels = ff_slot_labels(&slot, 10, NULL);
	CHECK_INT(ff_labels_rows(&labels), 2 * PAIRS);
	for (size_t p = 0; p < PAIRS; p++) {
		uint32_t label = w.dataset.train.labels[w.source.order[5 + p]], wrong = labels.label[PAIRS + p];
		CHECK_INT(labels.label[p], label);
		CHECK(wrong < 10 && wrong != label);
		CHECK(labels.value[p] > 0);
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

/* Rows with a one-hot label and with the neutral one. */
static void rows_are_normalised(void)
{
	static const char *const NORMS[] = {"layers.normalize=rms", "layers.normalize=l2"};
	enum { IMAGES = 20, ROWS = IMAGES * 11 };
	for (int k = 0; k < 2; k++) {
		struct world w;
		const char *overrides[] = {NORMS[k], "head.when=together"};
		ff_scenario("%s", NORMS[k]);
		if (!world_open(&w, 1, overrides, 2))
			return;
		size_t width = w.dataset.features;
		struct ff_slot slot = world_slot(&w, 0);
		struct ff_packet packet = {.kind = FF_PACKET_INFER, .queries = IMAGES, .scored = 10 * IMAGES};
		packet.plain = IMAGES;
		packet.plain_at = packet.scored;
		packet.rows = ROWS;
		ff_source_fill(&w.source, &(struct ff_team){2}, &packet, NULL, &slot);
		struct ff_labels labels = ff_slot_labels(&slot, 10, NULL);
		float *x = malloc(ROWS * width * sizeof *x);
		labelled_rows(&labels, slot.rows, width, x);
		for (size_t r = 0; r < ROWS; r++)
			CHECK_NEAR(square_of_row(x + r * width, width), k ? 1 : (double)width, k ? 2e-3 : 0.1);
		free(x);
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
		ff_scenario("epoch %d", (int)epoch);
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
	enum { PAIRS = 46 };
	for (size_t at = 0; at < 230; at += PAIRS) {
		struct ff_slot slot = pairs(w, epoch, at, PAIRS);
		struct ff_labels labels = ff_slot_labels(&slot, 10, NULL);
		for (size_t p = 0; p < PAIRS; p++)
			wrong[w->source.order[at + p]] = (int)labels.label[PAIRS + p];
	}
}

static void wrong_labels_are_drawn_when_asked(void)
{
	static const char *const REDRAWS[] = {"negatives.redraw=once", "negatives.redraw=epoch",
	                                      "negatives.redraw=batch"};
	for (int k = 0; k < 3; k++) {
		struct world w;
		ff_scenario("%s", REDRAWS[k]);
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

static void an_image_is_the_same_in_a_pair_and_in_inference(void)
{
	struct world w;
	if (!world_open(&w, 2, NULL, 0))
		return;
	size_t bytes = (w.dataset.features - 10) * sizeof(float), n = 25;
	float *images = malloc(n * bytes), values[25];
	w.experiment.train.batch = 230; /* in the order of the file */
	struct ff_slot slot = pairs(&w, 1, 3, n);
	memcpy(images, slot.rows, n * bytes);
	memcpy(values, ff_slot_labels(&slot, 10, NULL).value, sizeof values);
	struct ff_packet packet = {.kind = FF_PACKET_INFER,
	                           .queries_at = 3,
	                           .queries = n,
	                           .scored = 10 * n,
	                           .rows = 10 * n,
	                           .set = FF_SET_TRAIN};
	ff_source_fill(&w.source, &(struct ff_team){2}, &packet, NULL, &slot);
	CHECK(memcmp(images, slot.rows, n * bytes) == 0);
	CHECK(memcmp(values, ff_slot_labels(&slot, 10, NULL).value, sizeof values) == 0);
	free(images);
	world_close(&w);
}

/* Makes most pixels black, and the source anew with this share of other pixels. */
static bool blacken(struct world *w, double filled)
{
	struct ff_error error;
	for (int set = 0; set < FF_N_SETS; set++) {
		const struct ff_images *images = ff_dataset_images(&w->dataset, (enum ff_set)set);
		uint8_t *pixels = (uint8_t *)(uintptr_t)images->pixels; /* the dataset's own */
		for (size_t i = 0; i < images->n * w->dataset.features; i++)
			pixels[i] = i * 7919 % 11 < 8 ? 0 : pixels[i];
	}
	w->dataset.filled = filled;
	ff_source_fini(&w->source);
	return CHECK_INT(ff_source_init(&w->source, &w->experiment, &w->dataset, &error), FF_OK);
}

/* Image i of the slot, as a row. */
static void write_out(const struct ff_labels *labels, size_t i, float *row, size_t width)
{
	const struct ff_csr *csr = labels->csr;
	uint32_t r = labels->image[i];
	memset(row, 0, width * sizeof *row);
	for (size_t j = csr->start[r]; j < csr->start[r + 1]; j++)
		row[csr->column[j]] = csr->value[csr->byte[j]] * labels->factor[i];
}

static void csr_rows_are_the_rows(void)
{
	static const char *const SCALES[] = {"dataset.standardize=false", "dataset.standardize=true"};
	enum { PAIRS = 37 };
	for (int k = 0; k < 2 && ff_gemm_takes_csr(); k++) {
		ff_scenario("%s", SCALES[k]);
		struct world rows, sparse;
		if (!world_open(&rows, 2, &SCALES[k], 1) || !world_open(&sparse, 2, &SCALES[k], 1) ||
		    !blacken(&rows, 1) || !blacken(&sparse, 0.2))
			return;
		CHECK(!rows.source.csr && sparse.source.csr);
		CHECK(ff_source_bytes(&sparse.experiment, &sparse.dataset) >= sparse.source.arena.used);
		CHECK(rows.dataset.train.pixels && !sparse.dataset.train.pixels && !sparse.dataset.test.pixels);
		struct ff_slot wanted = pairs(&rows, 1, 5, PAIRS), got = pairs(&sparse, 1, 5, PAIRS);
		struct ff_labels a = ff_slot_labels(&wanted, 10, NULL),
		                 b = ff_slot_labels(&got, 10, sparse.source.data.csr[FF_SET_TRAIN]);
		size_t width = rows.dataset.features - 10;
		CHECK(!a.csr && b.csr);
		CHECK(memcmp(a.label, b.label, 2 * PAIRS * sizeof *a.label) == 0);
		CHECK(memcmp(a.value, b.value, PAIRS * sizeof *a.value) == 0);
		CHECK(memcmp(a.offset, b.offset, PAIRS * sizeof *a.offset) == 0);
		for (size_t i = 0; i < PAIRS; i++) {
			float row[64];
			write_out(&b, i, row, width);
			CHECK(memcmp(row, wanted.rows + i * width, width * sizeof *row) == 0);
		}
		world_close(&rows);
		world_close(&sparse);
	}
}

FF_TESTS("source", {"CSR rows are the rows", csr_rows_are_the_rows},
         {"a pair has a right and a wrong label", a_pair_has_a_right_and_a_wrong_label},
         {"rows are normalised", rows_are_normalised},
         {"an epoch visits each image once", an_epoch_visits_each_image_once},
         {"wrong labels are drawn when asked", wrong_labels_are_drawn_when_asked},
         {"an image is the same in a pair and in inference", an_image_is_the_same_in_a_pair_and_in_inference})

#include "data/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/files.h"
#include "support/harness.h"
#include "support/samples.h"

enum { TRAIN = 40, TEST = 20, HEIGHT = 4, WIDTH = 3 };

static uint8_t pixel(size_t k)
{
	return (uint8_t)(k * 7 % 201);
}

static uint8_t label(size_t k)
{
	return (uint8_t)(k % 5);
}

static uint8_t black(size_t k)
{
	(void)k;
	return 0;
}

static uint8_t seven_at_30(size_t k)
{
	return k == 30 ? 7 : label(k);
}

static const char *write_idx(const char *name, int rank, uint32_t n, uint8_t (*fill)(size_t k))
{
	const uint32_t sizes[] = {n, HEIGHT, WIDTH, 2};
	struct sample s = sample_idx(rank, sizes, fill);
	const char *path = sample_write(name, s.bytes, s.size);
	free(s.bytes);
	return path;
}

/* An experiment on four small files: 40 and 20 images of 4 x 3, five classes. */
static struct ff_experiment files(void)
{
	struct ff_experiment e = {.seed = 1};
	snprintf(e.dataset.name, sizeof e.dataset.name, "files");
	snprintf(e.dataset.train_images, FF_MAX_PATH, "%s", write_idx("train", 3, TRAIN, pixel));
	snprintf(e.dataset.train_labels, FF_MAX_PATH, "%s", write_idx("train-labels", 1, TRAIN, label));
	snprintf(e.dataset.test_images, FF_MAX_PATH, "%s", write_idx("test", 3, TEST, pixel));
	snprintf(e.dataset.test_labels, FF_MAX_PATH, "%s", write_idx("test-labels", 1, TEST, label));
	e.dataset.train = e.dataset.test = e.dataset.classes = e.train.batch = FF_AUTO;
	e.dataset.mean = e.dataset.std = FF_STATISTIC_AUTO;
	return e;
}

/* The sizes that are measured are those of what was opened. */
static void check_measured(const struct ff_experiment *e, const struct ff_dataset *dataset)
{
	struct ff_dataset sizes;
	size_t bytes = 0;
	CHECK_INT(ff_dataset_measure(e, &sizes, &bytes, NULL), FF_OK);
	for (int s = 0; s < FF_N_SETS; s++)
		CHECK_INT(ff_dataset_images(&sizes, s)->n, ff_dataset_images(dataset, s)->n);
	CHECK(sizes.features == dataset->features && sizes.classes == dataset->classes);
	CHECK(sizes.height == dataset->height && sizes.width == dataset->width &&
	      sizes.filled <= dataset->filled + 0.5);
	CHECK(!sizes.storage && !sizes.train.pixels && bytes >= (sizes.train.n + sizes.test.n) * (sizes.features + 1));
}

static bool opens(const struct ff_experiment *e, struct ff_dataset *dataset)
{
	struct ff_error error = {0};
	ff_status status = ff_dataset_open(e, dataset, &error);
	CHECK_TEXT(error.what, "");
	if (status == FF_OK)
		check_measured(e, dataset);
	return CHECK_INT(status, FF_OK);
}

static void refuses(const struct ff_experiment *e, const char *where, const char *part)
{
	struct ff_dataset dataset;
	struct ff_error error = {0};
	CHECK_INT(ff_dataset_open(e, &dataset, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.where, where);
	CHECK_HAS(error.what, part);
	CHECK(*error.hint != '\0');
	CHECK(dataset.storage == NULL && dataset.train.pixels == NULL);
}

static void is_view(struct ff_images images, size_t first, size_t n)
{
	CHECK_INT(images.n, n);
	bool same = true;
	for (size_t i = 0; i < n; i++) {
		same = same && images.labels[i] == label(first + i);
		for (size_t p = 0; p < HEIGHT * WIDTH; p++)
			same = same && images.pixels[i * HEIGHT * WIDTH + p] == pixel((first + i) * HEIGHT * WIDTH + p);
	}
	CHECK(same);
}

static void training_first_validation_last(void)
{
	static const struct {
		int64_t train, validation, test;
		size_t n_train, n_test;
	} CASES[] = {{FF_AUTO, 0, FF_AUTO, 40, 20}, {FF_AUTO, 15, 7, 25, 7}, {10, 5, 20, 10, 20}, {25, 15, 1, 25, 1}};
	for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
		struct ff_experiment e = files();
		ff_scenario("train %d, validation %d, test %d", (int)CASES[c].train, (int)CASES[c].validation,
		            (int)CASES[c].test);
		e.dataset.train = CASES[c].train;
		e.dataset.validation = CASES[c].validation;
		e.dataset.test = CASES[c].test;
		struct ff_dataset d;
		if (!opens(&e, &d))
			continue;
		is_view(d.train, 0, CASES[c].n_train);
		is_view(d.validation, TRAIN - (size_t)e.dataset.validation, (size_t)e.dataset.validation);
		is_view(d.test, 0, CASES[c].n_test);
		CHECK_INT(d.features, HEIGHT * WIDTH);
		CHECK_INT(d.height, HEIGHT);
		CHECK_INT(d.width, WIDTH);
		CHECK_INT(d.classes, 5);
		ff_dataset_close(&d);
		ff_dataset_close(&d);
	}
}

static void flat_and_coloured_images(void)
{
	for (int rank = 2; rank <= 4; rank += 2) {
		ff_scenario("rank %d", rank);
		struct ff_experiment e = files();
		e.dataset.classes = 4 + 1;
		write_idx("train", rank, TRAIN, pixel);
		write_idx("test", rank, TEST, pixel);
		struct ff_dataset d;
		if (rank == 2) { /* 4 features are fewer than 5 classes */
			refuses(&e, e.dataset.train_images, "5 classes need as many inputs for the label");
			continue;
		}
		if (!opens(&e, &d))
			continue;
		CHECK_INT(d.features, HEIGHT * WIDTH * 2);
		CHECK_INT(d.height * 100 + d.width, HEIGHT * 100 + WIDTH);
		ff_dataset_close(&d);
	}
	struct ff_dataset_files source;
	char paths[FF_PARTS][FF_MAX_PATH];
	struct ff_experiment e = files();
	snprintf(paths[0], FF_MAX_PATH, "%s", write_idx("train", 2, TRAIN, pixel));
	snprintf(paths[1], FF_MAX_PATH, "%s", e.dataset.train_labels);
	snprintf(paths[2], FF_MAX_PATH, "%s", write_idx("test", 2, TEST, pixel));
	snprintf(paths[3], FF_MAX_PATH, "%s", e.dataset.test_labels);
	if (!CHECK_INT(ff_dataset_files_read((const char(*)[FF_MAX_PATH])paths, FF_AUTO, &source, NULL), FF_OK))
		return;
	CHECK_INT(source.height, 1);
	CHECK_INT(source.width, HEIGHT);
	ff_dataset_files_close(&source);
}

static void counts_that_do_not_fit(void)
{
	struct ff_experiment e = files();
	e.dataset.validation = TRAIN;
	refuses(&e, e.dataset.train_images, "leaves nothing of its 40 images");
	e.dataset.validation = INT64_MAX;
	refuses(&e, e.dataset.train_images, "leaves nothing of its 40 images");
	e.dataset.validation = 1;
	e.dataset.train = TRAIN;
	refuses(&e, e.dataset.train_images, "dataset.train 40 and dataset.validation 1 are more than its 40 images");
	e.dataset.train = INT64_MAX;
	refuses(&e, e.dataset.train_images, "are more than its 40 images");
	e.dataset.train = 0;
	refuses(&e, e.dataset.train_images, "no image to train on");
	e.dataset.train = 10;
	e.dataset.test = TEST + 1;
	refuses(&e, e.dataset.test_images, "dataset.test 21 is more than its 20 images");
	e.dataset.test = FF_AUTO;
	e.train.batch = 11;
	refuses(&e, e.dataset.train_images, "train.batch 11 is more than the 10 training images");
	e.train.batch = 10;
	struct ff_dataset d;
	if (opens(&e, &d))
		ff_dataset_close(&d);
}

static void of_two_faults_the_first_file_is_told(void)
{
	struct ff_experiment e = files();
	snprintf(e.dataset.test_labels, sizeof e.dataset.test_labels, "missing-4");
	refuses(&e, "missing-4", "cannot open");
	snprintf(e.dataset.train_labels, sizeof e.dataset.train_labels, "missing-2");
	refuses(&e, "missing-2", "cannot open");
}

static void files_that_do_not_belong_together(void)
{
	struct ff_experiment e = files();
	write_idx("train-labels", 1, TRAIN - 1, label);
	refuses(&e, e.dataset.train_labels, "has 39 labels for 40 images");
	e = files();
	write_idx("test-labels", 1, TEST + 1, label);
	refuses(&e, e.dataset.test_labels, "has 21 labels for 20 images");
	e = files();
	write_idx("test", 2, TEST, pixel);
	refuses(&e, e.dataset.test_images, "the training images are 4 x 3 x 1");
	write_idx("test", 4, TEST, pixel);
	refuses(&e, e.dataset.test_images, "has images of 4 x 3 x 2 values");
	e = files();
	memcpy(e.dataset.train_images, e.dataset.train_labels, FF_MAX_PATH);
	refuses(&e, e.dataset.train_images, "but images are expected");
	e = files();
	memcpy(e.dataset.test_labels, e.dataset.test_images, FF_MAX_PATH);
	refuses(&e, e.dataset.test_labels, "but labels are expected");
	e = files();
	*e.dataset.test_labels = '\0';
	refuses(&e, "dataset.test_labels", "needs this key");
}

static void classes_and_labels(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	write_idx("train-labels", 1, TRAIN, seven_at_30);
	if (opens(&e, &d)) {
		CHECK_INT(d.classes, 8);
		ff_dataset_close(&d);
	}
	e.dataset.classes = 7;
	refuses(&e, e.dataset.train_labels, "label 7 of image 30 (from 0) is not below the number of classes, 7");
	e = files();
	e.dataset.classes = 4;
	refuses(&e, e.dataset.train_labels, "label 4 of image 4");
	write_idx("train-labels", 1, TRAIN, black);
	refuses(&e, e.dataset.test_labels, "label 4 of image 4");
	e.dataset.classes = 12; /* as many as features */
	if (opens(&e, &d)) {
		CHECK_INT(d.classes, 12);
		ff_dataset_close(&d);
	}
	e.dataset.classes = 13;
	refuses(&e, e.dataset.train_images, "13 classes need as many inputs for the label, but an image has 12");
	e.dataset.classes = 257;
	refuses(&e, e.dataset.train_images, "has 257 classes");
	e.dataset.classes = FF_AUTO;
	write_idx("test-labels", 1, TEST, black);
	refuses(&e, e.dataset.train_images, "has 1 classes");
}

/* Mean and deviation of the training split's first n values, the long way. */
static void direct_statistics(size_t n, double *mean, double *std)
{
	double sum = 0, squares = 0;
	for (size_t k = 0; k < n; k++)
		sum += pixel(k) / 255.0;
	*mean = sum / (double)n;
	for (size_t k = 0; k < n; k++)
		squares += pow(pixel(k) / 255.0 - *mean, 2);
	*std = sqrt(squares / (double)n);
}

static void standardised_as_computed_directly(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	if (opens(&e, &d)) {
		CHECK(d.scale == (float)(1 / 255.0) && d.shift == 0);
		CHECK(d.maximum == d.scale * 200.0F);
		ff_dataset_close(&d);
	}
	e.dataset.standardize = true;
	e.dataset.train = 10; /* the statistics are those of the split, not of the file */
	double mean, std;
	direct_statistics(10 * HEIGHT * WIDTH, &mean, &std);
	if (opens(&e, &d)) {
		double sum = 0, squares = 0;
		float largest = -100;
		for (size_t k = 0; k < 10 * HEIGHT * WIDTH; k++) {
			float x = d.scale * (float)d.train.pixels[k] + d.shift;
			CHECK_NEAR(x, (pixel(k) / 255.0 - mean) / std, 1e-6);
			sum += (double)x, squares += (double)x * (double)x;
			largest = x > largest ? x : largest;
		}
		CHECK_NEAR(sum / 120, 0, 1e-6);
		CHECK_NEAR(squares / 120, 1, 1e-6);
		CHECK(d.maximum == largest);
		ff_dataset_close(&d);
	}
	e.dataset.mean = 0.1307;
	e.dataset.std = 0.3081;
	if (opens(&e, &d)) {
		CHECK(d.scale == (float)(1 / (255 * 0.3081)) && d.shift == (float)(-0.1307 / 0.3081));
		ff_dataset_close(&d);
	}
}

static void a_deviation_of_zero(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	write_idx("train", 3, TRAIN, black);
	if (opens(&e, &d)) { /* allowed unless standardised */
		CHECK(d.maximum == 0);
		ff_dataset_close(&d);
	}
	e.dataset.standardize = true;
	refuses(&e, e.dataset.train_images, "standard deviation of 0");
	e.dataset.std = 1;
	if (opens(&e, &d))
		ff_dataset_close(&d);
}

static void statistics_are_exact(void)
{
	uint8_t bytes[1000];
	memset(bytes, 77, sizeof bytes);
	struct ff_statistics s = ff_statistics_of(bytes, sizeof bytes);
	CHECK(s.mean == 77 / 255.0 && s.std == 0); /* no rounding leaves a tiny deviation */
	CHECK_INT(s.largest, 77);
	bytes[0] = 255, bytes[1] = 0;
	s = ff_statistics_of(bytes, 2);
	CHECK(s.mean == 0.5 && s.std == 0.5);
}

static void hybrids_need_two_images_of_two_dimensions(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	e.negatives.kind = FF_HYBRID;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	e.dataset.train = 1;
	refuses(&e, e.dataset.train_images, "need two training images");
	e.dataset.train = 2;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	snprintf(e.dataset.name, sizeof e.dataset.name, "synthetic");
	e.dataset.synthetic.height = e.dataset.synthetic.width = 4;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	e.dataset.synthetic.height = 1;
	e.dataset.synthetic.width = 16;
	refuses(&e, "synthetic", "at least 2 x 2 pixels; these are 1 x 16");
	e.dataset.synthetic.height = 16;
	e.dataset.synthetic.width = 1;
	refuses(&e, "synthetic", "these are 16 x 1");
	e.negatives.kind = FF_WRONG_LABEL;
	if (opens(&e, &d))
		ff_dataset_close(&d);
}

static void a_lag_is_below_an_epoch(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	e.train.batch = 7; /* 6 batches */
	e.negatives.draw = FF_DRAW_GOODNESS;
	e.negatives.lag = 5;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	e.negatives.lag = 6;
	refuses(&e, e.dataset.train_images, "negatives.lag 6 is not below the 6 batches of an epoch");
	e.negatives.draw = FF_DRAW_UNIFORM;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	e.negatives.draw = FF_DRAW_HEAD;
	e.train.batch = FF_AUTO;
	e.negatives.lag = 1;
	refuses(&e, e.dataset.train_images, "negatives.lag 1 is not below the 1 batches");
	e.negatives.lag = FF_AUTO;
	if (opens(&e, &d))
		ff_dataset_close(&d);
}

static void shifts_stay_within_the_image(void)
{
	struct ff_experiment e = files();
	struct ff_dataset d;
	e.augment.shift = WIDTH - 1;
	if (opens(&e, &d))
		ff_dataset_close(&d);
	e.augment.shift = WIDTH;
	refuses(&e, e.dataset.train_images, "augment.shift 3 moves images of 4 x 3 out of sight");
}

/* A damaged file is reported as such through the whole way. */
static void a_damaged_file_is_named(void)
{
	struct ff_experiment e = files();
	sample_write("test", "\0\0\x08", 3);
	struct ff_dataset d;
	struct ff_error error = {0};
	CHECK_INT(ff_dataset_open(&e, &d, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.where, e.dataset.test_images);
	CHECK_HAS(error.what, "too short");
	CHECK_INT(ff_dataset_open(&e, &d, NULL), FF_ERROR_DATA);
}

static void synthetic_through_open(void)
{
	struct ff_experiment e = files();
	snprintf(e.dataset.name, sizeof e.dataset.name, "synthetic");
	e.dataset.synthetic.height = e.dataset.synthetic.width = 6;
	e.dataset.synthetic.noise = 0.2;
	struct ff_dataset a, b;
	if (!opens(&e, &a))
		return;
	CHECK_INT(a.train.n, FF_SYNTHETIC_TRAIN);
	CHECK_INT(a.test.n, FF_SYNTHETIC_TEST);
	CHECK_INT(a.classes, FF_SYNTHETIC_CLASSES);
	e.dataset.train = 100;
	e.dataset.validation = 50;
	e.dataset.test = 30;
	if (opens(&e, &b)) { /* sizes do not change what an image is */
		CHECK_INT(b.train.n * 10000 + b.validation.n * 100 + b.test.n, 1005030);
		CHECK(memcmp(a.train.pixels, b.train.pixels, 100 * 36) == 0);
		CHECK(memcmp(a.train.pixels + 100 * 36, b.validation.pixels, 50 * 36) == 0);
		CHECK(memcmp(a.train.labels + 100, b.validation.labels, 50) == 0);
		CHECK(memcmp(a.test.pixels, b.test.pixels, 30 * 36) == 0);
		CHECK(memcmp(b.test.pixels, b.train.pixels, 30 * 36) != 0);
		ff_dataset_close(&b);
	}
	ff_dataset_close(&a);
	struct ff_error error = {0};
	e.dataset.train = INT64_MAX;
	CHECK_INT(ff_dataset_open(&e, &b, &error), FF_ERROR_CONFIG);
	e.dataset.train = UINT32_MAX - 100;
	e.dataset.synthetic.height = 2000000;
	CHECK_INT(ff_dataset_open(&e, &b, &error), FF_ERROR_MEMORY);
	CHECK_HAS(error.what, "are available");
}

FF_TESTS("dataset", {"training first, validation last", training_first_validation_last},
         {"flat and coloured images", flat_and_coloured_images},
         {"counts that do not fit are refused", counts_that_do_not_fit},
         {"files that do not belong together are refused", files_that_do_not_belong_together},
         {"of two faults the first file is told", of_two_faults_the_first_file_is_told},
         {"classes and labels", classes_and_labels},
         {"standardised as computed directly", standardised_as_computed_directly},
         {"a deviation of zero is refused", a_deviation_of_zero}, {"statistics are exact", statistics_are_exact},
         {"hybrids need two images of two dimensions", hybrids_need_two_images_of_two_dimensions},
         {"a lag is below an epoch", a_lag_is_below_an_epoch},
         {"shifts stay within the image", shifts_stay_within_the_image},
         {"a damaged file is named", a_damaged_file_is_named},
         {"synthetic images through open", synthetic_through_open})

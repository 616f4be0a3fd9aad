#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/catalog.h"
#include "data/files.h"

static bool is_synthetic(const struct ff_experiment *e)
{
	return strcmp(e->dataset.name, "synthetic") == 0;
}

static struct ff_synthetic synthetic_of(const struct ff_experiment *e)
{
	int64_t held = e->dataset.validation;
	return (struct ff_synthetic){
	    .seed = e->seed,
	    .train = e->dataset.train == FF_AUTO ? FF_SYNTHETIC_TRAIN : (size_t)e->dataset.train + (size_t)held,
	    .test = e->dataset.test == FF_AUTO ? FF_SYNTHETIC_TEST : (size_t)e->dataset.test,
	    .height = (size_t)e->dataset.synthetic.height,
	    .width = (size_t)e->dataset.synthetic.width,
	    .classes = e->dataset.classes == FF_AUTO ? FF_SYNTHETIC_CLASSES
	               : e->dataset.classes > 256    ? 257
	                                             : (int)e->dataset.classes,
	    .noise = e->dataset.synthetic.noise,
	};
}

static ff_status named_files(const struct ff_experiment *e, char paths[FF_PARTS][FF_MAX_PATH], struct ff_error *error)
{
	static const char *const KEYS[FF_PARTS] = {"dataset.train_images", "dataset.train_labels",
	                                           "dataset.test_images", "dataset.test_labels"};
	const char *given[FF_PARTS] = {e->dataset.train_images, e->dataset.train_labels, e->dataset.test_images,
	                               e->dataset.test_labels};
	for (int i = 0; i < FF_PARTS; i++) {
		if (!*given[i])
			return ff_fail_at(error, FF_ERROR_DATA, KEYS[i], "name an IDX file, plain or .gz",
			                  "dataset `files` needs this key");
		memcpy(paths[i], given[i], FF_MAX_PATH);
	}
	return FF_OK;
}

/* Finds the files, and the number of classes if the configuration says it. */
static ff_status locate(const struct ff_experiment *e, char paths[FF_PARTS][FF_MAX_PATH], int64_t *classes,
                        struct ff_error *error)
{
	*classes = e->dataset.classes;
	if (strcmp(e->dataset.name, "files") == 0)
		return named_files(e, paths, error);
	FF_TRY(ff_search(e->dataset.name, paths, error));
	const struct ff_catalog_entry *entry = ff_catalog_find(e->dataset.name, NULL);
	*classes = *classes == FF_AUTO && entry ? entry->classes : *classes;
	return FF_OK;
}

/* Reads the files whole, or only their sizes. */
static ff_status open_files(const struct ff_experiment *e, bool whole, struct ff_dataset_files *files,
                            struct ff_error *error)
{
	char paths[FF_PARTS][FF_MAX_PATH];
	const struct ff_synthetic synthetic = synthetic_of(e);
	int64_t classes;
	if (is_synthetic(e))
		return (whole ? ff_dataset_files_make : ff_dataset_files_measure_made)(&synthetic, files, error);
	FF_TRY(locate(e, paths, &classes, error));
	return (whole ? ff_dataset_files_read : ff_dataset_files_measure)((const char(*)[FF_MAX_PATH])paths, classes,
	                                                                  files, error);
}

static struct ff_images view(const struct ff_dataset_files *files, int images, size_t from, size_t n)
{
	const uint8_t *pixels = files->part[images].data, *labels = files->part[images + 1].data;
	return (struct ff_images){n, pixels ? pixels + from * files->features : NULL, labels ? labels + from : NULL};
}

static ff_status split(const struct ff_experiment *e, const struct ff_dataset_files *files, struct ff_dataset *dataset,
                       struct ff_error *error)
{
	size_t n = files->part[FF_TRAIN_IMAGES].size[0], held = (size_t)e->dataset.validation;
	const char *path = files->paths[FF_TRAIN_IMAGES];
	if (held >= n)
		return ff_fail_at(error, FF_ERROR_DATA, path, "lower dataset.validation",
		                  "dataset.validation %zu leaves nothing of its %zu images to train on", held, n);
	size_t train = e->dataset.train == FF_AUTO ? n - held : (size_t)e->dataset.train;
	if (train > n - held)
		return ff_fail_at(error, FF_ERROR_DATA, path, "lower dataset.train or dataset.validation",
		                  "dataset.train %zu and dataset.validation %zu are more than its %zu images", train,
		                  held, n);
	if (train == 0)
		return ff_fail_at(error, FF_ERROR_DATA, path, "raise dataset.train", "there is no image to train on");
	size_t all = files->part[FF_TEST_IMAGES].size[0];
	size_t test = e->dataset.test == FF_AUTO ? all : (size_t)e->dataset.test;
	if (test > all)
		return ff_fail_at(error, FF_ERROR_DATA, files->paths[FF_TEST_IMAGES], "lower dataset.test",
		                  "dataset.test %zu is more than its %zu images", test, all);
	dataset->train = view(files, FF_TRAIN_IMAGES, 0, train);
	dataset->validation = view(files, FF_TRAIN_IMAGES, n - held, held);
	dataset->test = view(files, FF_TEST_IMAGES, 0, test);
	return FF_OK;
}

static ff_status check_classes(const struct ff_dataset *dataset, const char *path, struct ff_error *error)
{
	if (dataset->classes < 2 || dataset->classes > 256)
		return ff_fail_at(error, FF_ERROR_DATA, path, "check dataset.classes and the label files",
		                  "has %d classes; 2 to 256 can be learnt", dataset->classes);
	if ((size_t)dataset->classes > dataset->features)
		return ff_fail_at(error, FF_ERROR_DATA, path, "use larger images or fewer classes",
		                  "%d classes need as many inputs for the label, but an image has %zu",
		                  dataset->classes, dataset->features);
	return FF_OK;
}

static ff_status check_batch(const struct ff_experiment *e, const struct ff_dataset *dataset, const char *path,
                             struct ff_error *error)
{
	if (e->train.batch != FF_AUTO && (uint64_t)e->train.batch > dataset->train.n)
		return ff_fail_at(error, FF_ERROR_DATA, path, "lower train.batch (`full` takes all images)",
		                  "train.batch %lld is more than the %zu training images", (long long)e->train.batch,
		                  dataset->train.n);
	return FF_OK;
}

/* Checks that the configuration loader could not make without the data. */
static ff_status check_extent(const struct ff_experiment *e, const struct ff_dataset *dataset, const char *path,
                              struct ff_error *error)
{
	size_t n = dataset->train.n, batch = e->train.batch == FF_AUTO ? n : (size_t)e->train.batch;
	size_t batches = (n + batch - 1) / batch;
	bool adaptive = e->negatives.kind == FF_WRONG_LABEL && e->negatives.draw != FF_DRAW_UNIFORM;
	if (adaptive && e->negatives.lag != FF_AUTO && (uint64_t)e->negatives.lag >= batches)
		return ff_fail_at(error, FF_ERROR_DATA, path, "lower negatives.lag, or write auto",
		                  "negatives.lag %lld is not below the %zu batches of an epoch",
		                  (long long)e->negatives.lag, batches);
	if (e->augment.shift && (e->augment.shift >= dataset->height || e->augment.shift >= dataset->width))
		return ff_fail_at(error, FF_ERROR_DATA, path, "lower augment.shift",
		                  "augment.shift %lld moves images of %d x %d out of sight",
		                  (long long)e->augment.shift, dataset->height, dataset->width);
	return FF_OK;
}

/* Hybrid negatives blur a mask in both directions and mix two images. */
static ff_status check_hybrid(const struct ff_experiment *e, const struct ff_dataset *dataset, const char *path,
                              struct ff_error *error)
{
	if (e->negatives.kind != FF_HYBRID)
		return FF_OK;
	if (dataset->height < 2 || dataset->width < 2)
		return ff_fail_at(error, FF_ERROR_DATA, path, "use images of height x width, or mode: supervised",
		                  "hybrid negatives need images of at least 2 x 2 pixels; these are %d x %d",
		                  dataset->height, dataset->width);
	if (dataset->train.n < 2)
		return ff_fail_at(error, FF_ERROR_DATA, path, "raise dataset.train",
		                  "hybrid negatives need two training images; there is one");
	return FF_OK;
}

/* Checks that the sizes suffice for training. */
static ff_status check_training(const struct ff_experiment *e, const struct ff_dataset *dataset, const char *path,
                                struct ff_error *error)
{
	FF_TRY(check_batch(e, dataset, path, error));
	FF_TRY(check_extent(e, dataset, path, error));
	return check_hybrid(e, dataset, path, error);
}

static ff_status set_scale(const struct ff_experiment *e, struct ff_dataset *dataset, const char *path,
                           struct ff_error *error)
{
	struct ff_statistics found = ff_statistics_of(dataset->train.pixels, dataset->train.n * dataset->features);
	double mean = 0, std = 1;
	if (e->dataset.standardize) {
		mean = e->dataset.mean == FF_STATISTIC_AUTO ? found.mean : e->dataset.mean;
		std = e->dataset.std == FF_STATISTIC_AUTO ? found.std : e->dataset.std;
	}
	if (!(std > 0))
		return ff_fail_at(error, FF_ERROR_DATA, path, "set dataset.standardize: false, or dataset.std",
		                  "cannot standardise with a standard deviation of %g", std);
	dataset->scale = (float)(1 / (255 * std));
	dataset->shift = (float)(mean == 0 ? 0 : -mean / std);
	dataset->filled = found.filled;
	for (int s = FF_SET_VALIDATION; s < FF_N_SETS; s++) {
		const struct ff_images *images = ff_dataset_images(dataset, (enum ff_set)s);
		double filled = images->n ? ff_statistics_of(images->pixels, images->n * dataset->features).filled : 0;
		dataset->filled = filled > dataset->filled ? filled : dataset->filled;
	}
	dataset->maximum = dataset->scale * (float)found.largest + dataset->shift;
	return FF_OK;
}

static void set_shape(struct ff_dataset *dataset, const struct ff_dataset_files *files)
{
	dataset->features = files->features;
	dataset->height = files->height;
	dataset->width = files->width;
	dataset->classes = files->classes;
}

ff_status ff_dataset_open(const struct ff_experiment *experiment, struct ff_dataset *dataset, struct ff_error *error)
{
	*dataset = (struct ff_dataset){0};
	struct ff_dataset_files *files = calloc(1, sizeof *files);
	if (!files)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a dataset");
	dataset->storage = files;
	ff_status status = open_files(experiment, true, files, error);
	set_shape(dataset, files);
	if (status == FF_OK)
		status = split(experiment, files, dataset, error);
	if (status == FF_OK)
		status = check_classes(dataset, files->paths[FF_TRAIN_IMAGES], error);
	if (status == FF_OK)
		status = check_training(experiment, dataset, files->paths[FF_TRAIN_IMAGES], error);
	if (status == FF_OK)
		status = set_scale(experiment, dataset, files->paths[FF_TRAIN_IMAGES], error);
	if (status != FF_OK)
		ff_dataset_close(dataset);
	return status;
}

void ff_dataset_drop_pixels(struct ff_dataset *dataset)
{
	struct ff_dataset_files *files = dataset->storage;
	if (files) {
		ff_idx_free(&files->part[FF_TRAIN_IMAGES]);
		ff_idx_free(&files->part[FF_TEST_IMAGES]);
	}
	dataset->train.pixels = dataset->validation.pixels = dataset->test.pixels = NULL;
}

static size_t bytes_of(const struct ff_dataset_files *files)
{
	size_t total = 0, bytes;
	for (int i = 0; i < FF_PARTS; i++)
		if (__builtin_mul_overflow(files->part[i].size[0], ff_idx_item(&files->part[i]), &bytes) ||
		    __builtin_add_overflow(total, bytes, &total))
			return SIZE_MAX;
	return total;
}

ff_status ff_dataset_measure(const struct ff_experiment *experiment, struct ff_dataset *dataset, size_t *bytes,
                             struct ff_error *error)
{
	*dataset = (struct ff_dataset){.filled = is_synthetic(experiment) ? 1 : 0};
	struct ff_dataset_files *files = calloc(1, sizeof *files);
	if (!files)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a dataset");
	ff_status status = open_files(experiment, false, files, error);
	set_shape(dataset, files);
	if (status == FF_OK)
		status = split(experiment, files, dataset, error);
	if (status == FF_OK)
		status = check_classes(dataset, files->paths[FF_TRAIN_IMAGES], error);
	*bytes = bytes_of(files);
	free(files);
	return status;
}

/* Whether all files exist. path: that of the training images, for messages. */
static bool is_here(const struct ff_experiment *e, char path[FF_MAX_PATH])
{
	char paths[FF_PARTS][FF_MAX_PATH];
	int64_t classes;
	snprintf(path, FF_MAX_PATH, "synthetic");
	if (is_synthetic(e))
		return true;
	if (locate(e, paths, &classes, NULL) != FF_OK)
		return false;
	memcpy(path, paths[FF_TRAIN_IMAGES], FF_MAX_PATH);
	for (int i = 0; i < FF_PARTS; i++)
		if (access(paths[i], F_OK) != 0)
			return false;
	return true;
}

ff_status ff_dataset_check(const struct ff_experiment *experiment, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct ff_dataset dataset;
	size_t bytes;
	if (!is_here(experiment, path))
		return FF_OK;
	FF_TRY(ff_dataset_measure(experiment, &dataset, &bytes, error));
	return check_training(experiment, &dataset, path, error);
}

void ff_dataset_close(struct ff_dataset *dataset)
{
	if (dataset->storage)
		ff_dataset_files_close(dataset->storage);
	free(dataset->storage);
	*dataset = (struct ff_dataset){0};
}

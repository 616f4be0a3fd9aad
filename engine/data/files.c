#include "data/files.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "machine/threads.h"

static bool holds_images(int part)
{
	return part == FF_TRAIN_IMAGES || part == FF_TEST_IMAGES;
}

static ff_status check_rank(const struct ff_dataset_files *files, int part, struct ff_error *error)
{
	int rank = files->part[part].rank;
	const char *path = files->paths[part];
	if (holds_images(part) && rank < 2)
		return ff_fail_at(error, FF_ERROR_DATA, path, "check the order of the files",
		                  "holds labels (one dimension), but images are expected");
	if (!holds_images(part) && rank != 1)
		return ff_fail_at(error, FF_ERROR_DATA, path, "check the order of the files",
		                  "holds images (%d dimensions), but labels are expected", rank);
	if (holds_images(part) && ff_idx_item(&files->part[part]) > INT_MAX)
		return ff_fail_at(error, FF_ERROR_DATA, path, NULL, "an image of %zu values is too large",
		                  ff_idx_item(&files->part[part]));
	return FF_OK;
}

static ff_status check_counts(const struct ff_dataset_files *files, int images, struct ff_error *error)
{
	size_t n = files->part[images].size[0], labels = files->part[images + 1].size[0];
	if (n != labels)
		return ff_fail_at(error, FF_ERROR_DATA, files->paths[images + 1],
		                  "images and labels must come from one dataset", "has %zu labels for %zu images",
		                  labels, n);
	return FF_OK;
}

static ff_status check_shapes(const struct ff_dataset_files *files, struct ff_error *error)
{
	const struct ff_idx *train = &files->part[FF_TRAIN_IMAGES], *test = &files->part[FF_TEST_IMAGES];
	const size_t *a = train->size, *b = test->size;
	if (train->rank != test->rank || memcmp(a + 1, b + 1, (FF_IDX_MAX_RANK - 1) * sizeof *a) != 0)
		return ff_fail_at(error, FF_ERROR_DATA, files->paths[FF_TEST_IMAGES],
		                  "training and test images must have the same shape",
		                  "has images of %zu x %zu x %zu values; the training images are %zu x %zu x %zu", b[1],
		                  b[2], b[3], a[1], a[2], a[3]);
	return FF_OK;
}

static int largest_label(const struct ff_idx *labels)
{
	int largest = 0;
	for (size_t i = 0; i < labels->size[0]; i++)
		largest = labels->data[i] > largest ? labels->data[i] : largest;
	return largest;
}

static ff_status check_labels(const struct ff_dataset_files *files, int part, struct ff_error *error)
{
	const struct ff_idx *labels = &files->part[part];
	for (size_t i = 0; i < labels->size[0]; i++)
		if (labels->data[i] >= files->classes)
			return ff_fail_at(error, FF_ERROR_DATA, files->paths[part],
			                  "raise dataset.classes, or check the file",
			                  "label %d of image %zu (from 0) is not below the number of classes, %d",
			                  labels->data[i], i, files->classes);
	return FF_OK;
}

/* Takes the shapes from the headers. */
static ff_status check_sizes(struct ff_dataset_files *files, struct ff_error *error)
{
	for (int i = 0; i < FF_PARTS; i++)
		FF_TRY(check_rank(files, i, error));
	FF_TRY(check_counts(files, FF_TRAIN_IMAGES, error));
	FF_TRY(check_counts(files, FF_TEST_IMAGES, error));
	FF_TRY(check_shapes(files, error));
	const struct ff_idx *images = &files->part[FF_TRAIN_IMAGES];
	files->features = ff_idx_item(images);
	files->height = images->rank > 2 ? (int)images->size[1] : 1;
	files->width = images->rank > 2 ? (int)images->size[2] : (int)images->size[1];
	return FF_OK;
}

/* FF_AUTO takes the classes of the training labels, so a class that only the test labels have is an error. */
static void set_classes(struct ff_dataset_files *files, const struct ff_idx *train_labels, int64_t classes)
{
	int most = classes == FF_AUTO ? largest_label(train_labels) + 1 : 0;
	files->classes = classes == FF_AUTO ? most : classes > INT_MAX ? INT_MAX : (int)classes;
}

static ff_status check(struct ff_dataset_files *files, int64_t classes, struct ff_error *error)
{
	FF_TRY(check_sizes(files, error));
	set_classes(files, &files->part[FF_TRAIN_LABELS], classes);
	FF_TRY(check_labels(files, FF_TRAIN_LABELS, error));
	return check_labels(files, FF_TEST_LABELS, error);
}

/* Reads training and test files at the same time. */
struct reading {
	struct ff_dataset_files *files;
	ff_status status[2];
	struct ff_error error[2];
};

static void read_two(void *context, size_t i)
{
	struct reading *reading = context;
	struct ff_dataset_files *files = reading->files;
	static const int FIRST[] = {FF_TEST_IMAGES, FF_TRAIN_IMAGES}; /* the caller reads the larger ones */
	for (int part = FIRST[i]; part < FIRST[i] + 2 && reading->status[i] == FF_OK; part++)
		reading->status[i] = ff_idx_read(files->paths[part], &files->part[part], &reading->error[i]);
}

static ff_status read_all(struct ff_dataset_files *files, struct ff_error *error)
{
	struct reading reading = {.files = files};
	ff_jobs_do(2, read_two, &reading);
	int first = reading.status[1] != FF_OK ? 1 : 0;
	if (reading.status[first] != FF_OK && error)
		*error = reading.error[first];
	return reading.status[first];
}

ff_status ff_dataset_files_read(const char (*paths)[FF_MAX_PATH], int64_t classes, struct ff_dataset_files *files,
                                struct ff_error *error)
{
	*files = (struct ff_dataset_files){0};
	memcpy(files->paths, paths, sizeof files->paths);
	ff_status status = read_all(files, error);
	if (status == FF_OK)
		status = check(files, classes, error);
	if (status != FF_OK)
		ff_dataset_files_close(files);
	return status;
}

ff_status ff_dataset_files_measure(const char (*paths)[FF_MAX_PATH], int64_t classes, struct ff_dataset_files *files,
                                   struct ff_error *error)
{
	struct ff_idx labels = {0};
	*files = (struct ff_dataset_files){0};
	memcpy(files->paths, paths, sizeof files->paths);
	for (int i = 0; i < FF_PARTS; i++)
		FF_TRY(ff_idx_measure(files->paths[i], &files->part[i], error));
	FF_TRY(check_sizes(files, error));
	if (classes == FF_AUTO)
		FF_TRY(ff_idx_read(files->paths[FF_TRAIN_LABELS], &labels, error));
	set_classes(files, &labels, classes);
	ff_idx_free(&labels);
	return FF_OK;
}

static void describe_made(const struct ff_synthetic *synthetic, struct ff_dataset_files *files)
{
	*files = (struct ff_dataset_files){.features = synthetic->height * synthetic->width,
	                                   .height = (int)synthetic->height,
	                                   .width = (int)synthetic->width,
	                                   .classes = synthetic->classes};
	for (int i = 0; i < FF_PARTS; i++)
		snprintf(files->paths[i], sizeof files->paths[i], "synthetic");
}

ff_status ff_dataset_files_measure_made(const struct ff_synthetic *synthetic, struct ff_dataset_files *files,
                                        struct ff_error *error)
{
	describe_made(synthetic, files);
	return ff_synthetic_measure(synthetic, files->part, error);
}

ff_status ff_dataset_files_make(const struct ff_synthetic *synthetic, struct ff_dataset_files *files,
                                struct ff_error *error)
{
	describe_made(synthetic, files);
	return ff_synthetic_make(synthetic, files->part, error);
}

void ff_dataset_files_close(struct ff_dataset_files *files)
{
	for (int i = 0; i < FF_PARTS; i++)
		ff_idx_free(&files->part[i]);
}

/* count[b] += how often b occurs. A counter cannot be incremented again before it has been stored, and black pixels come
 * in runs, so eight zeros are counted at once and neighbouring bytes have separate counters. */
static void count_bytes(const uint8_t *bytes, size_t n, uint64_t *count)
{
	uint64_t others[256] = {0}, eight;
	size_t i = 0;
	for (; i + sizeof eight <= n; i += sizeof eight) {
		memcpy(&eight, bytes + i, sizeof eight);
		if (eight == 0) {
			count[0] += sizeof eight;
			continue;
		}
		for (unsigned j = 0; j < sizeof eight; j += 2) {
			count[bytes[i + j]]++;
			others[bytes[i + j + 1]]++;
		}
	}
	for (; i < n; i++)
		count[bytes[i]]++;
	for (unsigned b = 0; b < 256; b++)
		count[b] += others[b];
}

/* Bytes to count; each job counts a share. */
struct counting {
	const uint8_t *bytes;
	size_t n, jobs;
	uint64_t count[FF_MOST_JOBS][256];
};

static void count_share(void *context, size_t i)
{
	struct counting *c = context;
	size_t begin = c->n * i / c->jobs, end = c->n * (i + 1) / c->jobs;
	count_bytes(c->bytes + begin, end - begin, c->count[i]);
}

struct ff_statistics ff_statistics_of(const uint8_t *bytes, size_t n)
{
	enum { GRAIN = 1 << 20 };
	struct counting counting = {.bytes = bytes, .n = n, .jobs = ff_jobs_of(n, GRAIN)};
	uint64_t count[256] = {0}, sum = 0;
	unsigned __int128 squares = 0; /* n sum(b^2) - sum(b)^2 must not round */
	struct ff_statistics found = {0};
	ff_jobs_do(counting.jobs, count_share, &counting);
	for (unsigned b = 0; b < 256; b++) {
		for (size_t i = 0; i < counting.jobs; i++)
			count[b] += counting.count[i][b];
		sum += b * count[b];
		squares += (unsigned __int128)(b * b) * count[b];
		found.largest = count[b] ? (uint8_t)b : found.largest;
	}
	double scale = 255.0 * (double)n;
	found.filled = 1 - (double)count[0] / (double)n;
	found.mean = (double)sum / scale;
	found.std = sqrt((double)(squares * n - (unsigned __int128)sum * sum)) / scale;
	return found;
}

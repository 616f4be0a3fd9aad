/* Where datasets are found, what is in the known ones, and the synthetic one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "data/catalog.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/files.h"
#include "data/search.h"
#include "data/synthetic.h"
#include "support/harness.h"
#include "support/samples.h"

static void make_dataset(const char *folder, const char *ending, int parts)
{
	CHECK_INT(ff_folder_create(sample_path(folder), NULL), FF_OK);
	for (int i = 0; i < parts; i++) {
		char name[256];
		snprintf(name, sizeof name, "%s/%s%s", folder, FF_PART_NAMES[i], ending);
		sample_write(name, "x", 1);
	}
}

static void search_in(const char *data, const char *cache)
{
	setenv("FFENGINE_DATA", data, 1);
	setenv("XDG_CACHE_HOME", cache, 1);
}

static void finds(const char *name, const char *folder, const char *ending)
{
	char paths[FF_PARTS][FF_MAX_PATH], wanted[FF_MAX_PATH + 64];
	struct ff_error error = {0};
	if (!CHECK_INT(ff_search(name, paths, &error), FF_OK))
		return;
	for (int i = 0; i < FF_PARTS; i++) {
		snprintf(wanted, sizeof wanted, "%s/%s%s", folder, FF_PART_NAMES[i], ending);
		CHECK_TEXT(paths[i], wanted);
	}
}

static void along_the_search_path(void)
{
	char list[3 * FF_MAX_PATH];
	make_dataset("a/digits", "", 4);
	make_dataset("b/digits", ".gz", 4);
	make_dataset("cache/ffengine/digits", ".gz", 4);
	make_dataset("bare/digits", "", 4);
	search_in("", sample_path("cache"));
	finds("digits", sample_path("cache/ffengine/digits"), ".gz");
	snprintf(list, sizeof list, ":%s::%s:", sample_path("b"), sample_path("a"));
	search_in(list, sample_path("cache"));
	finds("digits", sample_path("b/digits"), ".gz");
	search_in(sample_path("bare/digits"), "/nonexistent");
	finds("digits", sample_path("bare/digits"), "");
	make_dataset("b/digits", "", 1); /* a part may be plain, another .gz */
	char paths[FF_PARTS][FF_MAX_PATH];
	search_in(sample_path("b"), "/nonexistent");
	CHECK_INT(ff_search("digits", paths, NULL), FF_OK);
	CHECK(strstr(paths[0], ".gz") == NULL && strstr(paths[1], ".gz") != NULL);
}

static void an_incomplete_folder_is_passed_and_named(void)
{
	char list[2 * FF_MAX_PATH], paths[FF_PARTS][FF_MAX_PATH], tried[FF_MAX_PATH + 64];
	struct ff_error error = {0};
	make_dataset("half/letters", "", 3);
	make_dataset("whole/letters", "", 4);
	snprintf(list, sizeof list, "%s:%s", sample_path("half"), sample_path("whole"));
	search_in(list, "/nonexistent");
	finds("letters", sample_path("whole/letters"), "");
	search_in(sample_path("half"), "/nonexistent");
	CHECK_INT(ff_search("letters", paths, &error), FF_ERROR_DATA);
	snprintf(tried, sizeof tried, "%s (without t10k-labels-idx1-ubyte)", sample_path("half/letters"));
	CHECK_HAS(error.what, tried);
}

static void not_found_says_where_it_looked(void)
{
	char paths[FF_PARTS][FF_MAX_PATH];
	struct ff_error error = {0};
	search_in("/nowhere:/elsewhere", "/nonexistent");
	CHECK_INT(ff_dataset_locate("mnist", paths, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.where, "mnist");
	CHECK_HAS(error.what, "looked in /nowhere/mnist, /elsewhere/mnist, /nonexistent/ffengine/mnist, "
	                      "/usr/share/datasets/mnist");
	CHECK_HAS(error.hint, "ffengine data fetch mnist");
	unsetenv("FFENGINE_DATA");
	CHECK_INT(ff_search("letters", paths, &error), FF_ERROR_DATA);
	CHECK_TEXT(error.what,
	           "dataset not found; looked in /nonexistent/ffengine/letters, /usr/share/datasets/letters");
	char many[4000] = "";
	for (int i = 0; i < 100; i++)
		snprintf(many + strlen(many), sizeof many - strlen(many), "/some/folder/%d:", i);
	search_in(many, "/nonexistent");
	CHECK_INT(ff_search("letters", paths, &error), FF_ERROR_DATA);
	CHECK_HAS(error.what, ", ...");
}

/* A folder of files passes for a dataset only under its name: FFENGINE_DATA=/.../fashion-mnist is not mnist. */
static void one_dataset_does_not_pass_for_another(void)
{
	char paths[FF_PARTS][FF_MAX_PATH];
	make_dataset("fashion-mnist", "", 4);
	search_in(sample_path("fashion-mnist"), "/nonexistent");
	CHECK_INT(ff_search("mnist", paths, NULL), FF_ERROR_DATA);
	finds("fashion-mnist", sample_path("fashion-mnist"), "");
	make_dataset("my-mnist", "", 4);
	make_dataset("some/data", "", 4);
	static const char *const NAMES[] = {"my-mnist", "some/data"};
	for (int i = 0; i < 2; i++) {
		ff_scenario("folder %s", NAMES[i]);
		struct ff_error error = {0};
		search_in(sample_path(NAMES[i]), "/nonexistent");
		CHECK_INT(ff_search("mnist", paths, &error), FF_ERROR_DATA);
		CHECK_HAS(error.what, "(not called mnist)");
	}
	CHECK_INT(ff_dataset_locate("synthetic", paths, NULL), FF_ERROR_USAGE);
	CHECK_INT(ff_dataset_locate("../mnist", paths, NULL), FF_ERROR_USAGE);
}

static void the_cache_folder(void)
{
	char path[FF_MAX_PATH];
	setenv("XDG_CACHE_HOME", "/x/y", 1);
	CHECK_INT(ff_search_cache(path, NULL), FF_OK);
	CHECK_TEXT(path, "/x/y/ffengine");
	setenv("XDG_CACHE_HOME", "relative", 1); /* to be ignored, says its specification */
	char *home = strdup(getenv("HOME") ? getenv("HOME") : "/");
	setenv("HOME", "/home/someone", 1);
	CHECK_INT(ff_search_cache(path, NULL), FF_OK);
	CHECK_TEXT(path, "/home/someone/.cache/ffengine");
	unsetenv("HOME");
	CHECK_INT(ff_search_cache(path, NULL), FF_ERROR_USAGE);
	setenv("HOME", home, 1);
	free(home);
}

/* FNV-1a, 64 bits. */
static uint64_t checksum(const struct ff_idx files[FF_PARTS])
{
	uint64_t hash = 0xcbf29ce484222325;
	for (int part = 0; part < FF_PARTS; part++)
		for (size_t k = 0; k < files[part].size[0] * ff_idx_item(&files[part]); k++)
			hash = (hash ^ files[part].data[k]) * 0x100000001b3;
	return hash;
}

static void free_all(struct ff_idx files[FF_PARTS])
{
	for (int i = 0; i < FF_PARTS; i++)
		ff_idx_free(&files[i]);
}

/* The bytes are part of every result that was ever had with them. */
static void synthetic_bytes_never_change(void)
{
	struct ff_synthetic make = {
	    .seed = 42, .train = 300, .test = 100, .height = 28, .width = 28, .classes = 10, .noise = 0.3};
	struct ff_idx files[FF_PARTS], again[FF_PARTS];
	if (!CHECK_INT(ff_synthetic_make(&make, files, NULL), FF_OK))
		return;
	CHECK_INT(checksum(files), 1161184575252780759);
	make.seed++;
	CHECK_INT(ff_synthetic_make(&make, again, NULL), FF_OK);
	CHECK(checksum(again) != checksum(files));
	free_all(again);
	free_all(files);
	make =
	    (struct ff_synthetic){.seed = 42, .train = 9, .test = 0, .height = 1, .width = 3, .classes = 3, .noise = 1};
	if (CHECK_INT(ff_synthetic_make(&make, files, NULL), FF_OK))
		CHECK_INT(checksum(files), 6323685529754312563);
	free_all(files);
}

static void synthetic_labels_are_balanced(void)
{
	struct ff_synthetic make = {.seed = 5, .train = 20000, .test = 5, .height = 2, .width = 2, .classes = 10};
	struct ff_idx files[FF_PARTS];
	if (!CHECK_INT(ff_synthetic_make(&make, files, NULL), FF_OK))
		return;
	int count[256] = {0};
	for (size_t i = 0; i < make.train; i++)
		count[files[FF_TRAIN_LABELS].data[i]]++;
	double chi2 = 0;
	for (int c = 0; c < 10; c++)
		chi2 += pow(count[c] - 2000, 2) / 2000;
	CHECK(chi2 < 27.9); /* 0.999 quantile for 9 degrees of freedom */
	free_all(files);
}

/* Error of the nearest class mean on the test images. */
static double nearest_mean_error(const struct ff_synthetic *make, const struct ff_idx files[FF_PARTS])
{
	const size_t pixels = make->height * make->width;
	double(*mean)[784] = calloc((size_t)make->classes, sizeof *mean), wrong = 0;
	int count[10] = {0};
	for (size_t i = 0; i < make->train; i++) {
		uint8_t label = files[FF_TRAIN_LABELS].data[i];
		count[label]++;
		for (size_t p = 0; p < pixels; p++)
			mean[label][p] += files[FF_TRAIN_IMAGES].data[i * pixels + p];
	}
	for (size_t i = 0; i < make->test; i++) {
		int best = 0;
		double least = INFINITY;
		for (int c = 0; c < make->classes; c++) {
			double distance = 0;
			for (size_t p = 0; p < pixels; p++)
				distance += pow(files[FF_TEST_IMAGES].data[i * pixels + p] - mean[c][p] / count[c], 2);
			best = distance < least ? c : best;
			least = distance < least ? distance : least;
		}
		wrong += best != files[FF_TEST_LABELS].data[i];
	}
	free(mean);
	return wrong / (double)make->test;
}

static void synthetic_is_learnable_but_not_trivial(void)
{
	struct ff_synthetic make = {
	    .train = 3000, .test = 1000, .height = 28, .width = 28, .classes = 10, .noise = 0.3};
	for (make.seed = 1; make.seed <= 2; make.seed++) {
		ff_scenario("seed %d", (int)make.seed);
		struct ff_idx files[FF_PARTS];
		if (!CHECK_INT(ff_synthetic_make(&make, files, NULL), FF_OK))
			return;
		double error = nearest_mean_error(&make, files);
		CHECK(error > 0.01 && error < 0.3); /* chance is 0.9 */
		free_all(files);
	}
}

static void synthetic_noise_is_as_asked(void)
{
	struct ff_synthetic make = {.train = 2000, .height = 8, .width = 8, .classes = 1, .noise = 0.05};
	struct ff_idx noisy[FF_PARTS], clean[FF_PARTS];
	if (!CHECK_INT(ff_synthetic_make(&make, noisy, NULL), FF_OK))
		return;
	make.noise = 0;
	if (!CHECK_INT(ff_synthetic_make(&make, clean, NULL), FF_OK))
		return;
	double squares = 0, n = 0;
	for (size_t k = 0; k < make.train * 64; k++) {
		int pure = clean[FF_TRAIN_IMAGES].data[k];
		if (pure < 60 || pure > 195) /* away from the clamps */
			continue;
		squares += pow(noisy[FF_TRAIN_IMAGES].data[k] - pure, 2);
		n++;
	}
	CHECK(n > 10000);
	CHECK_NEAR(sqrt(squares / n) / 255, 0.05, 0.001);
	free_all(noisy);
	free_all(clean);
}

static void synthetic_refuses_nonsense(void)
{
	static const struct ff_synthetic GOOD = {
	    .train = 1, .test = 1, .height = 2, .width = 2, .classes = 2, .noise = 0.5};
	struct ff_synthetic bad[] = {GOOD, GOOD, GOOD, GOOD, GOOD, GOOD};
	bad[0].height = 0;
	bad[1].width = (size_t)-1;
	bad[2].train = (size_t)1 << 32;
	bad[3].classes = 257;
	bad[4].noise = NAN;
	bad[5].noise = 1.5;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ff_scenario("bad[%zu]", i);
		struct ff_idx files[FF_PARTS];
		struct ff_error error = {0};
		CHECK_INT(ff_synthetic_make(&bad[i], files, &error), FF_ERROR_CONFIG);
		CHECK(*error.what && !files[0].data);
	}
}

static void describe(const char *name, double mean, double std, const size_t first_class[2])
{
	struct ff_dataset_info info;
	struct ff_error error = {0};
	if (!CHECK_INT(ff_dataset_describe(name, &info, &error), FF_OK))
		return;
	CHECK_INT(info.train, 60000);
	CHECK_INT(info.test, 10000);
	CHECK_INT(info.height * 100 + info.width, 2828);
	CHECK_INT(info.classes, 10);
	CHECK_INT(info.train_per_class[0], first_class[0]);
	CHECK_INT(info.test_per_class[0], first_class[1]);
	CHECK_INT(info.train_per_class[10], 0);
	CHECK_NEAR(info.mean, mean, 5e-5);
	CHECK_NEAR(info.std, std, 5e-5);
}

static char *given; /* FFENGINE_DATA as the program found it */

static void real_mnist(void)
{
	static const size_t MNIST[] = {5923, 980};
	char paths[4][FF_MAX_PATH];
	search_in(given, "/nonexistent");
	if (ff_dataset_locate("mnist", paths, NULL) == FF_OK)
		describe("mnist", 0.1307, 0.3081, MNIST);
	else
		ff_test_skip("no mnist in FFENGINE_DATA");
}

static void real_fashion(void)
{
	static const size_t FASHION[] = {6000, 1000};
	char paths[4][FF_MAX_PATH];
	search_in(given, "/nonexistent");
	if (ff_dataset_locate("fashion-mnist", paths, NULL) == FF_OK)
		describe("fashion-mnist", 0.2860, 0.3530, FASHION);
	else
		ff_test_skip("no fashion-mnist");
}

static ff_status load_named(const char *name, size_t train, size_t test)
{
	static struct ff_experiment experiment;
	char dataset[200];
	const char *const set[] = {"layers.widths=[4]", dataset};
	snprintf(dataset, sizeof dataset, "dataset={name: %s, train: %zu, test: %zu}", name, train, test);
	return ff_experiment_load(NULL, set, 2, &experiment, NULL);
}

/* An experiment may name each entry, and its sizes are those that config/ checks experiments against. */
static void the_catalog_fits_the_schema(void)
{
	size_t n;
	const struct ff_catalog_entry *entries = ff_catalog(&n);
	for (size_t i = 0; i < n; i++) {
		const struct ff_catalog_entry *e = &entries[i];
		ff_scenario("dataset %s", e->name);
		size_t train = e->train ? e->train : 200, test = e->test ? e->test : 100;
		CHECK_INT(load_named(e->name, train, test), FF_OK);
		CHECK_INT(load_named(e->name, train + 1, test), e->train ? FF_ERROR_CONFIG : FF_OK);
		CHECK_INT(load_named(e->name, train, test + 1), e->test ? FF_ERROR_CONFIG : FF_OK);
		CHECK(ff_catalog_find(e->name, NULL) == e);
		for (int f = 0; e->fetchable && f < FF_FETCH_FILES; f++)
			CHECK_HAS(e->files[f].name, FF_PART_NAMES[f]);
	}
}

static void the_catalog(void)
{
	size_t n;
	const struct ff_catalog_entry *entries = ff_catalog(&n);
	CHECK_INT(n, 3);
	CHECK_TEXT(entries[0].name, "mnist");
	CHECK(entries[0].fetchable && !entries[1].fetchable);
	struct ff_dataset_info info;
	struct ff_error error = {0};
	CHECK_INT(ff_dataset_describe("nope", &info, &error), FF_ERROR_USAGE);
	CHECK_HAS(error.hint, "fashion-mnist");
}

/* What `data info synthetic` tells is what `dataset: {name: synthetic}` gives. */
static void synthetic_is_described_as_it_is_by_default(void)
{
	static const char *const SET[] = {"dataset.name=synthetic", "layers.widths=[4]"};
	static struct ff_experiment experiment;
	struct ff_dataset_info info;
	struct ff_dataset dataset;
	size_t per_class[256] = {0};
	if (!CHECK_INT(ff_dataset_describe("synthetic", &info, NULL), FF_OK) ||
	    !CHECK_INT(ff_experiment_load(NULL, SET, 2, &experiment, NULL), FF_OK) ||
	    !CHECK_INT(ff_dataset_open(&experiment, &dataset, NULL), FF_OK))
		return;
	CHECK_INT(info.train, dataset.train.n);
	CHECK_INT(info.test, dataset.test.n);
	CHECK_INT(info.height * 10000 + info.width, dataset.height * 10000 + dataset.width);
	CHECK_INT(info.classes, dataset.classes);
	for (size_t i = 0; i < dataset.train.n; i++)
		per_class[dataset.train.labels[i]]++;
	CHECK(memcmp(per_class, info.train_per_class, sizeof per_class) == 0);
	struct ff_statistics found = ff_statistics_of(dataset.train.pixels, dataset.train.n * dataset.features);
	CHECK_NEAR(info.mean, found.mean, 0);
	CHECK_NEAR(info.std, found.std, 0);
	ff_dataset_close(&dataset);
}

int main(void)
{
	static const struct ff_test_case CASES[] = {
	    {"datasets are found along the search path", along_the_search_path},
	    {"an incomplete folder is passed and named", an_incomplete_folder_is_passed_and_named},
	    {"not found says where it looked", not_found_says_where_it_looked},
	    {"one dataset does not pass for another", one_dataset_does_not_pass_for_another},
	    {"the cache folder", the_cache_folder},
	    {"synthetic bytes never change", synthetic_bytes_never_change},
	    {"synthetic labels are balanced", synthetic_labels_are_balanced},
	    {"synthetic images are learnable but not trivial", synthetic_is_learnable_but_not_trivial},
	    {"synthetic noise is as asked", synthetic_noise_is_as_asked},
	    {"synthetic refuses nonsense", synthetic_refuses_nonsense},
	    {"MNIST is what it should be", real_mnist},
	    {"Fashion-MNIST is what it should be", real_fashion},
	    {"the catalog", the_catalog},
	    {"the catalog fits the schema", the_catalog_fits_the_schema},
	    {"synthetic is described as it is by default", synthetic_is_described_as_it_is_by_default},
	};
	const char *data = getenv("FFENGINE_DATA");
	given = strdup(data ? data : "");
	int status = ff_tests_run("data", CASES, (int)(sizeof CASES / sizeof *CASES));
	free(given);
	return status;
}

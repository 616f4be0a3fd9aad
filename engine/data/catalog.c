#include "data/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "data/files.h"

static const struct ff_catalog_entry ENTRIES[] = {
    {"mnist", "handwritten digits, 60,000 + 10,000 images of 28 x 28",
     "Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0; `ffengine data fetch mnist`", true},
    {"fashion-mnist", "articles of clothing, 60,000 + 10,000 images of 28 x 28",
     "Zalando Research; MIT licence; Debian package dataset-fashion-mnist", false},
    {"synthetic", "noisy random patterns of any size, made from the seed", "made by ffengine, no files needed", false},
};

const struct ff_catalog_entry *ff_catalog(size_t *n)
{
	*n = sizeof ENTRIES / sizeof *ENTRIES;
	return ENTRIES;
}

static ff_status check_name(const char *name, struct ff_error *error)
{
	for (size_t i = 0; i < sizeof ENTRIES / sizeof *ENTRIES; i++)
		if (strcmp(ENTRIES[i].name, name) == 0)
			return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, name, "known are mnist, fashion-mnist and synthetic",
	                  "is not a known dataset");
}

ff_status ff_dataset_locate(const char *name, char paths[4][FF_MAX_PATH], struct ff_error *error)
{
	FF_TRY(check_name(name, error));
	if (strcmp(name, "synthetic") == 0)
		return ff_fail_at(error, FF_ERROR_USAGE, name, NULL, "is made from the seed and has no files");
	return ff_search(name, paths, error);
}

static ff_status read_named(const char *name, struct ff_dataset_files *files, struct ff_error *error)
{
	/* as config/schema.c has them; a test compares */
	static const struct ff_synthetic DEFAULTS = {.seed = 1,
	                                             .train = FF_SYNTHETIC_TRAIN,
	                                             .test = FF_SYNTHETIC_TEST,
	                                             .height = 28,
	                                             .width = 28,
	                                             .classes = FF_SYNTHETIC_CLASSES,
	                                             .noise = 0.3};
	char paths[FF_PARTS][FF_MAX_PATH];
	if (strcmp(name, "synthetic") == 0)
		return ff_dataset_files_make(&DEFAULTS, files, error);
	FF_TRY(ff_dataset_locate(name, paths, error));
	return ff_dataset_files_read((const char(*)[FF_MAX_PATH])paths, 10, files, error);
}

static void count(const struct ff_idx *labels, size_t per_class[256])
{
	for (size_t i = 0; i < labels->size[0]; i++)
		per_class[labels->data[i]]++;
}

ff_status ff_dataset_describe(const char *name, struct ff_dataset_info *info, struct ff_error *error)
{
	struct ff_dataset_files *files = calloc(1, sizeof *files);
	if (!files)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a dataset");
	ff_status status = read_named(name, files, error);
	if (status == FF_OK) {
		const struct ff_idx *part = files->part;
		*info = (struct ff_dataset_info){.train = part[FF_TRAIN_IMAGES].size[0],
		                                 .test = part[FF_TEST_IMAGES].size[0],
		                                 .height = files->height,
		                                 .width = files->width,
		                                 .classes = files->classes};
		count(&part[FF_TRAIN_LABELS], info->train_per_class);
		count(&part[FF_TEST_LABELS], info->test_per_class);
		struct ff_statistics found =
		    ff_statistics_of(part[FF_TRAIN_IMAGES].data, info->train * files->features);
		info->mean = found.mean;
		info->std = found.std;
	}
	ff_dataset_files_close(files);
	free(files);
	return status;
}

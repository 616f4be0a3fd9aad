#include "data/describe.h"

#include <stdlib.h>

#include "data/catalog.h"
#include "data/files.h"
#include "data/search.h"
#include "data/synthetic.h"

ff_status ff_dataset_locate(const char *name, char paths[4][FF_MAX_PATH], struct ff_error *error)
{
	const struct ff_catalog_entry *entry = ff_catalog_find(name, error);
	if (!entry)
		return FF_ERROR_USAGE;
	if (!entry->get)
		return ff_fail_at(error, FF_ERROR_USAGE, name, NULL, "is made from the seed and has no files");
	return ff_search(name, paths, error);
}

static ff_status read_named(const char *name, struct ff_dataset_files *files, struct ff_error *error)
{
	/* as in config/schema.c, which a test compares */
	static const struct ff_synthetic DEFAULTS = {.seed = 1,
	                                             .train = FF_SYNTHETIC_TRAIN,
	                                             .test = FF_SYNTHETIC_TEST,
	                                             .height = 28,
	                                             .width = 28,
	                                             .classes = FF_SYNTHETIC_CLASSES,
	                                             .noise = 0.3};
	char paths[FF_PARTS][FF_MAX_PATH];
	const struct ff_catalog_entry *entry = ff_catalog_find(name, error);
	if (entry && !entry->get)
		return ff_dataset_files_make(&DEFAULTS, files, error);
	FF_TRY(ff_dataset_locate(name, paths, error)); /* fails for an unknown name */
	return ff_dataset_files_read((const char(*)[FF_MAX_PATH])paths, entry->classes, files, error);
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

#include "data/catalog.h"

#include <stdio.h>
#include <string.h>

static const struct ff_catalog_entry ENTRIES[] = {
    {.name = "mnist",
     .title = "handwritten digits, 60,000 + 10,000 images of 28 x 28",
     .source = "Y. LeCun, C. Cortes, C. J. C. Burges; CC BY-SA 3.0; `ffengine data fetch mnist`",
     .get = "run `ffengine data fetch mnist`",
     .train = 60000,
     .test = 10000,
     .classes = 10,
     .fetchable = true,
     .mirrors = {"https://ossci-datasets.s3.amazonaws.com/mnist/",
                 "https://storage.googleapis.com/cvdf-datasets/mnist/"},
     .files =
         {{"train-images-idx3-ubyte.gz", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47040016},
          {"train-labels-idx1-ubyte.gz", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60008},
          {"t10k-images-idx3-ubyte.gz", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7840016},
          {"t10k-labels-idx1-ubyte.gz", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10008}}},
    {.name = "fashion-mnist",
     .title = "articles of clothing, 60,000 + 10,000 images of 28 x 28",
     .source = "Zalando Research; MIT licence; Debian package dataset-fashion-mnist",
     .get = "run `apt-get install dataset-fashion-mnist`",
     .train = 60000,
     .test = 10000,
     .classes = 10},
    {.name = "synthetic",
     .title = "noisy random patterns of any size, made from the seed",
     .source = "made by ffengine, no files needed",
     .classes = 10},
};

const struct ff_catalog_entry *ff_catalog(size_t *n)
{
	*n = sizeof ENTRIES / sizeof *ENTRIES;
	return ENTRIES;
}

const struct ff_catalog_entry *ff_catalog_find(const char *name, struct ff_error *error)
{
	char known[256] = "known are";
	for (size_t i = 0; i < sizeof ENTRIES / sizeof *ENTRIES; i++) {
		if (strcmp(ENTRIES[i].name, name) == 0)
			return &ENTRIES[i];
		size_t used = strlen(known);
		snprintf(known + used, sizeof known - used, "%s %s", i ? "," : "", ENTRIES[i].name);
	}
	ff_fail_at(error, FF_ERROR_USAGE, name, known, "is not a known dataset");
	return NULL;
}

#include "data/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/catalog.h"
#include "data/search.h"

#define FIRST_MIRROR "https://ossci-datasets.s3.amazonaws.com/mnist/"

#ifdef FF_HAVE_FETCH
#include "data/fetch_table.h"

static const char *const MIRRORS[] = {FIRST_MIRROR, "https://storage.googleapis.com/cvdf-datasets/mnist/"};

static const struct ff_fetch_file FILES[] = {
    {"train-images-idx3-ubyte.gz", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47040016},
    {"train-labels-idx1-ubyte.gz", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60008},
    {"t10k-images-idx3-ubyte.gz", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7840016},
    {"t10k-labels-idx1-ubyte.gz", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10008},
};

static ff_status fetch_mnist(const struct ff_fetch_options *options, const char *folder, struct ff_error *error)
{
	const char *const given[] = {options->mirror};
	struct ff_fetch_table table = {.files = FILES,
	                               .n_files = 4,
	                               .mirrors = options->mirror ? given : MIRRORS,
	                               .n_mirrors = options->mirror ? 1 : 2,
	                               .connect_seconds = 15,
	                               .stall_seconds = 30};
	return ff_fetch_files(&table, folder, options, error);
}
#else
static ff_status fetch_mnist(const struct ff_fetch_options *options, const char *folder, struct ff_error *error)
{
	char command[FF_MAX_PATH + FF_ERROR_TEXT];
	const char *mirror = options->mirror ? options->mirror : FIRST_MIRROR;
	const char *slash = mirror[strlen(mirror) - 1] == '/' ? "" : "/";
	snprintf(command, sizeof command,
	         "run: curl -fL --create-dirs --output-dir '%s' --remote-name-all "
	         "'%s%s{train-images-idx3,train-labels-idx1,t10k-images-idx3,t10k-labels-idx1}-ubyte.gz'",
	         folder, mirror, slash);
	return ff_fail_at(error, FF_ERROR_USAGE, options->name, command,
	                  "this ffengine is built without libcurl and cannot download");
}
#endif

static ff_status check_name(const char *name, struct ff_error *error)
{
	size_t n;
	const struct ff_catalog_entry *entries = ff_catalog(&n);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(entries[i].name, name) != 0)
			continue;
		if (entries[i].fetchable)
			return FF_OK;
		const char *hint = strcmp(name, "synthetic") == 0 ? "it is made from the seed when it is used"
		                                                  : "run `apt-get install dataset-fashion-mnist`";
		return ff_fail_at(error, FF_ERROR_USAGE, name, hint, "is not downloaded by ffengine");
	}
	return ff_fail_at(error, FF_ERROR_USAGE, name, "mnist can be downloaded", "is not a known dataset");
}

static ff_status check_mirror(const char *mirror, struct ff_error *error)
{
	if (!mirror || strncasecmp(mirror, "http://", 7) == 0 || strncasecmp(mirror, "https://", 8) == 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, mirror, "give the URL of the folder that holds the four .gz files",
	                  "a mirror starts with http:// or https://");
}

ff_status ff_fetch_folder(const struct ff_fetch_options *options, char folder[FF_MAX_PATH], struct ff_error *error)
{
	char cache[FF_MAX_PATH];
	const char *above = options->folder;
	if (!above) {
		FF_TRY(ff_search_cache(cache, error));
		above = cache;
	}
	if (snprintf(folder, FF_MAX_PATH, "%s/%s", above, options->name) >= FF_MAX_PATH)
		return ff_fail_at(error, FF_ERROR_USAGE, above, NULL, "the path is too long");
	return FF_OK;
}

ff_status ff_fetch(const struct ff_fetch_options *options, struct ff_error *error)
{
	char folder[FF_MAX_PATH];
	FF_TRY(check_name(options->name, error));
	FF_TRY(check_mirror(options->mirror, error));
	FF_TRY(ff_fetch_folder(options, folder, error));
	return fetch_mnist(options, folder, error);
}

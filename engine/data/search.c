#include "data/search.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/catalog.h"

const char *const FF_PART_NAMES[FF_PARTS] = {
    [FF_TRAIN_IMAGES] = "train-images-idx3-ubyte",
    [FF_TRAIN_LABELS] = "train-labels-idx1-ubyte",
    [FF_TEST_IMAGES] = "t10k-images-idx3-ubyte",
    [FF_TEST_LABELS] = "t10k-labels-idx1-ubyte",
};

static const char SYSTEM_FOLDER[] = "/usr/share/datasets";

struct search {
	const char *name;
	char (*paths)[FF_MAX_PATH];
	char tried[FF_ERROR_TEXT - 64]; /* for the message */
};

ff_status ff_search_cache(char path[FF_MAX_PATH], struct ff_error *error)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n = FF_MAX_PATH;
	if (cache && *cache == '/')
		n = snprintf(path, FF_MAX_PATH, "%s/ffengine", cache);
	else if (home && *home)
		n = snprintf(path, FF_MAX_PATH, "%s/.cache/ffengine", home);
	if (n >= FF_MAX_PATH)
		return ff_fail_at(error, FF_ERROR_USAGE, NULL, "set HOME, or name a folder with --to",
		                  "there is no cache folder");
	return FF_OK;
}

/* Notes "folder (remark)", or the folder alone without a remark. */
static void note(struct search *search, const char *folder, const char *remark, const char *of)
{
	size_t used = strlen(search->tried);
	int n = snprintf(search->tried + used, sizeof search->tried - used, "%s%s%s%s%s%s", used ? ", " : "", folder,
	                 of ? " (" : "", of ? remark : "", of ? of : "", of ? ")" : "");
	if ((size_t)n >= sizeof search->tried - used && used + 5 < sizeof search->tried)
		memcpy(search->tried + used, ", ...", 6);
}

static bool find_part(const char *folder, int part, char path[FF_MAX_PATH])
{
	static const char *const ENDINGS[] = {"", ".gz"};
	for (int i = 0; i < 2; i++) {
		int n = snprintf(path, FF_MAX_PATH, "%s/%s%s", folder, FF_PART_NAMES[part], ENDINGS[i]);
		if (n < FF_MAX_PATH && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Whether the folder holds all parts. If not, it is noted as tried, unless `quiet` is set and it holds none. */
static bool try_folder(struct search *search, const char *folder, bool quiet)
{
	int found = 0;
	const char *missing = NULL;
	for (int i = 0; i < FF_PARTS; i++) {
		if (find_part(folder, i, search->paths[i]))
			found++;
		else if (!missing)
			missing = FF_PART_NAMES[i];
	}
	if (missing && (found || !quiet))
		note(search, folder, "without ", found ? missing : NULL);
	return !missing;
}

static bool try_below(struct search *search, const char *folder)
{
	char path[FF_MAX_PATH];
	if (snprintf(path, sizeof path, "%s/%s", folder, search->name) >= (int)sizeof path)
		return false;
	return try_folder(search, path, false);
}

/* Whether the folder's last component is the name: files alone do not say which dataset they are. */
static bool is_called(const char *folder, const char *name)
{
	size_t end = strlen(folder), length = strlen(name);
	while (end > 1 && folder[end - 1] == '/')
		end--;
	return end >= length && strncmp(folder + end - length, name, length) == 0 &&
	       (end == length || folder[end - length - 1] == '/');
}

/* Tries the folder itself if it has the dataset's name. A folder of another name that holds the files is noted. */
static bool try_bare(struct search *search, const char *folder)
{
	char path[FF_MAX_PATH];
	if (is_called(folder, search->name))
		return try_folder(search, folder, true);
	if (find_part(folder, FF_TRAIN_IMAGES, path))
		note(search, folder, "not called ", search->name);
	return false;
}

static bool try_environment(struct search *search)
{
	const char *folders = getenv("FFENGINE_DATA");
	while (folders && *folders) {
		size_t length = strcspn(folders, ":");
		char folder[FF_MAX_PATH];
		if (length > 0 && length < sizeof folder) {
			snprintf(folder, sizeof folder, "%.*s", (int)length, folders);
			if (try_below(search, folder) || try_bare(search, folder))
				return true;
		}
		folders += length + (folders[length] == ':');
	}
	return false;
}

ff_status ff_search(const char *name, char paths[FF_PARTS][FF_MAX_PATH], struct ff_error *error)
{
	struct search search = {.name = name, .paths = paths};
	char cache[FF_MAX_PATH];
	if (try_environment(&search))
		return FF_OK;
	if (ff_search_cache(cache, NULL) == FF_OK && try_below(&search, cache))
		return FF_OK;
	if (try_below(&search, SYSTEM_FOLDER))
		return FF_OK;
	const struct ff_catalog_entry *entry = ff_catalog_find(name, NULL);
	const char *get = entry ? entry->get : NULL;
	char hint[FF_ERROR_TEXT];
	snprintf(hint, sizeof hint, "%s%sname the folder that holds it in FFENGINE_DATA", get ? get : "",
	         get ? ", or " : "");
	return ff_fail_at(error, FF_ERROR_DATA, name, hint, "dataset not found; looked in %s", search.tried);
}

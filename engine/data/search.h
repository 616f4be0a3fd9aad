/* Finds datasets in the search path: the folders of FFENGINE_DATA (separated by colons), the user's cache folder and
 * /usr/share/datasets.
 *
 * A dataset NAME is a folder NAME in one of these with the four standard files, each plain or .gz:
 * train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte. A folder of
 * FFENGINE_DATA may also be the dataset itself, if its last component is NAME.
 * Thread-safe as long as the environment does not change. */
#ifndef ENGINE_DATA_SEARCH_H
#define ENGINE_DATA_SEARCH_H

#include "base/error.h"
#include "ffengine/experiment.h"

enum ff_part { FF_TRAIN_IMAGES, FF_TRAIN_LABELS, FF_TEST_IMAGES, FF_TEST_LABELS, FF_PARTS };

/* Standard file names by enum ff_part, without .gz. */
extern const char *const FF_PART_NAMES[FF_PARTS];

/* Fills path with $XDG_CACHE_HOME/ffengine if that variable holds an absolute path, else with ~/.cache/ffengine. The
 * folder need not exist. Errors: FF_ERROR_USAGE (neither is known, or the path is too long). */
FF_NODISCARD ff_status ff_search_cache(char path[FF_MAX_PATH], struct ff_error *error);

/* Fills paths with the files of the first complete dataset of that name. Errors: FF_ERROR_DATA; the message lists the
 * folders that were searched and what they lack. */
FF_NODISCARD ff_status ff_search(const char *name, char paths[FF_PARTS][FF_MAX_PATH], struct ff_error *error);

#endif

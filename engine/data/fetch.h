/* Downloads a dataset's files into the search path, checked against their SHA-256.
 *
 * A file is written as FILE.part and gets its name only when its content is right; what an interrupted download left
 * in FILE.part is resumed by the next. Files already there and right are not downloaded again; that goes for unpacked
 * files too, which are read in place of the .gz beside them (search.h): a damaged one must be removed first. Folders
 * made for a fetch that failed are removed if nothing is in them.
 * Without libcurl (a build with -DFF_FETCH=OFF) ff_fetch() fails with FF_ERROR_USAGE and names the command to run.
 *
 * One thread at a time (libcurl's global state); a second process on the same file is refused. */
#ifndef ENGINE_DATA_FETCH_H
#define ENGINE_DATA_FETCH_H

#include "base/error.h"
#include "data/fetch_options.h"
#include "ffengine/experiment.h"

/* Where ff_fetch() with these options puts the files. Errors: FF_ERROR_USAGE (no HOME, path too long). */
FF_NODISCARD ff_status ff_fetch_folder(const struct ff_fetch_options *options, char folder[FF_MAX_PATH],
                                       struct ff_error *error);

/* Downloads what is missing or damaged.
 * Errors: FF_ERROR_USAGE (not fetchable, not an http URL, built without libcurl), FF_ERROR_IO (network, or the folder
 * cannot be written), FF_ERROR_DATA (every mirror gave other content, or a damaged unpacked file is in the way). */
FF_NODISCARD ff_status ff_fetch(const struct ff_fetch_options *options, struct ff_error *error);

#endif

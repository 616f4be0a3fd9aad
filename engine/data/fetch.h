/* Downloads a dataset's files into the search path and checks their SHA-256.
 *
 * A file is written as FILE.part and renamed once its content is right. The next download continues a FILE.part that an
 * interrupted one left. Files that exist and are right are not downloaded again. An unpacked file counts too, since it
 * is read in place of the .gz beside it (search.h); a damaged one must be removed first. A fetch that fails removes the
 * empty folders that it created.
 * Without libcurl (built with -DFF_FETCH=OFF) ff_fetch() fails with FF_ERROR_USAGE and names the command to run.
 *
 * One thread at a time, because of libcurl's global state. A second process is refused the same file. */
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
 * cannot be written), FF_ERROR_DATA (wrong content on every mirror, or a damaged unpacked file is in the way). */
FF_NODISCARD ff_status ff_fetch(const struct ff_fetch_options *options, struct ff_error *error);

#endif

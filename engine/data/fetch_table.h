/* Fetches a list of files from a list of mirrors; data/fetch.h takes both from the catalog. Only in builds with
 * FF_HAVE_FETCH. */
#ifndef ENGINE_DATA_FETCH_TABLE_H
#define ENGINE_DATA_FETCH_TABLE_H

#include "base/error.h"
#include "data/catalog.h"
#include "data/fetch_options.h"

struct ff_fetch_table {
	const struct ff_fetch_file *files;
	int n_files;
	const char *const *mirrors; /* URLs of folders, tried in this order */
	int n_mirrors;
	long connect_seconds, stall_seconds; /* time-outs */
};

/* Downloads the files that `folder` lacks. Of the options only the progress callback is used.
 * Errors: as ff_fetch(). */
FF_NODISCARD ff_status ff_fetch_files(const struct ff_fetch_table *table, const char *folder,
                                      const struct ff_fetch_options *options, struct ff_error *error);

#endif

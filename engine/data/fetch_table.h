/* The part of fetch.h that does the work, with the files and mirrors as arguments. Only in builds with
 * FF_HAVE_FETCH. */
#ifndef ENGINE_DATA_FETCH_TABLE_H
#define ENGINE_DATA_FETCH_TABLE_H

#include "base/error.h"
#include "data/catalog.h"
#include "data/fetch_options.h"

struct ff_fetch_table {
	const struct ff_fetch_file *files;
	int n_files;
	const char *const *mirrors; /* URLs of folders, tried in turn */
	int n_mirrors;
	long connect_seconds, stall_seconds; /* patience */
};

/* Makes `folder` hold every file of the table. Of the options only the progress callback is used.
 * Errors: as ff_fetch(). */
FF_NODISCARD ff_status ff_fetch_files(const struct ff_fetch_table *table, const char *folder,
                                      const struct ff_fetch_options *options, struct ff_error *error);

#endif

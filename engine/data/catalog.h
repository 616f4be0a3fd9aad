/* The datasets that ffengine knows by name, with all that is known before their files are read. */
#ifndef ENGINE_DATA_CATALOG_H
#define ENGINE_DATA_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A file to download. */
struct ff_fetch_file {
	const char *name;   /* on the mirror and in the folder */
	const char *sha256; /* of the uncompressed content: mirrors may compress differently */
	uint64_t size;      /* of the uncompressed content */
};

enum { FF_FETCH_FILES = 4, FF_FETCH_MIRRORS = 2 };

struct ff_catalog_entry {
	const char *name;   /* as in dataset.name and config/schema.c */
	const char *title;  /* one line */
	const char *source; /* its origin and its licence */
	const char *get;    /* how to get it; NULL: it is generated and has no files */
	size_t train, test; /* images in its files, as in config/check_data.c; 0: any number */
	int classes;
	bool fetchable;                             /* ff_fetch() can download it */
	const char *mirrors[FF_FETCH_MIRRORS];      /* URLs of folders, tried in this order */
	struct ff_fetch_file files[FF_FETCH_FILES]; /* in each of them */
};

/* The entries, *n of them. Static storage; any thread may read it. */
const struct ff_catalog_entry *ff_catalog(size_t *n);

/* The entry of that name. NULL if there is none; *error, which may be NULL, then lists the names (FF_ERROR_USAGE). */
const struct ff_catalog_entry *ff_catalog_find(const char *name, struct ff_error *error);

#endif

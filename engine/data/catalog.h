/* The datasets ffengine knows by name: all that is known of one before its files are read. */
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
	const char *name;   /* as in dataset.name; its word in config/schema.c has the same spelling */
	const char *title;  /* one line */
	const char *source; /* where it comes from, and its licence */
	const char *get;    /* what to do to have it; NULL if it is made in memory and has no files */
	size_t train, test; /* images in its files, as config/check.c knows them too; 0 = any number */
	int classes;
	bool fetchable;                             /* ff_fetch() can download it: */
	const char *mirrors[FF_FETCH_MIRRORS];      /* URLs of folders, tried in turn */
	struct ff_fetch_file files[FF_FETCH_FILES]; /* there */
};

/* The entries, *n of them. Static storage; any thread may read it. */
const struct ff_catalog_entry *ff_catalog(size_t *n);

/* The entry of that name. NULL if there is none; *error (may be NULL) then says which there are, FF_ERROR_USAGE. */
const struct ff_catalog_entry *ff_catalog_find(const char *name, struct ff_error *error);

#endif

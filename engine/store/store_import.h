/* Imports a run: from the files of its folder to the store's rows. */
#ifndef ENGINE_STORE_STORE_IMPORT_H
#define ENGINE_STORE_STORE_IMPORT_H

#include "store/store_db.h"
#include "store/store_files.h"

/* How much of a run is in the store. Zero: nothing. */
struct ff_store_position {
	int64_t epochs; /* rows of `epoch` */
	int64_t offset; /* bytes of metrics.jsonl that were read */
	int64_t line;   /* lines that were read, unreadable ones included */
	bool registered, ended;
};

/* Adds what the files have beyond *position: the run's first rows if it is not registered, the complete lines of
 * metrics.jsonl, and the result once there is a result.json. Within the caller's transaction.
 * Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_import(const struct ff_store *store, const char *id, struct ff_store_position *position,
                                       const struct ff_store_watch *watch, struct ff_error *error);

#endif

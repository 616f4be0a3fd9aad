/* Lists runs: `ffengine runs list`. */
#ifndef ENGINE_STORE_STORE_LIST_H
#define ENGINE_STORE_STORE_LIST_H

#include <jansson.h>

#include "store/store_db.h"

/* Which runs, in which order. Zero: all, the newest first.
 *
 * Expressions are SQLite's, over the columns (store_columns.h) and the experiment's keys with their full names, such as
 * train.batch = 50. They can only read the store and have no sub-selects, so their time is proportional to the number
 * of runs. */
struct ff_store_query {
	const char *where; /* an expression */
	const char *sort; /* KEY, KEY,asc or KEY,desc: a column or a key of the experiment; runs without it come last */
	int64_t limit;    /* at most so many */
};

/* An array of objects whose members are the columns; the caller owns it. Errors are in percent. `status` is the current
 * one: without a result a run is "running" if its process is alive, "interrupted" if it is not, and "elsewhere" if it
 * ran on another host, where we cannot look. The store was opened by ff_store_open_to_read().
 * Errors: FF_ERROR_USAGE (a query that makes no sense, with the nearest column or key), those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_list(const struct ff_store *store, const struct ff_store_query *query, json_t **runs,
                                     struct ff_error *error);

#endif

/* What is in the store, for people and scripts: runs as JSON objects whose members are the columns of one table.
 *
 * Errors of training are in percent here. `status` is what holds now: of a run that has no result, "running" if its
 * process is alive, "interrupted" if it is not, "elsewhere" if it ran on another host, which cannot be asked.
 *
 * Expressions are SQLite's, over the columns, and over the experiment's keys written out: train.batch = 50. They can
 * read the store and nothing else, and have no sub-selects, so that each takes a time in proportion to the runs. The
 * store was opened by ff_store_open_to_read(). */
#ifndef ENGINE_STORE_STORE_READ_H
#define ENGINE_STORE_STORE_READ_H

#include "store/store.h"

struct ff_store_column {
	const char *name, *sql, *meaning; /* sql: over the table `run` */
};

extern const struct ff_store_column ff_store_columns[];
extern const int ff_store_n_columns;

/* Which runs, in which order; NULL and 0: all, the newest first. */
struct ff_store_query {
	const char *where; /* an expression */
	const char *sort;  /* KEY, KEY,asc or KEY,desc: a column or a key of the experiment; nothing comes last */
	int64_t limit;     /* at most so many */
};

/* The runs, an array of objects; the caller owns it. Errors: FF_ERROR_USAGE (the query, with the nearest column or key;
 * what its expression cannot compute), and those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_list(const struct ff_store *store, const struct ff_store_query *query, json_t **runs,
                                     struct ff_error *error);

/* All of a run, named by its folder or by the beginning of it, if only one begins so: its columns; `settings`, an
 * object of the experiment's keys; `experiment`, its text; `layers`, `stages` and `metrics` (an epoch each), arrays of
 * objects. The caller owns it. Errors: FF_ERROR_USAGE (no such run, or several), and those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_show(const struct ff_store *store, const char *id, json_t **run,
                                     struct ff_error *error);

/* ---- for the other files of the store ---- */

/* The runs' columns as a table expression, "(SELECT ... FROM run AS r) AS listed", for sqlite3_str_appendall();
 * sqlite3_free() ends it; NULL without memory. */
char *ff_store_listing(void);

/* Adds the expression in parentheses, once it is known to be one. Errors: FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_store_add_where(const struct ff_store *store, const char *expression, sqlite3_str *sql,
                                          struct ff_error *error);

/* Adds the ORDER BY of KEY[,asc|,desc]. Errors: FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_store_add_sort(const struct ff_store *store, const char *sort, sqlite3_str *sql,
                                         struct ff_error *error);

/* "did you mean ...?" for a column or key of the experiment that does not exist. */
void ff_store_suggest(const struct ff_store *store, const char *name, char *hint, size_t size);

/* The rows of a statement as an array of objects; the caller owns it. Ends the statement.
 * Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_rows(const struct ff_store *store, sqlite3_stmt *statement, json_t **rows,
                                     struct ff_error *error);

#endif

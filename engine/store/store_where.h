/* Turns the user's --where and --sort into SQL that is safe to run. */
#ifndef ENGINE_STORE_STORE_WHERE_H
#define ENGINE_STORE_STORE_WHERE_H

#include "store/store_db.h"

/* Appends the expression in parentheses if it is a single expression without sub-selects. Keys of the experiment become
 * look-ups of their values. Errors: FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_store_add_where(const struct ff_store *store, const char *expression, sqlite3_str *sql,
                                          struct ff_error *error);

/* Appends the ORDER BY of KEY[,asc|,desc]. Errors: FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_store_add_sort(const struct ff_store *store, const char *sort, sqlite3_str *sql,
                                         struct ff_error *error);

/* Replaces hint by "did you mean ...?" if a column or a key of the experiment has a similar name. */
void ff_store_suggest(const struct ff_store *store, const char *name, char *hint, size_t size);

#endif

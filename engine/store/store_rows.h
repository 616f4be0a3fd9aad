/* What the store's import is made of: rows from JSON values, and the files of a run's folder. */
#ifndef ENGINE_STORE_STORE_ROWS_H
#define ENGINE_STORE_STORE_ROWS_H

#include <stdio.h>

#include "store/store.h"

/* A run being read into the store; all borrowed. */
struct ff_store_import {
	const struct ff_store *store;
	const char *id;
	const struct ff_store_watch *watch;
	struct ff_error *error;
};

enum { FF_STORE_COLUMNS = 40 };

/* A row under way: columns and their values, borrowed; NULL and what is no number or string is NULL in the store. */
struct ff_store_row {
	const char *table, *key; /* the column of the run's id */
	int n;
	const char *columns[FF_STORE_COLUMNS];
	const json_t *values[FF_STORE_COLUMNS];
};

void ff_store_row_add(struct ff_store_row *row, const char *column, const json_t *value);

/* The members of an object that have their column's name. */
void ff_store_row_add_members(struct ff_store_row *row, const json_t *object, const char *const columns[], size_t n);

/* Inserts the row. Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_row_insert(const struct ff_store_import *in, const struct ff_store_row *row);

/* The same with a statement that is kept for the next row of the same columns; the caller finalizes it. */
FF_NODISCARD ff_status ff_store_row_repeat(const struct ff_store_import *in, const struct ff_store_row *row,
                                           sqlite3_stmt **statement);

/* Sets the columns of the run's row that is there. Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_row_update(const struct ff_store_import *in, const struct ff_store_row *row);

/* ---- files of the run's folder ---- */

/* Says that something is wrong with a file. */
void ff_store_tell(const struct ff_store_import *in, const char *file, const char *what);

/* Whether there is something of that name. */
bool ff_store_has_file(const struct ff_store_import *in, const char *file);

/* Opens a plain file for reading; NULL if there is none, or it cannot be opened, which is told. */
FILE *ff_store_open_file(const struct ff_store_import *in, const char *file);

/* A whole file as a text the caller frees; NULL if there is none or it cannot be read, which is told. */
char *ff_store_read_file(const struct ff_store_import *in, const char *file, size_t *size);

/* An object the caller owns; NULL if there is none, or it is no JSON, which is told. */
json_t *ff_store_read_json(const struct ff_store_import *in, const char *file);

/* ---- parts of ff_store_import() ---- */

/* Adds what result.json says: to the run's row, and the rows of its layers and stages; *ended if there is one.
 * Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_import_result(const struct ff_store_import *in, bool *ended);

/* Adds version and machine as run.json and result.json have them. */
void ff_store_row_add_machine(struct ff_store_row *row, const json_t *file);

#endif

/* Writes rows of the store from JSON values. */
#ifndef ENGINE_STORE_STORE_ROWS_H
#define ENGINE_STORE_STORE_ROWS_H

#include <jansson.h>

#include "store/store_db.h"

/* The run whose rows are written; all borrowed. */
struct ff_store_target {
	const struct ff_store *store;
	const char *id;
	struct ff_error *error;
};

enum { FF_STORE_COLUMNS = 40 };

/* A row to write: columns and their values, borrowed. A value that is NULL, or neither a number nor a string, becomes
 * NULL in the store. */
struct ff_store_row {
	const char *table, *key; /* key: the column of the run's id; NULL: `run` */
	int n;
	const char *columns[FF_STORE_COLUMNS];
	const json_t *values[FF_STORE_COLUMNS];
};

void ff_store_row_add(struct ff_store_row *row, const char *column, const json_t *value);

/* Adds the object's members of these names as columns of the same names. */
void ff_store_row_add_members(struct ff_store_row *row, const json_t *object, const char *const columns[], size_t n);

/* Adds the columns of `machine`, an object that run.json and result.json share. */
void ff_store_row_add_machine(struct ff_store_row *row, const json_t *file);

/* Inserts the row. Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_row_insert(const struct ff_store_target *run, const struct ff_store_row *row);

/* Inserts the row with a statement that is kept for more rows of the same columns. The caller finalizes it. */
FF_NODISCARD ff_status ff_store_row_insert_with(const struct ff_store_target *run, const struct ff_store_row *row,
                                                sqlite3_stmt **statement);

/* Sets these columns of the run's row in table `run`. Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_row_update(const struct ff_store_target *run, const struct ff_store_row *row);

#endif

/* Rows of the store as JSON objects. */
#ifndef ENGINE_STORE_STORE_SELECT_H
#define ENGINE_STORE_STORE_SELECT_H

#include <jansson.h>
#include <sqlite3.h>

/* Appends the statement's rows to an array, as objects with a member for each column. Returns SQLite's code,
 * SQLITE_DONE if all went well. */
int ff_store_collect(sqlite3_stmt *statement, json_t *rows);

#endif

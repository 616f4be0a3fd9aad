#include "store/store_select.h"

#include "base/json.h"

static json_t *value_of(sqlite3_stmt *statement, int i)
{
	switch (sqlite3_column_type(statement, i)) {
	case SQLITE_INTEGER:
		return json_integer(sqlite3_column_int64(statement, i));
	case SQLITE_FLOAT:
		return ff_json_real(sqlite3_column_double(statement, i));
	case SQLITE_NULL:
		return json_null();
	default:
		return ff_json_text((const char *)sqlite3_column_text(statement, i));
	}
}

static json_t *row_of(sqlite3_stmt *statement)
{
	json_t *row = json_object();
	for (int i = 0; i < sqlite3_column_count(statement); i++)
		if (json_object_set_new(row, sqlite3_column_name(statement, i), value_of(statement, i)) != 0) {
			json_decref(row);
			return NULL;
		}
	return row;
}

int ff_store_collect(sqlite3_stmt *statement, json_t *rows)
{
	int code = SQLITE_ROW;
	while (code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW && json_array_append_new(rows, row_of(statement)) != 0)
			code = SQLITE_NOMEM;
	}
	return code;
}

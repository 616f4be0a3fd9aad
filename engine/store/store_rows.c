#include "store/store_rows.h"

#include <string.h>

void ff_store_row_add(struct ff_store_row *row, const char *column, const json_t *value)
{
	row->columns[row->n] = column;
	row->values[row->n++] = value;
}

void ff_store_row_add_members(struct ff_store_row *row, const json_t *object, const char *const columns[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		ff_store_row_add(row, columns[i], json_object_get(object, columns[i]));
}

void ff_store_row_add_machine(struct ff_store_row *row, const json_t *file)
{
	static const char *const OF_MACHINE[] = {"version", "cpu", "matrices", "libc", "compiler"};
	ff_store_row_add_members(row, json_object_get(file, "machine"), OF_MACHINE,
	                         sizeof OF_MACHINE / sizeof *OF_MACHINE);
}

static int bind(sqlite3_stmt *statement, int i, const json_t *value)
{
	if (json_is_integer(value))
		return sqlite3_bind_int64(statement, i, json_integer_value(value));
	if (json_is_real(value))
		return sqlite3_bind_double(statement, i, json_real_value(value));
	if (json_is_string(value))
		return sqlite3_bind_text(statement, i, json_string_value(value), (int)json_string_length(value),
		                         SQLITE_STATIC);
	return sqlite3_bind_null(statement, i);
}

static char *insertion(const struct ff_store_row *row)
{
	sqlite3_str *sql = sqlite3_str_new(NULL);
	sqlite3_str_appendf(sql, "INSERT INTO %s (%s", row->table, row->key ? row->key : "run");
	for (int i = 0; i < row->n; i++)
		sqlite3_str_appendf(sql, ", %s", row->columns[i]);
	sqlite3_str_appendall(sql, ") VALUES (?");
	for (int i = 0; i < row->n; i++)
		sqlite3_str_appendall(sql, ", ?");
	sqlite3_str_appendall(sql, ")");
	return sqlite3_str_finish(sql);
}

ff_status ff_store_row_insert_with(const struct ff_store_target *run, const struct ff_store_row *row,
                                   sqlite3_stmt **statement)
{
	int code = SQLITE_OK;
	if (!*statement) {
		char *sql = insertion(row);
		code = sql ? sqlite3_prepare_v2(run->store->db, sql, -1, statement, NULL) : SQLITE_NOMEM;
		sqlite3_free(sql);
	}
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(*statement, 1, run->id, -1, SQLITE_STATIC);
	for (int i = 0; i < row->n && code == SQLITE_OK; i++)
		code = bind(*statement, i + 2, row->values[i]);
	if (code == SQLITE_OK)
		code = sqlite3_step(*statement);
	ff_status status = code == SQLITE_DONE ? FF_OK : ff_store_fail(run->store, code, run->error);
	sqlite3_reset(*statement);
	return status;
}

ff_status ff_store_row_insert(const struct ff_store_target *run, const struct ff_store_row *row)
{
	sqlite3_stmt *statement = NULL;
	ff_status status = ff_store_row_insert_with(run, row, &statement);
	sqlite3_finalize(statement);
	return status;
}

ff_status ff_store_row_update(const struct ff_store_target *run, const struct ff_store_row *row)
{
	sqlite3_stmt *statement = NULL;
	sqlite3_str *text = sqlite3_str_new(NULL);
	sqlite3_str_appendall(text, "UPDATE run SET ");
	for (int i = 0; i < row->n; i++)
		sqlite3_str_appendf(text, "%s%s = ?", i ? ", " : "", row->columns[i]);
	sqlite3_str_appendf(text, " WHERE id = %Q", run->id);
	char *sql = sqlite3_str_finish(text);
	int code = sql ? sqlite3_prepare_v2(run->store->db, sql, -1, &statement, NULL) : SQLITE_NOMEM;
	for (int i = 0; i < row->n && code == SQLITE_OK; i++)
		code = bind(statement, i + 1, row->values[i]);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	ff_status status = code == SQLITE_DONE ? FF_OK : ff_store_fail(run->store, code, run->error);
	sqlite3_finalize(statement);
	sqlite3_free(sql);
	return status;
}

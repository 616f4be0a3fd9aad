#include "store/store_list.h"

#include <stdlib.h>
#include <string.h>

#include "run/origin.h"
#include "store/store_columns.h"
#include "store/store_select.h"
#include "store/store_where.h"

/* ---- the current status ---- */

static void status_now(sqlite3_context *context, int n, sqlite3_value *values[])
{
	const char *text[4] = {0};
	for (int i = 0; i < n && i < 4; i++)
		text[i] = (const char *)sqlite3_value_text(values[i]);
	const char *status = text[0] ? text[0] : "interrupted";
	if (strcmp(status, "running") == 0) {
		enum ff_liveness life = ff_origin_alive(text[1], text[2] ? atol(text[2]) : 0, text[3]);
		status = life == FF_ALIVE ? "running" : life == FF_DEAD ? "interrupted" : "elsewhere";
	}
	sqlite3_result_text(context, status, -1, SQLITE_TRANSIENT);
}

/* ---- the query ---- */

/* Lets an expression only read tables and call functions. */
static int allow(void *user, int action, const char *first, const char *second, const char *database,
                 const char *trigger)
{
	(void)user, (void)first, (void)database, (void)trigger;
	if (action == SQLITE_FUNCTION)
		return sqlite3_stricmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
	return action == SQLITE_SELECT || action == SQLITE_READ ? SQLITE_OK : SQLITE_DENY;
}

/* Blames the user's expression if SQLite cannot understand it ("no such column: tset_error") or compute it ("integer
 * overflow"). Damage and failures of the store's files have other codes. */
static ff_status refuse(const struct ff_store *store, int code, const struct ff_store_query *query,
                        struct ff_error *error)
{
	static const char MISSING[] = "no such column: ";
	char what[FF_ERROR_TEXT], hint[FF_ERROR_TEXT] = "`ffengine help runs list` shows the columns";
	bool blamed = code == SQLITE_ERROR || code == SQLITE_AUTH || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH;
	if (!query->where || !blamed)
		return ff_store_fail(store, code, error);
	snprintf(what, sizeof what, "%s", sqlite3_errmsg(store->db));
	if (strncmp(what, MISSING, sizeof MISSING - 1) == 0)
		ff_store_suggest(store, what + sizeof MISSING - 1, hint, sizeof hint);
	return ff_fail_at(error, FF_ERROR_USAGE, "--where", hint, "%s", what);
}

static ff_status prepare(const struct ff_store *store, const struct ff_store_query *query, const char *sql,
                         sqlite3_stmt **statement, struct ff_error *error)
{
	int code =
	    sqlite3_create_function_v2(store->db, "status_now", 4, SQLITE_UTF8, NULL, status_now, NULL, NULL, NULL);
	/* an expression may also have strings in double quotes */
	if (code == SQLITE_OK)
		code = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 1, (int *)NULL);
	enum { LONGEST = 1000000 }; /* bytes of a value, which limits the memory of an expression */
	(void)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, LONGEST);
	sqlite3_set_authorizer(store->db, allow, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);
	sqlite3_set_authorizer(store->db, NULL, NULL);
	return code == SQLITE_OK ? FF_OK : refuse(store, code & 0xFF, query, error);
}

static ff_status add_query(const struct ff_store *store, const struct ff_store_query *query, sqlite3_str *sql,
                           struct ff_error *error)
{
	char *listing = ff_store_listing();
	sqlite3_str_appendf(sql, "SELECT * FROM %s", listing ? listing : "");
	sqlite3_free(listing);
	if (query->where) {
		sqlite3_str_appendall(sql, " WHERE ");
		FF_TRY(ff_store_add_where(store, query->where, sql, error));
	}
	FF_TRY(ff_store_add_sort(store, query->sort ? query->sort : "started,desc", sql, error));
	if (query->limit)
		sqlite3_str_appendf(sql, " LIMIT %lld", (long long)query->limit);
	return FF_OK;
}

/* Fetches the rows. An error while computing the expression is the user's. */
static ff_status take_rows(const struct ff_store *store, const struct ff_store_query *query, sqlite3_stmt *statement,
                           json_t **rows, struct ff_error *error)
{
	*rows = json_array();
	int code = ff_store_collect(statement, *rows);
	ff_status status = code == SQLITE_DONE ? FF_OK : refuse(store, code & 0xFF, query, error);
	sqlite3_finalize(statement);
	if (status != FF_OK) {
		json_decref(*rows);
		*rows = NULL;
	}
	return status;
}

ff_status ff_store_list(const struct ff_store *store, const struct ff_store_query *query, json_t **runs,
                        struct ff_error *error)
{
	sqlite3_stmt *statement = NULL;
	sqlite3_str *text = sqlite3_str_new(NULL);
	*runs = NULL;
	ff_status status = add_query(store, query, text, error);
	char *sql = sqlite3_str_finish(text);
	if (status == FF_OK)
		status =
		    sql ? prepare(store, query, sql, &statement, error) : ff_store_fail(store, SQLITE_NOMEM, error);
	sqlite3_free(sql);
	if (status == FF_OK)
		status = take_rows(store, query, statement, runs, error);
	return status;
}

#include "store/store_where.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/edit_distance.h"
#include "store/store_columns.h"

enum { NAME_SIZE = 300 };

/* ---- names ---- */

static bool is_column(const char *name)
{
	for (int i = 0; i < ff_store_n_columns; i++)
		if (sqlite3_stricmp(name, ff_store_columns[i].name) == 0)
			return true;
	return false;
}

/* Whether some run's experiment has this key. */
static bool is_setting(const struct ff_store *store, const char *name)
{
	sqlite3_stmt *statement = NULL;
	bool found = sqlite3_prepare_v2(store->db, "SELECT 1 FROM setting WHERE key = ? LIMIT 1", -1, &statement,
	                                NULL) == SQLITE_OK &&
	             sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
	             sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return found;
}

/* Keeps `known` in `nearest` if it is nearer to what was typed. */
static void consider(const char *typed, const char *known, int *least, char nearest[NAME_SIZE])
{
	int distance = ff_edit_distance(typed, known);
	if (distance >= *least)
		return;
	*least = distance;
	snprintf(nearest, NAME_SIZE, "%s", known);
}

void ff_store_suggest(const struct ff_store *store, const char *name, char *hint, size_t size)
{
	char nearest[NAME_SIZE] = "";
	int least = strlen(name) < 4 ? 2 : 4; /* so many changes or more give no suggestion */
	sqlite3_stmt *statement = NULL;
	for (int i = 0; i < ff_store_n_columns; i++)
		consider(name, ff_store_columns[i].name, &least, nearest);
	if (strlen(name) < FF_EDIT_DISTANCE_LETTERS &&
	    sqlite3_prepare_v2(store->db, "SELECT DISTINCT key FROM setting", -1, &statement, NULL) == SQLITE_OK)
		while (sqlite3_step(statement) == SQLITE_ROW)
			consider(name, (const char *)sqlite3_column_text(statement, 0), &least, nearest);
	sqlite3_finalize(statement);
	if (*nearest)
		snprintf(hint, size, "did you mean %s?", nearest);
}

/* ---- the expression ---- */

static ff_status refuse(struct ff_error *error, const char *what)
{
	return ff_fail_at(error, FF_ERROR_USAGE, "--where",
	                  "give one expression, such as 'test_error < 2 and name like \"large%\"'", "%s", what);
}

/* The bytes of a quoted text; 0 if it has no end. */
static size_t quoted(const char *p)
{
	char end = *p == '[' ? ']' : *p;
	const char *close = strchr(p + 1, end);
	return close ? (size_t)(close - p) + 1 : 0; /* a doubled quote counts as two texts, which makes no difference */
}

static bool is_name_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The bytes of a name, with dots and indices if it has any, such as layers.each[2].rate. */
static size_t name_length(const char *p)
{
	size_t n = 0, end = 0;
	while (is_name_letter(p[n]) || (p[n] == '.' && is_name_letter(p[n + 1])) ||
	       (p[n] == '[' && (end = strspn(p + n + 1, "0123456789")) > 0 && p[n + 1 + end] == ']'))
		n += p[n] == '[' ? end + 2 : 1;
	return n;
}

/* Appends a name; if it is a key of an experiment, a look-up of its value instead. */
static void add_name(const struct ff_store *store, const char *p, size_t n, sqlite3_str *sql)
{
	char name[NAME_SIZE];
	snprintf(name, sizeof name, "%.*s", (int)n, p);
	if (n < sizeof name && strchr(name, '.') && is_setting(store, name))
		sqlite3_str_appendf(sql, "(SELECT value FROM setting AS s WHERE s.run = listed.id AND s.key = %Q)",
		                    name);
	else
		sqlite3_str_append(sql, p, (int)n);
}

/* Whether a word begins a sub-select, which is refused because it could join tables for hours, and keys can be named
 * without one. Such a word always follows a parenthesis, so it is a token of its own. */
static bool is_select(const char *p, size_t n)
{
	return (n == 6 && sqlite3_strnicmp(p, "select", 6) == 0) || (n == 4 && sqlite3_strnicmp(p, "with", 4) == 0);
}

/* Appends one token; *depth counts parentheses. Returns its bytes, 0 if it is not allowed. */
static size_t add_token(const struct ff_store *store, const char *p, int *depth, sqlite3_str *sql)
{
	size_t n = 1;
	if (*p == ';' || strncmp(p, "--", 2) == 0 || strncmp(p, "/*", 2) == 0)
		return 0;
	if (*p == '(')
		++*depth;
	if (*p == ')' && --*depth < 0)
		return 0;
	if (isalpha((unsigned char)*p) || *p == '_') {
		n = name_length(p);
		if (is_select(p, n))
			return 0;
		add_name(store, p, n, sql);
		return n;
	}
	if (strchr("'\"`[", *p))
		n = quoted(p);
	else if (isdigit((unsigned char)*p))
		n = strspn(p, "0123456789.eExXabcdfABCDF");
	sqlite3_str_append(sql, p, (int)n);
	return n;
}

ff_status ff_store_add_where(const struct ff_store *store, const char *expression, sqlite3_str *sql,
                             struct ff_error *error)
{
	int depth = 0;
	sqlite3_str_appendall(sql, "(");
	for (const char *p = expression; *p;) {
		size_t n = add_token(store, p, &depth, sql);
		if (n == 0)
			return refuse(error, *p == ';'                ? "an expression cannot contain ';'"
			                     : *p == ')'              ? "a ')' without its '('"
			                     : *p == '-' || *p == '/' ? "an expression cannot contain a comment"
			                     : strchr("'\"`[", *p)    ? "a quoted text has no end"
			                                              : "an expression cannot contain a sub-select");
		p += n;
	}
	if (depth > 0)
		return refuse(error, "a '(' without its ')'");
	sqlite3_str_appendall(sql, ")");
	return FF_OK;
}

/* ---- the order ---- */

ff_status ff_store_add_sort(const struct ff_store *store, const char *sort, sqlite3_str *sql, struct ff_error *error)
{
	char name[NAME_SIZE], hint[FF_ERROR_TEXT] = "`ffengine help runs list` shows the columns";
	size_t n = strcspn(sort, ",");
	const char *order = sort + n;
	snprintf(name, sizeof name, "%.*s", (int)n, sort);
	if (*order && strcmp(order, ",asc") != 0 && strcmp(order, ",desc") != 0)
		return ff_fail_at(error, FF_ERROR_USAGE, "--sort", "write KEY, KEY,asc or KEY,desc",
		                  "'%s' is not an order", order + 1);
	bool column = is_column(name);
	if (!column && !is_setting(store, name)) {
		ff_store_suggest(store, name, hint, sizeof hint);
		return ff_fail_at(error, FF_ERROR_USAGE, "--sort", hint,
		                  "'%s' is neither a column nor a key of an experiment", name);
	}
	char *by =
	    column ? sqlite3_mprintf("%s", name)
	           : sqlite3_mprintf("(SELECT value FROM setting AS s WHERE s.run = listed.id AND s.key = %Q)", name);
	const char *down = strcmp(order, ",desc") == 0 ? "DESC" : "ASC";
	if (!by)
		return ff_store_fail(store, SQLITE_NOMEM, error);
	sqlite3_str_appendf(sql, " ORDER BY %s IS NULL, %s %s, id %s", by, by, down, down);
	sqlite3_free(by);
	return FF_OK;
}

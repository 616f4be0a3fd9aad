#include "store/store_show.h"

#include <string.h>

#include "store/store_list.h"
#include "store/store_select.h"

/* Prepares a statement whose parameter is the run's id. */
static ff_status prepare(const struct ff_store *store, const char *sql, const char *id, sqlite3_stmt **statement,
                         struct ff_error *error)
{
	int code = sqlite3_prepare_v2(store->db, sql, -1, statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(*statement, 1, id, -1, SQLITE_TRANSIENT);
	if (code == SQLITE_OK)
		return FF_OK;
	sqlite3_finalize(*statement);
	*statement = NULL;
	return ff_store_fail(store, code, error);
}

static ff_status select_rows(const struct ff_store *store, const char *sql, const char *id, json_t **rows,
                             struct ff_error *error)
{
	sqlite3_stmt *statement = NULL;
	*rows = NULL;
	FF_TRY(prepare(store, sql, id, &statement, error));
	json_t *all = json_array();
	int code = ff_store_collect(statement, all);
	ff_status status = code == SQLITE_DONE ? FF_OK : ff_store_fail(store, code, error);
	sqlite3_finalize(statement);
	if (status == FF_OK)
		*rows = all;
	else
		json_decref(all);
	return status;
}

/* ---- which run ---- */

/* The runs whose names begin so, an exact match first. */
static const char FIND[] = "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id <> ?1, id";

static ff_status find(const struct ff_store *store, const char *given, char *id, size_t size, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT];
	json_t *rows = NULL;
	FF_TRY(select_rows(store, FIND, given, &rows, error));
	size_t n = json_array_size(rows);
	const char *first = json_string_value(json_object_get(json_array_get(rows, 0), "id"));
	const char *second = json_string_value(json_object_get(json_array_get(rows, 1), "id"));
	ff_status status = FF_OK;
	if (first && (n == 1 || strcmp(first, given) == 0)) {
		snprintf(id, size, "%s", first);
	} else if (first) {
		snprintf(hint, sizeof hint, "%.200s and %.200s are two of them", first, second);
		status = ff_fail_at(error, FF_ERROR_USAGE, store->path, hint, "%zu runs begin with '%s'", n, given);
	} else {
		snprintf(hint, sizeof hint, "`ffengine runs list --runs %.300s` names the runs", store->folder);
		status = ff_fail_at(error, FF_ERROR_USAGE, store->path, hint, "there is no run '%s'", given);
	}
	json_decref(rows);
	return status;
}

/* ---- all of it ---- */

static ff_status add_columns(const struct ff_store *store, const char *id, json_t **run, struct ff_error *error)
{
	json_t *runs = NULL;
	char *where = sqlite3_mprintf("id = %Q", id);
	ff_status status = where ? ff_store_list(store, &(struct ff_store_query){.where = where}, &runs, error)
	                         : ff_store_fail(store, SQLITE_NOMEM, error);
	sqlite3_free(where);
	if (status == FF_OK)
		*run = json_incref(json_array_get(runs, 0));
	json_decref(runs);
	return status == FF_OK && !*run ? ff_store_fail(store, SQLITE_CORRUPT, error) : status;
}

static ff_status add_settings(const struct ff_store *store, const char *id, json_t *run, struct ff_error *error)
{
	json_t *rows = NULL, *row, *settings = json_object();
	size_t i;
	ff_status status =
	    select_rows(store, "SELECT key, value FROM setting WHERE run = ? ORDER BY place", id, &rows, error);
	json_array_foreach(rows, i, row)
	    json_object_set(settings, json_string_value(json_object_get(row, "key")), json_object_get(row, "value"));
	json_decref(rows);
	json_object_set_new(run, "settings", settings);
	return status;
}

static ff_status add_text(const struct ff_store *store, const char *id, json_t *run, struct ff_error *error)
{
	json_t *rows = NULL;
	FF_TRY(select_rows(store, "SELECT experiment FROM run WHERE id = ?", id, &rows, error));
	json_object_set(run, "experiment", json_object_get(json_array_get(rows, 0), "experiment"));
	json_decref(rows);
	return FF_OK;
}

#define PERCENT(column) ", round(100 * " column ", 9) AS " column

/* A number for each layer that trained: {"2": 0.5}. */
#define BY_LAYER(column)                                                                                               \
	", (SELECT json_group_object(layer, " column ") FROM epoch_layer AS l "                                        \
	"WHERE l.run = e.run AND l.number = e.number) AS " column

static const char LAYERS[] = "SELECT layer" PERCENT("train_error") PERCENT("validation_error")
    PERCENT("test_error") " FROM layer WHERE run = ? ORDER BY layer";

static const char STAGES[] = "SELECT name, layer, leader, threads, busy, waiting_input, waiting_output"
                             " FROM stage WHERE run = ? ORDER BY place";

static const char METRICS[] = "SELECT number, layer, epoch, rate, head_loss" PERCENT("head_error")
    PERCENT("train_error") PERCENT("validation_error")
        PERCENT("test_error") ", seconds, samples_per_second" BY_LAYER("loss") BY_LAYER("goodness_positive")
            BY_LAYER("goodness_negative") " FROM epoch AS e WHERE run = ? ORDER BY number";

/* Parses the objects that SQLite returned as text. */
static void parse_layers(json_t *metrics)
{
	static const char *const NAMES[] = {"loss", "goodness_positive", "goodness_negative"};
	size_t i;
	json_t *epoch;
	json_array_foreach(metrics, i, epoch) for (int k = 0; k < 3; k++)
	{
		const char *text = json_string_value(json_object_get(epoch, NAMES[k]));
		json_t *object = text ? json_loads(text, 0, NULL) : NULL;
		json_object_set_new(epoch, NAMES[k], object ? object : json_null());
	}
}

static ff_status add_parts(const struct ff_store *store, const char *id, json_t *run, struct ff_error *error)
{
	static const struct {
		const char *name, *sql;
	} PARTS[] = {{"layers", LAYERS}, {"stages", STAGES}, {"metrics", METRICS}};
	for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
		json_t *rows = NULL;
		FF_TRY(select_rows(store, PARTS[i].sql, id, &rows, error));
		parse_layers(PARTS[i].sql == METRICS ? rows : NULL);
		json_object_set_new(run, PARTS[i].name, rows);
	}
	return FF_OK;
}

ff_status ff_store_show(const struct ff_store *store, const char *given, json_t **run, struct ff_error *error)
{
	char id[FF_MAX_PATH];
	json_t *found = NULL;
	*run = NULL;
	FF_TRY(find(store, given, id, sizeof id, error));
	ff_status status = add_columns(store, id, &found, error);
	if (status == FF_OK)
		status = add_parts(store, id, found, error);
	if (status == FF_OK)
		status = add_settings(store, id, found, error);
	if (status == FF_OK)
		status = add_text(store, id, found, error);
	if (status == FF_OK)
		*run = found;
	else
		json_decref(found);
	return status;
}

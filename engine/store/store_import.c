#include "store/store_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"
#include "store/store_result.h"
#include "store/store_rows.h"

/* ---- the experiment, and the run's beginning ---- */

static ff_status insert_settings(const struct ff_store_target *run, json_t *settings)
{
	sqlite3_stmt *statement = NULL;
	ff_status status = FF_OK;
	const char *key;
	json_t *value;
	int place = 0;
	json_object_foreach(settings, key, value)
	{
		struct ff_store_row row = {.table = "setting"};
		json_t *name = json_string(key), *order = json_integer(++place);
		ff_store_row_add(&row, "key", name);
		ff_store_row_add(&row, "place", order);
		ff_store_row_add(&row, "value", value);
		if (status == FF_OK)
			status = ff_store_row_insert_with(run, &row, &statement);
		json_decref(name);
		json_decref(order);
	}
	sqlite3_finalize(statement);
	return status;
}

/* Deletes the run's rows, which an earlier folder of the same name may have left. */
static ff_status delete_rows(const struct ff_store_target *run)
{
	static const char *const TABLES[] = {"run WHERE id",    "setting WHERE run", "layer WHERE run",
	                                     "stage WHERE run", "epoch WHERE run",   "epoch_layer WHERE run"};
	for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
		char *sql = sqlite3_mprintf("DELETE FROM %s = %Q", TABLES[i], run->id);
		if (!sql)
			return ff_store_fail(run->store, SQLITE_NOMEM, run->error);
		ff_status status = ff_store_execute(run->store, sql, run->error);
		sqlite3_free(sql);
		FF_TRY(status);
	}
	return FF_OK;
}

/* Inserts the row of table `run` with the columns from resolved.yaml and run.json. The result adds the others. */
static ff_status insert_run(const struct ff_store_target *run, const json_t *experiment, json_t *settings,
                            const json_t *origin)
{
	static const char *const OF_SETTINGS[] = {"name", "mode", "seed"};
	static const char *const OF_ORIGIN[] = {"started", "host", "pid", "process"};
	char digits[FF_SETTINGS_HASH];
	ff_settings_hash(settings, digits);
	struct ff_store_row row = {.table = "run", .key = "id"};
	json_t *running = json_string("running");
	json_t *hash = json_object_size(settings) ? json_string(digits) : NULL;
	ff_store_row_add(&row, "status", running);
	ff_store_row_add(&row, "hash", hash);
	ff_store_row_add(&row, "experiment", experiment);
	ff_store_row_add_members(&row, settings, OF_SETTINGS, 3);
	ff_store_row_add_members(&row, origin, OF_ORIGIN, 4);
	ff_store_row_add_machine(&row, origin);
	ff_status status = ff_store_row_insert(run, &row);
	json_decref(running);
	json_decref(hash);
	return status;
}

/* Reports missing files. A run starts with the first two and writes the third a moment later. */
static void report_missing(const struct ff_store_files *files, bool over)
{
	static const char *const FILES[] = {"metrics.jsonl", "resolved.yaml", "run.json"};
	for (int i = 0; i < (over ? 3 : 2); i++)
		if (!ff_store_has_file(files, FILES[i]))
			ff_store_report(files, FILES[i], "it is missing");
}

static ff_status import_beginning(const struct ff_store_files *files, const struct ff_store_target *run)
{
	size_t size = 0;
	struct ff_error problem = {0};
	json_t *settings = NULL;
	char *text = ff_store_read_file(files, "resolved.yaml", &size);
	if (text && ff_settings_read(text, size, &settings, &problem) != FF_OK)
		ff_store_report(files, "resolved.yaml", problem.what);
	settings = settings ? settings : json_object();
	json_t *experiment = text ? json_stringn(text, size) : NULL; /* NULL if it is not UTF-8 */
	json_t *origin = ff_store_read_json(files, "run.json");
	ff_status status = delete_rows(run);
	if (status == FF_OK)
		status = insert_run(run, experiment, settings, origin);
	if (status == FF_OK)
		status = insert_settings(run, settings);
	free(text);
	json_decref(settings);
	json_decref(experiment);
	json_decref(origin);
	return status;
}

/* ---- epochs ---- */

/* Statements that are used for every line. */
struct epochs {
	sqlite3_stmt *epoch, *layer;
};

static const json_t *at(const json_t *object, const char *key, size_t i)
{
	return json_array_get(json_object_get(object, key), i);
}

static ff_status insert_epoch(const struct ff_store_target *run, const json_t *line, const json_t *number,
                              struct epochs *sql)
{
	static const char *const OF_EPOCH[] = {
	    "layer",       "epoch",   "rate",       "head_loss",        "head_error",
	    "train_error", "seconds", "test_error", "validation_error", "samples_per_second"};
	static const char *const OF_LAYER[] = {"loss", "goodness_positive", "goodness_negative"};
	struct ff_store_row row = {.table = "epoch"};
	ff_store_row_add(&row, "number", number);
	ff_store_row_add_members(&row, line, OF_EPOCH, sizeof OF_EPOCH / sizeof *OF_EPOCH);
	FF_TRY(ff_store_row_insert_with(run, &row, &sql->epoch));
	for (size_t l = 0; l < json_array_size(json_object_get(line, "loss")); l++) {
		struct ff_store_row layer = {.table = "epoch_layer"};
		json_t *place = json_integer((json_int_t)l + 1);
		bool trained = false;
		ff_store_row_add(&layer, "number", number);
		ff_store_row_add(&layer, "layer", place);
		for (int i = 0; i < 3; i++) {
			ff_store_row_add(&layer, OF_LAYER[i], at(line, OF_LAYER[i], l));
			trained |= json_is_number(at(line, OF_LAYER[i], l));
		}
		ff_status status = trained ? ff_store_row_insert_with(run, &layer, &sql->layer) : FF_OK;
		json_decref(place);
		FF_TRY(status);
	}
	return FF_OK;
}

/* Imports a complete line. A line that cannot be read is reported and skipped. */
static ff_status take_line(const struct ff_store_files *files, const struct ff_store_target *run, const char *text,
                           size_t size, struct ff_store_position *position, struct epochs *sql)
{
	char what[64];
	json_t *line = json_loadb(text, size, 0, NULL);
	position->line++;
	position->offset += (int64_t)size;
	if (!json_is_object(line)) {
		snprintf(what, sizeof what, "line %lld is not a JSON object and is skipped", (long long)position->line);
		ff_store_report(files, "metrics.jsonl", what);
		json_decref(line);
		return FF_OK;
	}
	json_t *number = json_integer(position->epochs + 1);
	ff_status status = insert_epoch(run, line, number, sql);
	position->epochs += status == FF_OK;
	json_decref(number);
	json_decref(line);
	return status;
}

/* `over`: the run has ended, so an incomplete line is damage. */
static ff_status import_epochs(const struct ff_store_files *files, const struct ff_store_target *run,
                               struct ff_store_position *position, bool over)
{
	char what[64];
	struct epochs sql = {0};
	char *text = NULL;
	size_t capacity = 0;
	ssize_t size = 0;
	ff_status status = FF_OK;
	FILE *stream = ff_store_open_file(files, "metrics.jsonl");
	if (!stream)
		return FF_OK;
	if (fseeko(stream, position->offset, SEEK_SET) != 0)
		size = -1;
	/* otherwise an incomplete line is still being written, or its run was killed */
	while (status == FF_OK && size >= 0 && (size = getline(&text, &capacity, stream)) > 0 && text[size - 1] == '\n')
		status = take_line(files, run, text, (size_t)size, position, &sql);
	if (over && status == FF_OK && size > 0) {
		snprintf(what, sizeof what, "line %lld is incomplete and is skipped", (long long)position->line + 1);
		ff_store_report(files, "metrics.jsonl", what);
	}
	free(text);
	fclose(stream);
	sqlite3_finalize(sql.epoch);
	sqlite3_finalize(sql.layer);
	return status;
}

/* ---- the run ---- */

ff_status ff_store_import(const struct ff_store *store, const char *id, struct ff_store_position *position,
                          const struct ff_store_watch *watch, struct ff_error *error)
{
	const struct ff_store_files files = {store->folder, id, watch};
	const struct ff_store_target run = {store, id, error};
	/* Looked for before the epochs are read: if it is there, all of them are. */
	bool over = ff_store_has_file(&files, "result.json");
	if (!position->registered) {
		report_missing(&files, over);
		FF_TRY(import_beginning(&files, &run));
	}
	position->registered = true;
	FF_TRY(import_epochs(&files, &run, position, over && !position->ended));
	return !over || position->ended ? FF_OK : ff_store_import_result(&files, &run, &position->ended);
}

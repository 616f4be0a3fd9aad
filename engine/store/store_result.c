#include "store/store_result.h"

#include <stdio.h>
#include <string.h>

#include "run/origin.h"

static const json_t *at(const json_t *object, const char *key, size_t i)
{
	return json_array_get(json_object_get(object, key), i);
}

static ff_status insert_layers(const struct ff_store_target *run, const json_t *result)
{
	static const char *const SETS[] = {"layer_train_error", "layer_validation_error", "layer_test_error"};
	size_t n = 0;
	sqlite3_stmt *statement = NULL;
	ff_status status = FF_OK;
	for (int s = 0; s < 3; s++) {
		size_t layers = json_array_size(json_object_get(result, SETS[s]));
		n = layers > n ? layers : n;
	}
	for (size_t l = 0; l < n && status == FF_OK; l++) {
		struct ff_store_row row = {.table = "layer"};
		json_t *layer = json_integer((json_int_t)l + 1);
		ff_store_row_add(&row, "layer", layer);
		for (int s = 0; s < 3; s++)
			ff_store_row_add(&row, SETS[s] + strlen("layer_"), at(result, SETS[s], l));
		status = ff_store_row_insert_with(run, &row, &statement);
		json_decref(layer);
	}
	sqlite3_finalize(statement);
	return status;
}

static ff_status insert_stage(const struct ff_store_target *run, const json_t *stage, const char *name, int place)
{
	static const char *const OF_STAGE[] = {"layer", "leader", "threads", "busy", "waiting_input", "waiting_output"};
	if (!json_is_object(stage))
		return FF_OK;
	struct ff_store_row row = {.table = "stage"};
	json_t *order = json_integer(place), *named = name ? json_string(name) : NULL;
	ff_store_row_add(&row, "place", order);
	ff_store_row_add(&row, "name", name ? named : json_object_get(stage, "name"));
	ff_store_row_add_members(&row, stage, OF_STAGE, sizeof OF_STAGE / sizeof *OF_STAGE);
	ff_status status = ff_store_row_insert(run, &row);
	json_decref(order);
	json_decref(named);
	return status;
}

static ff_status insert_stages(const struct ff_store_target *run, const json_t *execution)
{
	const json_t *stages = json_object_get(execution, "stages");
	int n = (int)json_array_size(stages);
	FF_TRY(insert_stage(run, json_object_get(execution, "source"), "source", 0));
	for (int i = 0; i < n; i++)
		FF_TRY(insert_stage(run, json_array_get(stages, (size_t)i), NULL, i + 1));
	return insert_stage(run, json_object_get(execution, "collector"), "collector", n + 1);
}

/* The store's word for the status in result.json; NULL for an unknown one. */
static const char *status_of(const json_t *result)
{
	static const char *const WORDS[][2] = {{"finished", "done"}, {"interrupted", "stopped"}, {"failed", "failed"}};
	const char *status = json_string_value(json_object_get(result, "status"));
	for (size_t i = 0; status && i < sizeof WORDS / sizeof *WORDS; i++)
		if (strcmp(status, WORDS[i][0]) == 0)
			return WORDS[i][1];
	return NULL;
}

/* "where: what" of a failed run; the caller owns it. */
static json_t *failure_of(const json_t *result)
{
	const json_t *failure = json_object_get(result, "error");
	const char *where = json_string_value(json_object_get(failure, "where"));
	const char *what = json_string_value(json_object_get(failure, "what"));
	if (!what)
		return json_null();
	return where && *where ? json_sprintf("%s: %s", where, what) : json_string(what);
}

/* When the run ended: the time at which it began or was last resumed (run.json), plus the time it took from there. The
 * caller owns it. */
static json_t *end_of(const struct ff_store_files *files, const json_t *result)
{
	char ended[40] = "";
	json_t *origin = ff_store_read_json(files, "run.json");
	const char *resumed = json_string_value(json_object_get(origin, "resumed"));
	const char *started = resumed ? resumed : json_string_value(json_object_get(origin, "started"));
	const json_t *seconds = json_object_get(result, "total_seconds");
	double before = json_number_value(json_object_get(origin, "seconds_before")); /* 0 if there is none */
	if (started && json_is_number(seconds))
		ff_origin_later(started, json_number_value(seconds) - before, ended, sizeof ended);
	json_decref(origin);
	return *ended ? json_string(ended) : json_null();
}

static ff_status update_run(const struct ff_store_files *files, const struct ff_store_target *run, const json_t *result)
{
	static const char *const OF_RESULT[] = {
	    "epochs",        "layers_trained",      "best_epoch",     "seconds",
	    "total_seconds", "samples_per_second",  "train_error",    "validation_error",
	    "test_error",    "goodness_test_error", "head_test_error"};
	const json_t *execution = json_object_get(result, "execution");
	struct ff_store_row row = {.table = "run"};
	json_t *status = json_string(status_of(result)), *failure = failure_of(result), *ended = end_of(files, result);
	ff_store_row_add(&row, "status", status);
	ff_store_row_add(&row, "error", failure);
	ff_store_row_add(&row, "ended", ended);
	ff_store_row_add(&row, "execution", json_object_get(execution, "kind"));
	ff_store_row_add(&row, "bottleneck", json_object_get(execution, "bottleneck"));
	ff_store_row_add_members(&row, result, OF_RESULT, sizeof OF_RESULT / sizeof *OF_RESULT);
	ff_store_row_add_machine(&row, result);
	ff_status done = ff_store_row_update(run, &row);
	json_decref(status);
	json_decref(failure);
	json_decref(ended);
	return done;
}

ff_status ff_store_import_result(const struct ff_store_files *files, const struct ff_store_target *run, bool *ended)
{
	json_t *result = ff_store_read_json(files, "result.json");
	ff_status status = FF_OK;
	*ended = result && status_of(result);
	if (result && !*ended)
		ff_store_report(files, "result.json", "its status is not finished, interrupted or failed");
	if (*ended)
		status = update_run(files, run, result);
	if (*ended && status == FF_OK)
		status = insert_layers(run, result);
	if (*ended && status == FF_OK)
		status = insert_stages(run, json_object_get(result, "execution"));
	json_decref(result);
	return status;
}

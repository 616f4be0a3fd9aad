/* ffengine runs show and compare. */
#include <string.h>

#include "cli/cmd_runs.h"
#include "cli/print.h"

/* ---- show ---- */

static void print_columns(const json_t *run)
{
	char cell[FF_RUNS_CELL];
	for (int c = 0; c < ff_store_n_columns; c++) {
		const char *name = ff_store_columns[c].name;
		const json_t *value = json_object_get(run, name);
		if (json_is_null(value))
			continue;
		bool percent = strstr(name, "_error") != NULL;
		printf("%-20s  %s%s\n", name,
		       json_is_string(value) ? json_string_value(value) : ff_runs_cell(value, percent ? 2 : -1, cell),
		       percent ? " %" : "");
	}
}

/* A table of objects, a column a key. */
static void print_table(const char *title, const json_t *rows, const char *const keys[], int n)
{
	char cell[FF_RUNS_CELL];
	size_t i;
	json_t *row;
	if (json_array_size(rows) == 0)
		return;
	printf("\n%s\n", title);
	for (int k = 0; k < n; k++)
		printf("  %16s", keys[k]);
	putchar('\n');
	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
	{
		for (int k = 0; k < n; k++)
			printf("  %16s",
			       ff_runs_cell(json_object_get(row, keys[k]), strstr(keys[k], "_error") ? 2 : -1, cell));
		putchar('\n');
	}
}

#define PRINT_TABLE(title, rows, ...)                                                                                  \
	print_table(title, rows, (const char *const[]){__VA_ARGS__},                                                   \
	            (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

/* "1: 0.512  2: 0.433": of each layer that trained. */
static void print_losses(const json_t *metrics)
{
	char cell[FF_RUNS_CELL];
	size_t i;
	json_t *epoch;
	printf("%s", json_array_size(metrics) ? "\nloss of each layer\n" : "");
	json_array_foreach((json_t *)(uintptr_t)metrics, i, epoch)
	{
		const char *layer;
		json_t *loss;
		printf("  %6s", ff_runs_cell(json_object_get(epoch, "number"), 0, cell));
		json_object_foreach(json_object_get(epoch, "loss"), layer, loss)
		    printf("  %s: %s", layer, ff_runs_cell(loss, -1, cell));
		putchar('\n');
	}
}

static void print_run(const json_t *run)
{
	const char *text = json_string_value(json_object_get(run, "experiment"));
	print_columns(run);
	PRINT_TABLE("each layer alone, errors in percent", json_object_get(run, "layers"), "layer", "train_error",
	            "validation_error", "test_error");
	PRINT_TABLE("stages, seconds", json_object_get(run, "stages"), "name", "leader", "threads", "busy",
	            "waiting_input", "waiting_output");
	PRINT_TABLE("epochs, errors in percent", json_object_get(run, "metrics"), "number", "layer", "epoch",
	            "head_error", "train_error", "validation_error", "test_error", "seconds", "samples_per_second");
	print_losses(json_object_get(run, "metrics"));
	if (text)
		printf("\nexperiment\n%s", text);
}

ff_status ff_command_runs_show(const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_store store;
	json_t *run = NULL;
	FF_TRY(ff_runs_open(arguments, &store, error));
	ff_status status = ff_store_show(&store, arguments->operands.items[0], &run, error);
	ff_store_close(&store);
	FF_TRY(status);
	if (arguments->json)
		return ff_print_json(run, error);
	print_run(run);
	json_decref(run);
	return FF_OK;
}

/* ---- compare ---- */

/* The results that are set side by side. */
static const char *const RESULTS[] = {"status",
                                      "epochs",
                                      "best_epoch",
                                      "test_error",
                                      "validation_error",
                                      "train_error",
                                      "goodness_test_error",
                                      "head_test_error",
                                      "samples_per_second",
                                      "seconds",
                                      "bottleneck",
                                      "version",
                                      "cpu"};
enum { N_RESULTS = sizeof RESULTS / sizeof *RESULTS };

/* [n] values of the key in each run's `part`, or in the run itself if that is NULL; null where there is none. */
static json_t *values_of(const json_t *runs, const char *part, const char *key)
{
	json_t *values = json_array();
	for (size_t i = 0; i < json_array_size(runs); i++) {
		const json_t *run = json_array_get(runs, i);
		json_t *value = json_object_get(part ? json_object_get(run, part) : run, key);
		json_array_append_new(values, value ? json_incref(value) : json_null());
	}
	return values;
}

static bool differ(const json_t *values)
{
	for (size_t i = 1; i < json_array_size(values); i++)
		if (!json_equal(json_array_get(values, i), json_array_get(values, 0)))
			return true;
	return false;
}

/* Keys of the experiments that are not the same in all. */
static json_t *differing_keys(const json_t *runs)
{
	json_t *keys = json_object();
	for (size_t i = 0; i < json_array_size(runs); i++) {
		const char *key;
		json_t *value;
		json_object_foreach(json_object_get(json_array_get(runs, i), "settings"), key, value)
		{
			json_t *values = json_object_get(keys, key) ? NULL : values_of(runs, "settings", key);
			if (values && differ(values))
				json_object_set(keys, key, values);
			json_decref(values);
		}
	}
	return keys;
}

static json_t *results_of(const json_t *runs)
{
	json_t *results = json_object();
	for (int i = 0; i < N_RESULTS; i++)
		json_object_set_new(results, RESULTS[i], values_of(runs, NULL, RESULTS[i]));
	return results;
}

/* A line a key, a column a run. */
static void print_lines(json_t *lines, const int width[])
{
	char cell[FF_RUNS_CELL];
	const char *key;
	json_t *values, *value;
	size_t i;
	json_object_foreach(lines, key, values)
	{
		printf("%-28s", key);
		json_array_foreach(values, i, value)
		    printf("  %*s", width[i], ff_runs_cell(value, strstr(key, "_error") ? 2 : -1, cell));
		putchar('\n');
	}
}

/* The widest cell of each column. */
static void widen(json_t *lines, int width[])
{
	char cell[FF_RUNS_CELL];
	const char *key;
	json_t *values, *value;
	size_t i;
	json_object_foreach(lines, key, values) json_array_foreach(values, i, value)
	{
		int n = (int)strlen(ff_runs_cell(value, strstr(key, "_error") ? 2 : -1, cell));
		width[i] = n > width[i] ? n : width[i];
	}
}

static void print_comparison(json_t *comparison)
{
	int width[FF_RUNS_COMPARED] = {0};
	json_t *ids = json_pack("{sO}", "id", json_object_get(comparison, "id"));
	json_t *keys = json_object_get(comparison, "experiment"), *results = json_object_get(comparison, "result");
	widen(ids, width);
	widen(keys, width);
	widen(results, width);
	print_lines(ids, width);
	printf("\n%s\n", json_object_size(keys) ? "experiment, where it differs" : "the experiments are the same");
	print_lines(keys, width);
	puts("\nresult, errors in percent");
	print_lines(results, width);
	json_decref(ids);
}

static ff_status read_runs(const struct ff_arguments *arguments, json_t *runs, struct ff_error *error)
{
	struct ff_store store;
	ff_status status = FF_OK;
	FF_TRY(ff_runs_open(arguments, &store, error));
	for (int i = 0; i < arguments->operands.n && status == FF_OK; i++) {
		json_t *run = NULL;
		status = ff_store_show(&store, arguments->operands.items[i], &run, error);
		if (status == FF_OK && json_array_append_new(runs, run) != 0)
			status = ff_fail(error, FF_ERROR_MEMORY, "no memory to compare runs");
	}
	ff_store_close(&store);
	return status;
}

ff_status ff_command_runs_compare(const struct ff_arguments *arguments, struct ff_error *error)
{
	json_t *runs = json_array();
	ff_status status = read_runs(arguments, runs, error);
	json_t *comparison = NULL;
	if (status == FF_OK)
		comparison = json_pack("{so so so}", "id", values_of(runs, NULL, "id"), "experiment",
		                       differing_keys(runs), "result", results_of(runs));
	json_decref(runs);
	FF_TRY(status);
	if (arguments->json || !comparison)
		return ff_print_json(comparison, error);
	print_comparison(comparison);
	json_decref(comparison);
	return FF_OK;
}

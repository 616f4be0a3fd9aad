#include "sweep/sweep_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"

static json_t *describe_settings(const struct ff_sweep *sweep, const struct ff_sweep_point *point)
{
	json_t *settings = json_object();
	for (int k = 0; settings && k < sweep->n_keys; k++) {
		const char *value = ff_sweep_value(sweep, point, k);
		if (value && json_object_set_new(settings, sweep->keys[k], ff_json_text(value)) != 0) {
			json_decref(settings);
			return NULL;
		}
	}
	return settings;
}

static json_t *describe_point(const struct ff_sweep_run *run, int p)
{
	const struct ff_point_result *r = &run->results[p];
	const struct ff_sweep_point *point = &run->sweep->points[p];
	char folder[FF_MAX_PATH] = "", log[FF_MAX_PATH] = "";
	(void)ff_sweep_path(run->options, "points", point->name, "", folder);
	(void)ff_sweep_path(run->options, "logs", point->name, ".txt", log);
	bool done = r->state == FF_POINT_DONE;
	return json_pack(
	    "{si ss so ss so so so so so so so so so}", "point", p + 1, "name", point->name, "settings",
	    describe_settings(run->sweep, point), "status", ff_point_state_name(r->state), "test_error",
	    ff_json_real(r->test_error), "validation_error", ff_json_real(r->validation_error), "train_error",
	    ff_json_real(r->train_error), "samples_per_second", ff_json_real(r->samples_per_second), "seconds",
	    ff_json_real(r->seconds), "memory",
	    r->bytes ? json_integer((json_int_t)(r->bytes >> 1 > INT64_MAX >> 1 ? INT64_MAX : r->bytes)) : json_null(),
	    "message", *r->message ? ff_json_text(r->message) : json_null(), "folder",
	    done || r->state == FF_POINT_RUNNING || r->state == FF_POINT_FAILED ? ff_json_text(folder) : json_null(),
	    "log", r->state == FF_POINT_FAILED ? ff_json_text(log) : json_null());
}

char *ff_sweep_format(const struct ff_sweep_run *run)
{
	json_t *points = json_array();
	int best = ff_sweep_best(run), failed = !points;
	for (int p = 0; p < run->sweep->n_points && !failed; p++)
		failed = json_array_append_new(points, describe_point(run, p));
	if (failed) {
		json_decref(points);
		return NULL;
	}
	json_t *root =
	    json_pack("{so so si si si si si si si so so}", "file", ff_json_text(run->options->file), "folder",
	              ff_json_text(run->options->folder), "parallel", run->n_slots, "waiting",
	              ff_sweep_count(run, FF_POINT_WAITING), "running", ff_sweep_count(run, FF_POINT_RUNNING), "done",
	              ff_sweep_count(run, FF_POINT_DONE), "failed", ff_sweep_count(run, FF_POINT_FAILED), "refused",
	              ff_sweep_count(run, FF_POINT_REFUSED), "others", run->others, "best",
	              best < 0 ? json_null() : json_integer(best + 1), "points", points);
	char *text = root ? json_dumps(root, JSON_INDENT(1) | FF_JSON_DIGITS) : NULL;
	json_decref(root);
	char *longer = text ? realloc(text, strlen(text) + 2) : NULL;
	if (!longer)
		free(text);
	return longer ? strcat(longer, "\n") : NULL;
}

/* ---- CSV ---- */

static void put_point(const struct ff_sweep_run *run, int p, FILE *stream)
{
	const struct ff_point_result *r = &run->results[p];
	fprintf(stream, "%d", p + 1);
	for (int k = 0; k < run->sweep->n_keys; k++) {
		const char *value = ff_sweep_value(run->sweep, &run->sweep->points[p], k);
		fputc(',', stream);
		ff_csv_put_text(value ? value : "", stream);
	}
	fprintf(stream, ",%s", ff_point_state_name(r->state));
	const double numbers[] = {100 * r->test_error, 100 * r->validation_error, 100 * r->train_error,
	                          r->samples_per_second, r->seconds};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		fputc(',', stream);
		ff_csv_put_real(numbers[i], stream);
	}
	fprintf(stream, ",%s,", run->sweep->points[p].name);
	ff_csv_put_text(r->message, stream);
	fputs("\r\n", stream);
}

ff_status ff_sweep_write_table(const struct ff_sweep_run *run, struct ff_error *error)
{
	char path[FF_MAX_PATH];
	struct ff_file_writer writer;
	if (!ff_sweep_path(run->options, "", "results.csv", "", path))
		return ff_fail_at(error, FF_ERROR_IO, run->options->folder, NULL, "the path is too long");
	FF_TRY(ff_file_create(&writer, path, error));
	fputs("point", writer.stream);
	for (int k = 0; k < run->sweep->n_keys; k++) {
		fputc(',', writer.stream);
		ff_csv_put_text(run->sweep->keys[k], writer.stream);
	}
	fputs(",status,test_error,validation_error,train_error,samples_per_second,seconds,name,message\r\n",
	      writer.stream);
	for (int p = 0; p < run->sweep->n_points; p++)
		put_point(run, p, writer.stream);
	return ff_file_commit(&writer, error);
}

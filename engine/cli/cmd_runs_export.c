/* ffengine runs export csv: RFC 4180, with a header. */
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/cmd_runs.h"

/* Nothing stands for null. */
static void put_value(const json_t *value, FILE *stream)
{
	if (json_is_string(value))
		ff_csv_put_text(json_string_value(value), stream);
	else if (json_is_number(value))
		json_dumpf(value, stream, JSON_ENCODE_ANY | FF_JSON_DIGITS);
}

static void put_table(const json_t *runs, FILE *stream)
{
	size_t r;
	json_t *run;
	for (int c = 0; c < ff_store_n_columns; c++)
		fprintf(stream, "%s%s", c ? "," : "", ff_store_columns[c].name);
	fputs("\r\n", stream);
	json_array_foreach((json_t *)(uintptr_t)runs, r, run)
	{
		for (int c = 0; c < ff_store_n_columns; c++) {
			fputs(c ? "," : "", stream);
			put_value(json_object_get(run, ff_store_columns[c].name), stream);
		}
		fputs("\r\n", stream);
	}
}

static ff_status write_file(const char *path, const json_t *runs, struct ff_error *error)
{
	struct ff_file_writer writer;
	FF_TRY(ff_file_create(&writer, path, error));
	put_table(runs, writer.stream);
	return ff_file_commit(&writer, error);
}

ff_status ff_command_runs_export(const struct ff_arguments *arguments, struct ff_error *error)
{
	json_t *runs = NULL;
	ff_status status = FF_OK;
	if (strcmp(arguments->operands.items[0], "csv") != 0)
		return ff_fail_at(error, FF_ERROR_USAGE, "runs export", "usage: ffengine runs export csv",
		                  "unknown format '%s'; only csv is supported", arguments->operands.items[0]);
	FF_TRY(ff_runs_select(arguments, &runs, error));
	if (arguments->out)
		status = write_file(arguments->out, runs, error);
	else
		put_table(runs, stdout);
	json_decref(runs);
	return status;
}

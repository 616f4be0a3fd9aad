/* ffengine runs list and rebuild, and what they share with the others of the group. */
#include "cli/cmd_runs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/print.h"

static const char *folder_of(const struct ff_arguments *arguments)
{
	return arguments->runs ? arguments->runs : "runs";
}

ff_status ff_runs_open(const struct ff_arguments *arguments, struct ff_store *store, struct ff_error *error)
{
	return ff_store_open_to_read(folder_of(arguments), store, error);
}

static ff_status parse_limit(const char *text, int64_t *limit, struct ff_error *error)
{
	char *end = NULL;
	*limit = 0;
	if (!text)
		return FF_OK;
	errno = 0;
	*limit = strtoll(text, &end, 10);
	if (strchr("123456789", *text) && *end == '\0' && errno == 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, "--limit", "give a whole number from 1",
	                  "'%s' is not a number of runs", text);
}

ff_status ff_runs_select(const struct ff_arguments *arguments, json_t **runs, struct ff_error *error)
{
	struct ff_store store;
	struct ff_store_query query = {.where = arguments->where, .sort = arguments->sort};
	FF_TRY(parse_limit(arguments->limit, &query.limit, error));
	FF_TRY(ff_runs_open(arguments, &store, error));
	ff_status status = ff_store_list(&store, &query, runs, error);
	ff_store_close(&store);
	return status;
}

void ff_runs_describe_columns(char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "Columns: ");
	for (int c = 0; c < ff_store_n_columns && used < size; c++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", ff_store_columns[c].name,
		                         c + 1 < ff_store_n_columns ? ", " : ".");
}

/* ---- cells ---- */

const char *ff_runs_cell(const json_t *value, int decimals, char cell[FF_RUNS_CELL])
{
	if (json_is_string(value))
		snprintf(cell, FF_RUNS_CELL, "%s", json_string_value(value));
	else if (json_is_integer(value))
		snprintf(cell, FF_RUNS_CELL, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value) && decimals >= 0)
		snprintf(cell, FF_RUNS_CELL, "%.*f", decimals, json_real_value(value));
	else if (json_is_real(value))
		snprintf(cell, FF_RUNS_CELL, "%.7g", json_real_value(value));
	else
		strcpy(cell, "-");
	return cell;
}

const char *ff_runs_time(const json_t *value, char cell[FF_RUNS_CELL])
{
	struct tm utc = {0}, local;
	const char *text = json_string_value(value);
	if (!text || sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
	                    &utc.tm_min, &utc.tm_sec) != 6)
		return ff_runs_cell(NULL, 0, cell);
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	time_t when = timegm(&utc);
	strftime(cell, FF_RUNS_CELL, "%Y-%m-%d %H:%M", localtime_r(&when, &local));
	return cell;
}

/* ---- list ---- */

/* Columns of the table for people. */
static const struct {
	const char *title, *key;
	int decimals;
	bool left;
} SHOWN[] = {
    {"id", "id", 0, true},
    {"name", "name", 0, true},
    {"status", "status", 0, true},
    {"epochs", "epochs", 0, false},
    {"test error", "test_error", 2, false},
    {"samples/s", "samples_per_second", 0, false},
    {"when", "started", 0, true},
};
enum { N_SHOWN = sizeof SHOWN / sizeof *SHOWN };

static const char *shown(const json_t *run, int c, char cell[FF_RUNS_CELL])
{
	const json_t *value = json_object_get(run, SHOWN[c].key);
	if (strcmp(SHOWN[c].key, "started") == 0)
		return ff_runs_time(value, cell);
	ff_runs_cell(value, SHOWN[c].decimals, cell);
	if (strcmp(SHOWN[c].key, "test_error") == 0 && json_is_number(value))
		strcat(cell, " %");
	return cell;
}

static void print_row(const json_t *run, const int width[])
{
	char cell[FF_RUNS_CELL];
	for (int c = 0; c < N_SHOWN; c++) {
		const char *text = run ? shown(run, c, cell) : SHOWN[c].title;
		if (c == N_SHOWN - 1)
			printf("%s\n", text);
		else
			printf("%*s  ", SHOWN[c].left ? -width[c] : width[c], text);
	}
}

static void print_list(const json_t *runs)
{
	char cell[FF_RUNS_CELL];
	int width[N_SHOWN];
	size_t i;
	json_t *run;
	if (json_array_size(runs) == 0) {
		fputs("no runs\n", stderr);
		return;
	}
	for (int c = 0; c < N_SHOWN; c++) {
		width[c] = (int)strlen(SHOWN[c].title);
		json_array_foreach((json_t *)(uintptr_t)runs, i, run)
		{
			int n = (int)strlen(shown(run, c, cell));
			width[c] = n > width[c] ? n : width[c];
		}
	}
	print_row(NULL, width);
	json_array_foreach((json_t *)(uintptr_t)runs, i, run) print_row(run, width);
}

ff_status ff_command_runs_list(const struct ff_arguments *arguments, struct ff_error *error)
{
	json_t *runs = NULL;
	FF_TRY(ff_runs_select(arguments, &runs, error));
	if (arguments->json)
		return ff_print_json(runs, error);
	print_list(runs);
	json_decref(runs);
	return FF_OK;
}

/* ---- rebuild ---- */

static void warn(void *user, const char *text)
{
	(void)user;
	fprintf(stderr, "ffengine: warning: %s\n", text);
}

ff_status ff_command_runs_rebuild(const struct ff_arguments *arguments, struct ff_error *error)
{
	struct ff_store_rebuilt done;
	const struct ff_store_watch watch = {warn, NULL};
	FF_TRY(ff_store_rebuild(folder_of(arguments), &watch, &done, error));
	printf("%s/" FF_STORE_FILE ": %" PRId64 " run%s, %" PRId64 " epochs\n", folder_of(arguments), done.runs,
	       done.runs == 1 ? "" : "s", done.epochs);
	return FF_OK;
}

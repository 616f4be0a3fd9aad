#include "support/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/origin.h"
#include "support/harness.h"

static struct ff_experiment experiment;
static char work[64];

void runs_begin(void)
{
	static const char *const SET[] = {"name=unit", "layers.widths=[8,4]", "layers.each=[{}, {rate: 0.5}]",
	                                  "seed=18446744073709551615"};
	static struct ff_diagnostics diagnostics;
	CHECK_INT(ff_experiment_load(NULL, SET, 4, &experiment, &diagnostics), FF_OK);
	snprintf(work, sizeof work, "/tmp/ff_store_XXXXXX");
	CHECK(mkdtemp(work) != NULL && chdir(work) == 0);
	CHECK_INT(mkdir("runs", 0777), 0);
}

void runs_end(void)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", work);
	CHECK_INT(chdir("/"), 0);
	CHECK_INT(system(command), 0);
}

void runs_open(const char *id, struct ff_run_folder *folder)
{
	char path[FF_MAX_PATH];
	snprintf(path, sizeof path, "runs/%s", id);
	CHECK_INT(ff_run_folder_open(path, &experiment, folder, NULL), FF_OK);
	CHECK_INT(ff_origin_write(path, 0.25, NULL), FF_OK);
}

void runs_epoch(struct ff_run_folder *folder, int run, int epoch)
{
	const struct ff_epoch_metrics metrics = {.layer = 2,
	                                         .epoch = epoch,
	                                         .n_layers = 2,
	                                         .rate = 0.5,
	                                         .loss = {(double)NAN, run + 0.001 * epoch},
	                                         .goodness_positive = {(double)NAN, 2.5},
	                                         .goodness_negative = {(double)NAN, 0.25},
	                                         .head_loss = (double)NAN,
	                                         .head_error = (double)NAN,
	                                         .train_error = (double)NAN,
	                                         .validation_error = 0.0955,
	                                         .test_error = (double)NAN,
	                                         .seconds = run * 10000 + epoch,
	                                         .samples_per_second = 4000};
	CHECK_INT(ff_run_folder_epoch(folder, &metrics, NULL), FF_OK);
}

void runs_finish(struct ff_run_folder *folder, int epochs, const struct ff_error *failure)
{
	struct ff_result *result = calloc(1, sizeof *result);
	if (!CHECK(result != NULL))
		return;
	snprintf(result->name, sizeof result->name, "unit");
	snprintf(result->folder, sizeof result->folder, "%s", folder->path);
	result->seed = UINT64_MAX;
	result->epochs = epochs;
	result->seconds = 1.5;
	result->total_seconds = 2.5;
	result->samples_per_second = 1e5 / 3;
	result->test.n = 4;
	result->test.classes = result->test.n_layers = 2;
	result->test.error = 0.57;
	result->test.goodness_error = 0.57;
	result->test.head_error = (double)NAN;
	result->test.layer_error[0] = 0.5;
	result->test.layer_error[1] = 0.05;
	result->execution.n_layers = 2;
	result->execution.n_stations = 3;
	result->execution.bottleneck = 2;
	CHECK_INT(ff_run_folder_close(folder, NULL), FF_OK);
	CHECK_INT(ff_run_folder_result(folder, result, failure, NULL), FF_OK);
	free(result);
}

void runs_make(const char *id, int run, int epochs, bool finished)
{
	struct ff_run_folder folder;
	struct ff_store store;
	struct ff_store_position position = {0};
	struct ff_error error = {0};
	runs_open(id, &folder);
	CHECK_INT(ff_store_open("runs", &store, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	for (int e = 1; e <= epochs; e++) {
		runs_epoch(&folder, run, e);
		CHECK_INT(ff_store_sync(&store, id, &position, FF_STORE_WAIT, NULL, &error), FF_OK);
	}
	if (finished)
		runs_finish(&folder, epochs, NULL);
	CHECK_INT(ff_store_sync(&store, id, &position, FF_STORE_WAIT, NULL, &error), FF_OK);
	CHECK_INT(position.epochs, epochs);
	CHECK_INT(position.ended, finished);
	CHECK_INT(ff_run_folder_close(&folder, NULL), FF_OK);
	ff_store_close(&store);
}

static void dump_table(sqlite3 *db, const char *table, FILE *stream)
{
	char sql[64];
	sqlite3_stmt *statement = NULL;
	snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		fputs(table, stream);
		for (int i = 0; i < sqlite3_column_count(statement); i++) {
			const unsigned char *text = sqlite3_column_text(statement, i);
			fprintf(stream, "|%d:%s", sqlite3_column_type(statement, i), text ? (const char *)text : "");
		}
		fputc('\n', stream);
	}
	sqlite3_finalize(statement);
}

char *runs_dump(const char *database)
{
	static const char *const TABLES[] = {"run",   "setting",     "layer",        "stage",
	                                     "epoch", "epoch_layer", "sqlite_master"};
	char *text = NULL;
	size_t size = 0;
	sqlite3 *db = NULL;
	FILE *stream = open_memstream(&text, &size);
	CHECK_INT(sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	for (size_t i = 0; stream && i < sizeof TABLES / sizeof *TABLES; i++)
		dump_table(db, TABLES[i], stream);
	sqlite3_close(db);
	if (stream)
		fclose(stream);
	return text;
}

/* Compares two dumps row by row, so that a failure shows the first row that differs. */
static void check_same_rows(const char *before, const char *after)
{
	char old[1000] = "", new[1000] = "";
	while (*before && *after) {
		size_t n = strcspn(before, "\n") + 1, m = strcspn(after, "\n") + 1;
		if (n != m || strncmp(before, after, n) != 0)
			break;
		before += n;
		after += m;
	}
	snprintf(old, sizeof old, "%.*s", (int)strcspn(before, "\n"), before);
	snprintf(new, sizeof new, "%.*s", (int)strcspn(after, "\n"), after);
	CHECK_TEXT(new, old);
	CHECK(!*before && !*after);
}

void runs_check_rebuild(int64_t runs, int64_t epochs)
{
	struct ff_store_rebuilt done = {0};
	struct ff_error error = {0};
	char *before = runs_dump(RUNS_DATABASE);
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &done, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	CHECK_INT(done.runs, runs);
	CHECK_INT(done.epochs, epochs);
	char *after = runs_dump(RUNS_DATABASE);
	CHECK(strlen(before) > 1000);
	check_same_rows(before, after);
	free(before);
	free(after);
}

void runs_append(const char *path, const char *text)
{
	FILE *stream = fopen(path, "a");
	if (CHECK(stream != NULL)) {
		fputs(text, stream);
		fclose(stream);
	}
}

void runs_overwrite(const char *path, const char *text)
{
	(void)unlink(path);
	runs_append(path, text);
}

int runs_messages;
char runs_said[2000];

static void hear(void *user, const char *text)
{
	(void)user;
	runs_messages++;
	snprintf(runs_said, sizeof runs_said, "%s", text);
}

const struct ff_store_watch runs_watch = {hear, NULL};

void runs_silence(void)
{
	runs_messages = 0;
	*runs_said = '\0';
}

const char *runs_ask(const char *database, const char *sql, char text[128])
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	*text = '\0';
	CHECK_INT(sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	CHECK_INT(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0))
		snprintf(text, 128, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return text;
}

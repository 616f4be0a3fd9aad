#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_list.h"
#include "support/runs.h"

static void execute(const char *sql)
{
	sqlite3 *db = NULL;
	CHECK_INT(sqlite3_open(RUNS_DATABASE, &db), SQLITE_OK);
	CHECK_INT(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void a_rebuilt_store_equals_the_original(void)
{
	struct ff_run_folder folder;
	struct ff_error failure = {FF_ERROR_NUMERIC, "the loss is not finite", "layer 2", "lower the rate"};
	struct ff_store store;
	struct ff_store_position position = {0};
	char text[128];
	runs_begin();
	runs_silence();
	runs_make("b-done", 1, 7, true);
	runs_make("a-running", 2, 3, false);
	runs_open("it's failed", &folder);
	runs_finish(&folder, 0, &failure);
	CHECK_INT(ff_store_open("runs", &store, NULL), FF_OK);
	CHECK_INT(ff_store_sync(&store, "it's failed", &position, 0, NULL, NULL), FF_OK);
	ff_store_close(&store);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT group_concat(status) FROM run", text), "running,done,failed");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT error FROM run WHERE status = 'failed'", text),
	           "layer 2: the loss is not finite");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT seed FROM run", text), "18446744073709551615");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || sum(epoch) FROM epoch", text), "10 34");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || min(layer) FROM epoch_layer", text), "10 2");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT value FROM setting WHERE key = 'layers.each[2].rate'", text), "0.5");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT group_concat(name) FROM stage WHERE run = 'b-done'", text),
	           "source,layer 1,layer 2,readout,collector");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "PRAGMA journal_mode", text), "wal");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "PRAGMA user_version", text), "1");
	CHECK_INT(mkdir("runs/no-run", 0777), 0);
	runs_check_rebuild(3, 10);
	runs_check_rebuild(3, 10);
	CHECK_INT(runs_messages, 0);
	runs_end();
}

static void a_reused_folder_is_one_run(void)
{
	char text[128];
	runs_begin();
	runs_make("again", 1, 7, true);
	CHECK_INT(system("rm -r runs/again"), 0);
	runs_make("again", 2, 2, true);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || sum(seconds) FROM epoch", text), "2 40003.0");
	runs_check_rebuild(1, 2);
	runs_end();
}

/* What a run has in the store when its folder's files are damaged: all that can be read. */
static void damaged_files_are_told_and_passed_over(void)
{
	struct ff_store_rebuilt done = {0};
	char text[128];
	runs_begin();
	runs_make("torn", 1, 3, false);
	runs_append("runs/torn/metrics.jsonl", "[1]\n{\"epoch\": 9, \"loss\": \"no list\"}\n{\"epoch\": 10, \"lo");
	runs_silence();
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &done, NULL), FF_OK);
	CHECK_INT(runs_messages, 1);
	CHECK_HAS(runs_said, "runs/torn/metrics.jsonl: line 4 is not a JSON object");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || max(epoch) FROM epoch", text), "4 9");
	static const char *const FILES[][2] = {
	    {"runs/torn/result.json", "{\"status\": \"fin"},
	    {"runs/torn/result.json", "{\"status\": \"dancing\"}"},
	    {"runs/torn/result.json", "{\"status\": 7}"},
	    {"runs/torn/run.json", "[]"},
	    {"runs/torn/resolved.yaml", "a: [b"},
	    {"runs/torn/resolved.yaml", "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: k}}}}}}}}}"},
	    {"runs/torn/resolved.yaml", "{[a]: b}"},
	    {"runs/torn/resolved.yaml", ""}};
	for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
		ff_scenario("%s is %s", FILES[i][0], FILES[i][1]);
		runs_overwrite("runs/torn/result.json", "{\"status\": \"finished\"}");
		runs_overwrite(FILES[i][0], FILES[i][1]);
		runs_overwrite("runs/torn/metrics.jsonl", "{\"epoch\": 1}\n");
		runs_silence();
		CHECK_INT(ff_store_rebuild("runs", &runs_watch, &done, NULL), FF_OK);
		CHECK(runs_messages > 0);
		CHECK_INT(done.runs, 1);
		CHECK_INT(done.epochs, 1);
	}
	runs_end();
}

/* A rebuild of one run with a message about one file, and no other. */
static void check_told(int64_t epochs, const char *wanted)
{
	struct ff_store_rebuilt done = {0};
	runs_silence();
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &done, NULL), FF_OK);
	CHECK_INT(runs_messages, *wanted ? 1 : 0);
	CHECK_HAS(runs_said, wanted);
	CHECK_INT(done.runs, 1);
	CHECK_INT(done.epochs, epochs);
}

static void what_a_folder_lacks_is_told(void)
{
	static const char *const FILES[] = {"resolved.yaml", "metrics.jsonl", "run.json"};
	char text[128], wanted[128], path[64];
	for (int i = 0; i < 3; i++) {
		ff_scenario("without %s", FILES[i]);
		runs_begin();
		runs_make("part", 1, 3, true);
		snprintf(path, sizeof path, "runs/part/%s", FILES[i]);
		snprintf(wanted, sizeof wanted, "%s: it is missing", path);
		CHECK_INT(unlink(path), 0);
		check_told(i == 1 ? 0 : 3, wanted);
		CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT id || ' ' || status || ' ' || test_error FROM run", text),
		           "part done 0.57");
		CHECK_INT(unlink("runs/part/result.json"), 0); /* of a run that was killed; or just begins */
		ff_scenario("without %s and result.json", FILES[i]);
		if (i < 2)
			check_told(i == 1 ? 0 : 3, wanted);
		else
			check_told(3, "");
		runs_end();
	}
	runs_begin(); /* a run that has not come further, and folders that are none */
	ff_scenario("folders that are not yet a run's");
	CHECK_INT(mkdir("runs/young", 0777), 0);
	runs_append("runs/young/metrics.jsonl", "");
	CHECK_INT(mkdir("runs/copy", 0777), 0);
	runs_append("runs/copy/resolved.yaml", "name: copy\n");
	struct ff_store_rebuilt done = {0};
	runs_silence();
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &done, NULL), FF_OK);
	CHECK_INT(done.runs, 0);
	CHECK_INT(runs_messages, 0);
	runs_end();
}

static void a_cut_line_of_a_run_that_has_ended_is_told(void)
{
	runs_begin();
	runs_make("cut", 1, 3, true);
	runs_append("runs/cut/metrics.jsonl", "{\"epoch\": 4");
	check_told(3, "runs/cut/metrics.jsonl: line 4 is incomplete");
	CHECK_INT(unlink("runs/cut/result.json"), 0); /* one that was killed may well have a half line */
	check_told(3, "");
	runs_end();
}

static void a_line_is_taken_once_it_is_whole(void)
{
	struct ff_store store;
	struct ff_store_position position = {0};
	char text[128];
	runs_begin();
	runs_make("growing", 1, 2, false);
	CHECK_INT(ff_store_open("runs", &store, NULL), FF_OK);
	runs_append("runs/growing/metrics.jsonl", "{\"epoch\": 3");
	CHECK_INT(ff_store_sync(&store, "growing", &position, 0, &runs_watch, NULL), FF_OK);
	CHECK_INT(position.epochs, 2);
	runs_append("runs/growing/metrics.jsonl", "}\n");
	CHECK_INT(ff_store_sync(&store, "growing", &position, 0, &runs_watch, NULL), FF_OK);
	CHECK_INT(position.epochs, 3);
	ff_store_close(&store);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || max(epoch) FROM epoch", text), "3 3");
	runs_end();
}

static void other_databases_are_refused(void)
{
	struct ff_store store;
	struct ff_error error = {0};
	runs_begin();
	runs_make("run", 1, 1, true);
	execute("PRAGMA user_version = 2");
	char *before = runs_dump(RUNS_DATABASE);
	CHECK_INT(ff_store_open("runs", &store, &error), FF_ERROR_DATA);
	CHECK_HAS(error.what, "schema 2, of a newer ffengine");
	CHECK_TEXT(error.where, RUNS_DATABASE);
	CHECK_INT(ff_store_open_to_read("runs", &store, &error), FF_ERROR_DATA);
	char *after = runs_dump(RUNS_DATABASE);
	CHECK_TEXT(after, before);
	free(before);
	free(after);
	CHECK_INT(unlink(RUNS_DATABASE), 0);
	execute("CREATE TABLE mine (a)");
	CHECK_INT(ff_store_open("runs", &store, &error), FF_ERROR_DATA);
	CHECK_HAS(error.what, "is not a run store");
	CHECK_INT(ff_store_open_to_read("none", &store, &error), FF_ERROR_IO);
	CHECK_TEXT(error.where, "none");
	runs_end();
}

/* ---- the status ---- */

static void check_status(const char *wanted)
{
	struct ff_store store;
	json_t *runs = NULL;
	CHECK_INT(ff_store_open_to_read("runs", &store, NULL), FF_OK);
	CHECK_INT(ff_store_list(&store, &(struct ff_store_query){0}, &runs, NULL), FF_OK);
	CHECK_TEXT(json_string_value(json_object_get(json_array_get(runs, 0), "status")), wanted);
	json_decref(runs);
	ff_store_close(&store);
}

static void the_status_is_that_of_the_process(void)
{
	runs_begin();
	runs_make("run", 1, 2, false);
	check_status("running");
	execute("UPDATE run SET process = process || '1'"); /* another process got the number */
	check_status("interrupted");
	execute("UPDATE run SET process = substr(process, 1, length(process) - 1), pid = 1");
	check_status("interrupted");
	execute("UPDATE run SET host = 'no-such-host'");
	check_status("elsewhere");
	execute("UPDATE run SET host = NULL"); /* of a folder without run.json */
	check_status("interrupted");
	execute("UPDATE run SET status = 'stopped'");
	check_status("stopped");
	runs_end();
}

FF_TESTS("store", {"a rebuilt store equals the original", a_rebuilt_store_equals_the_original},
         {"a reused folder is one run", a_reused_folder_is_one_run},
         {"damaged files are told and passed over", damaged_files_are_told_and_passed_over},
         {"what a folder lacks is told", what_a_folder_lacks_is_told},
         {"a cut line of a run that has ended is told", a_cut_line_of_a_run_that_has_ended_is_told},
         {"a line is taken once it is whole", a_line_is_taken_once_it_is_whole},
         {"other databases are refused", other_databases_are_refused},
         {"the status is that of the process", the_status_is_that_of_the_process})

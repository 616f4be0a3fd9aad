/* A training run and a store that does not work: the run goes on, and says so once. */
#include "support/harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store_writer.h"
#include "support/runs.h"

/* A run of so many epochs through the writer; `hurt` happens when it is half through. Returns the longest call. */
static double train(const char *id, int epochs, void (*hurt)(void))
{
	struct ff_store_writer writer;
	struct ff_run_folder folder;
	double longest = 0;
	ff_scenario("run %s of %d epochs", id, epochs);
	runs_open(id, &folder);
	runs_silence();
	ff_store_writer_begin(&writer, folder.path, &runs_watch);
	for (int e = 1; e <= epochs; e++) {
		if (e == epochs / 2 && hurt)
			hurt();
		runs_epoch(&folder, 1, e);
		writer.last = -1e9; /* as if it were long ago */
		double start = ff_clock();
		ff_store_writer_epoch(&writer);
		longest = ff_clock() - start > longest ? ff_clock() - start : longest;
	}
	runs_finish(&folder, epochs, NULL);
	ff_store_writer_end(&writer);
	ff_store_writer_end(&writer);
	return longest;
}

static void rebuild_store(void)
{
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &(struct ff_store_rebuilt){0}, NULL), FF_OK);
}

static void damage(void)
{
	FILE *stream = fopen(RUNS_DATABASE, "r+");
	if (!CHECK(stream != NULL))
		return;
	for (int i = 0; i < 3 * 4096; i++)
		fputc('x', stream);
	fclose(stream);
}

static void a_damaged_store_stops_no_run(void)
{
	struct ff_store store;
	struct ff_error error = {0};
	char text[128];
	runs_begin();
	runs_overwrite(RUNS_DATABASE,
	               "this is no database, but long enough to seem one; this is no database, but long enough to be "
	               "looked into");
	train("first", 6, NULL);
	CHECK_INT(runs_messages, 1);
	CHECK_HAS(runs_said, "warning: this run is not in the run store");
	CHECK_HAS(runs_said, "runs/runs.sqlite: the run store is damaged");
	CHECK_HAS(runs_said, "ffengine runs rebuild --runs runs");
	CHECK_INT(ff_store_open_to_read("runs", &store, &error), FF_ERROR_DATA);
	CHECK_HAS(error.hint, "ffengine runs rebuild");
	rebuild_store();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status || ' ' || epochs FROM run", text), "done 6");
	runs_check_rebuild(1, 6);
	runs_end();
	runs_begin();
	train("second", 6, damage); /* within */
	CHECK(runs_messages <= 1);
	rebuild_store();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status || ' ' || epochs FROM run", text), "done 6");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) FROM epoch", text), "6");
	runs_end();
}

static sqlite3 *locker;

static void lock(void)
{
	CHECK_INT(sqlite3_open(RUNS_DATABASE, &locker), SQLITE_OK);
	CHECK_INT(sqlite3_exec(locker, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

static void a_locked_store_costs_a_run_one_wait(void)
{
	char text[128];
	runs_begin();
	double start = ff_clock(), longest = train("waiting", 40, lock), all = ff_clock() - start;
	CHECK_INT(runs_messages, 1);
	CHECK_HAS(runs_said, "another process keeps the run store locked");
	CHECK(longest > 1.5);
	CHECK(all < 2 * 2.0 + 5); /* a wait in the run, one at its end, and a slow machine; not one an epoch */
	CHECK_INT(sqlite3_close(locker), SQLITE_OK);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status FROM run", text), "running");
	rebuild_store();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status || ' ' || epochs FROM run", text), "done 40");
	runs_end();
}

/* The lock goes when the run has warned: the rest of it, and what was missed, is in the store at its end. */
static void release(void)
{
	struct ff_store_writer writer;
	struct ff_run_folder folder;
	runs_open("other", &folder);
	ff_store_writer_begin(&writer, folder.path, &runs_watch); /* waits in vain, and warns */
	CHECK_INT(runs_messages, 1);
	runs_epoch(&folder, 1, 1);
	CHECK_INT(sqlite3_close(locker), SQLITE_OK);
	runs_finish(&folder, 1, NULL);
	ff_store_writer_end(&writer);
	CHECK_INT(runs_messages, 1);
}

static void what_was_missed_is_made_up_for(void)
{
	char text[128];
	runs_begin();
	runs_make("before", 1, 1, true);
	lock();
	runs_silence();
	release();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status || ' ' || epochs FROM run WHERE id = 'other'", text),
	           "done 1");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) FROM epoch", text), "2");
	runs_check_rebuild(2, 2);
	runs_end();
}

static void delete_store(void)
{
	CHECK_INT(unlink(RUNS_DATABASE), 0); /* and leave its journal, as a hasty user does */
}

static void a_deleted_store_is_made_again(void)
{
	char text[128];
	runs_begin();
	runs_make("earlier", 1, 5, true);
	train("later", 10, delete_store);
	CHECK_INT(runs_messages, 0);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT group_concat(id) FROM run", text), "later");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || sum(epoch) FROM epoch", text), "10 55");
	rebuild_store();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT group_concat(id || ' ' || epochs) FROM run", text),
	           "earlier 5,later 10");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) FROM epoch", text), "15");
	runs_end();
}

static void a_run_goes_on_in_a_rebuilt_store(void)
{
	char text[128];
	runs_begin();
	runs_make("earlier", 1, 5, true);
	train("later", 10, rebuild_store);
	CHECK_INT(runs_messages, 0);
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT group_concat(id || ' ' || epochs) FROM run", text),
	           "earlier 5,later 10");
	runs_check_rebuild(2, 15);
	runs_end();
}

static struct rlimit unlimited;

static void fill_disk(void)
{
	CHECK_INT(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &(struct rlimit){16384, unlimited.rlim_max}), 0);
}

/* The file-size limit stands for a disk without room for the store, but for the run's lines. */
static void a_full_disk_stops_no_run(void)
{
	char text[128];
	signal(SIGXFSZ, SIG_IGN);
	runs_begin();
	train("full", 12, fill_disk);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	CHECK_INT(runs_messages, 1);
	CHECK_HAS(runs_said, "cannot");
	rebuild_store();
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT status || ' ' || epochs FROM run", text), "done 12");
	runs_end();
}

static void a_store_that_cannot_be_opened_stops_no_run(void)
{
	runs_begin();
	CHECK_INT(mkdir(RUNS_DATABASE, 0777), 0);
	train("barred", 4, NULL);
	CHECK_INT(runs_messages, 1);
	CHECK_HAS(runs_said, "runs/runs.sqlite");
	runs_end();
}

static void a_failed_rebuild_changes_nothing(void)
{
	struct ff_error error = {0};
	runs_begin();
	runs_make("run", 1, 5, true);
	char *before = runs_dump(RUNS_DATABASE);
	fill_disk();
	CHECK_INT(ff_store_rebuild("runs", &runs_watch, &(struct ff_store_rebuilt){0}, &error), FF_ERROR_IO);
	CHECK_INT(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	char *after = runs_dump(RUNS_DATABASE);
	CHECK_TEXT(after, before);
	CHECK_INT(system("test $(ls -A runs | wc -l) = 2"), 0);
	free(before);
	free(after);
	CHECK_INT(ff_store_rebuild("none", &runs_watch, &(struct ff_store_rebuilt){0}, &error), FF_ERROR_IO);
	CHECK_TEXT(error.where, "none");
	runs_end();
}

FF_TESTS("store_faults", {"a damaged store stops no run", a_damaged_store_stops_no_run},
         {"a locked store costs a run one wait", a_locked_store_costs_a_run_one_wait},
         {"what was missed is made up for", what_was_missed_is_made_up_for},
         {"a deleted store is made again", a_deleted_store_is_made_again},
         {"a run goes on in a rebuilt store", a_run_goes_on_in_a_rebuilt_store},
         {"a full disk stops no run", a_full_disk_stops_no_run},
         {"a store that cannot be opened stops no run", a_store_that_cannot_be_opened_stops_no_run},
         {"a failed rebuild changes nothing", a_failed_rebuild_changes_nothing})

/* Eight processes write 1,000 epochs each into one store, a transaction an epoch. */
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/runs.h"

enum { PROCESSES = 8, EPOCHS = 1000, PATIENCE = 20000 };

static void make_file(const char *name)
{
	FILE *stream = fopen(name, "w");
	if (CHECK(stream != NULL))
		fclose(stream);
}

/* For a minute at most. */
static bool await_file(const char *name)
{
	for (int i = 0; i < 6000 && access(name, F_OK) != 0; i++)
		usleep(10000);
	return access(name, F_OK) == 0;
}

/* The first run waits half way until the store has been hurt. */
static bool pause_half_way(int run, int epoch, bool pauses)
{
	if (!pauses || run != 0 || epoch != EPOCHS / 2)
		return true;
	make_file("half");
	return await_file("go");
}

/* One run; the exit status says how far it came: 0 is all the way. */
static int write_run(int run, bool pauses)
{
	char id[16];
	struct ff_run_folder folder;
	struct ff_store store;
	struct ff_store_position position = {0};
	struct ff_error error = {0};
	snprintf(id, sizeof id, "run%d", run);
	runs_open(id, &folder);
	if (ff_store_open("runs", &store, &error) != FF_OK) {
		fprintf(stderr, "%s: %s\n", id, error.what);
		return 1;
	}
	for (int e = 1; e <= EPOCHS; e++) {
		runs_epoch(&folder, run, e);
		if (!pause_half_way(run, e, pauses))
			return 4;
		if (ff_store_sync(&store, id, &position, PATIENCE, NULL, &error) != FF_OK) {
			fprintf(stderr, "%s, epoch %d: %s: %s\n", id, e, error.where, error.what);
			return 2;
		}
	}
	runs_finish(&folder, EPOCHS, NULL);
	ff_status status = ff_store_sync(&store, id, &position, PATIENCE, NULL, &error);
	ff_store_close(&store);
	return status == FF_OK && position.epochs == EPOCHS && position.ended ? 0 : 3;
}

/* All of them; `hurt` happens to the store when the first run is half way, while the others write on. */
static void write_runs(void (*hurt)(void))
{
	pid_t children[PROCESSES];
	int code = 0;
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(write_run(i, hurt != NULL));
		CHECK(children[i] > 0);
	}
	if (hurt && CHECK(await_file("half"))) {
		hurt();
		make_file("go");
	}
	for (int i = 0; i < PROCESSES; i++) {
		ff_scenario("process %d", i);
		CHECK_INT(waitpid(children[i], &code, 0), children[i]);
		CHECK_INT(WIFEXITED(code) ? WEXITSTATUS(code) : -1, 0);
	}
}

/* Nothing lost, nothing twice, nothing else: what each line said is in its row. */
static void check_all(void)
{
	char text[128];
	CHECK_TEXT(runs_ask(RUNS_DATABASE,
	                    "SELECT count(*) || ' ' || sum(status = 'done') || ' ' || sum(epochs) FROM run", text),
	           "8 8 8000");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "SELECT count(*) || ' ' || count(DISTINCT run || number) FROM epoch", text),
	           "8000 8000");
	CHECK_TEXT(
	    runs_ask(RUNS_DATABASE,
	             "SELECT count(*) FROM epoch JOIN epoch_layer AS l USING (run, number) WHERE epoch = number AND "
	             "seconds = 10000 * substr(run, 4) + number AND abs(loss - substr(run, 4) - 0.001 * number) < 1e-9",
	             text),
	    "8000");
	CHECK_TEXT(runs_ask(RUNS_DATABASE, "PRAGMA integrity_check", text), "ok");
}

static void nothing_is_lost_and_nothing_twice(void)
{
	runs_begin();
	write_runs(NULL);
	check_all();
	runs_check_rebuild(PROCESSES, PROCESSES * EPOCHS);
	runs_end();
}

static void remove_store(void)
{
	CHECK_INT(unlink(RUNS_DATABASE), 0);
}

static void deleted_half_way_and_rebuilt(void)
{
	runs_begin();
	write_runs(remove_store);
	CHECK_INT(ff_store_rebuild("runs", NULL, &(struct ff_store_rebuilt){0}, NULL), FF_OK);
	check_all();
	runs_check_rebuild(PROCESSES, PROCESSES * EPOCHS);
	runs_end();
}

static void exchange_store(void)
{
	struct ff_error error = {0};
	for (int i = 0; i < 5; i++) {
		CHECK_INT(ff_store_rebuild("runs", NULL, &(struct ff_store_rebuilt){0}, &error), FF_OK);
		CHECK_TEXT(error.what, "");
	}
}

static void rebuilt_under_way(void)
{
	runs_begin();
	write_runs(exchange_store);
	check_all(); /* without another rebuild */
	runs_check_rebuild(PROCESSES, PROCESSES * EPOCHS);
	runs_end();
}

FF_TESTS("store_processes", {"nothing is lost and nothing twice", nothing_is_lost_and_nothing_twice},
         {"deleted half way and rebuilt", deleted_half_way_and_rebuilt}, {"rebuilt under way", rebuilt_under_way})

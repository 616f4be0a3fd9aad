/* Run folders with known contents, and what a store holds, as text. Runs lie in the current folder's folder `runs`. */
#ifndef TESTS_SUPPORT_RUNS_H
#define TESTS_SUPPORT_RUNS_H

#include "run/folder_open.h"
#include "store/store_open.h"
#include "store/store_rebuild.h"
#include "store/store_sync.h"

#define RUNS_DATABASE "runs/runs.sqlite"

/* A valid experiment, and an empty current folder with an empty folder `runs` in it. */
void runs_begin(void);
void runs_end(void);

/* Opens runs/ID with resolved.yaml and run.json. */
void runs_open(const char *id, struct ff_run_folder *folder);

/* Line `epoch` of the run, made from both numbers. */
void runs_epoch(struct ff_run_folder *folder, int run, int epoch);

/* result.json of a run with so many epochs, and closes the folder. */
void runs_finish(struct ff_run_folder *folder, int epochs, const struct ff_error *failure);

/* Adds all up to the store as a run does. */
void runs_make(const char *id, int run, int epochs, bool finished);

/* Every row of every table of the store in their order; the caller frees it. */
char *runs_dump(const char *database);

/* Rebuilds the store, and checks that it has as many runs and epochs and the same rows in the same order as before. */
void runs_check_rebuild(int64_t runs, int64_t epochs);

/* Adds text to a file; writes a file of this text alone. */
void runs_append(const char *path, const char *text);
void runs_overwrite(const char *path, const char *text);

/* What a writer or a rebuild said through runs_watch since runs_silence(): how often, and the last message. */
extern const struct ff_store_watch runs_watch;
extern int runs_messages;
extern char runs_said[2000];
void runs_silence(void);

/* The first value of a query's first row, as text of at most 127 bytes. */
const char *runs_ask(const char *database, const char *sql, char text[128]);

#endif

/* The run store: runs.sqlite in the folder that holds run folders (a run's folder is registered with its parent's
 * store).
 *
 * All that is in it comes from the files of the run folders (resolved.yaml, run.json, metrics.jsonl, result.json),
 * which ff_store_sync() reads; so a store that is lost or damaged is made again from them, and no row exists in the
 * store alone. Errors of training are fractions in it, as in the files.
 *
 * Several processes use one store at once. SQLite's WAL keeps readers and a writer apart (on network file systems,
 * where WAL's shared memory does not reach other hosts, its rollback journal does), and writers take turns. A lock on
 * the folder itself (flock) keeps the database from being exchanged while somebody uses it: shared around each
 * transaction, exclusive while the file is created or replaced. Where there is no flock, only replacing is less safe.
 *
 * One thread at a time for each struct ff_store. */
#ifndef ENGINE_STORE_STORE_H
#define ENGINE_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>
#include <sqlite3.h>

#include "base/error.h"
#include "ffengine/experiment.h"

#define FF_STORE_FILE "runs.sqlite"

enum {
	FF_STORE_WAIT = 2000, /* milliseconds that an attempt waits for other processes */
	FF_STORE_PATH = FF_MAX_PATH + 64,
};

/* An open store. Filled by ff_store_open(); the caller's storage. */
struct ff_store {
	char folder[FF_MAX_PATH]; /* that holds the run folders */
	char path[FF_STORE_PATH]; /* of the database */
	sqlite3 *db;
	int lock; /* the folder's descriptor, for flock(); -1: none */
	int wait; /* milliseconds for others, in what is done now */
};

/* Opens the store of `folder` for writing, and makes it if there is none. Waits FF_STORE_WAIT at most.
 * Errors: FF_ERROR_IO (locked, no permission, full disk), FF_ERROR_DATA (damaged, of a newer ffengine, no store). */
FF_NODISCARD ff_status ff_store_open(const char *folder, struct ff_store *store, struct ff_error *error);

/* Opens an existing store so that it can be read but not changed. Errors: those of ff_store_open(); FF_ERROR_IO if
 * there is no such folder or no store in it. */
FF_NODISCARD ff_status ff_store_open_to_read(const char *folder, struct ff_store *store, struct ff_error *error);

/* Closes it; fine on a zero or closed struct. */
void ff_store_close(struct ff_store *store);

/* How much of a run is in the store; zero: nothing. */
struct ff_store_place {
	int64_t epochs; /* lines of metrics.jsonl */
	int64_t offset; /* of the first byte after them */
	int64_t line;   /* its number, less 1: lines that cannot be read are passed over */
	bool registered, ended;
};

/* Told of files that cannot be read whole; what can be read is taken. May be NULL. */
struct ff_store_watch {
	void (*message)(void *user, const char *text);
	void *user;
};

/* Brings run `id` (its folder's name) up to date in one transaction: registers it anew if *place is zero, adds the
 * lines of metrics.jsonl behind *place, and the result once there is a result.json. Waits `wait` milliseconds at most
 * for other processes. If the database has been deleted or exchanged it is opened again, and the whole run goes into
 * it. On failure the store and *place are as before. Errors: those of ff_store_open(); FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_store_sync(struct ff_store *store, const char *id, struct ff_store_place *place, int wait,
                                     const struct ff_store_watch *watch, struct ff_error *error);

/* What a rebuild found. */
struct ff_store_rebuilt {
	int64_t runs, epochs;
};

/* Makes the store of `folder` anew from the run folders in it, beside the old one, and puts it in its place. Runs that
 * are under way go on writing into the new one. Errors: FF_ERROR_IO, FF_ERROR_MEMORY; the old store is then as
 * before. */
FF_NODISCARD ff_status ff_store_rebuild(const char *folder, const struct ff_store_watch *watch,
                                        struct ff_store_rebuilt *rebuilt, struct ff_error *error);

/* ---- for the other files of the store ---- */

/* Takes the folder's lock, LOCK_SH or LOCK_EX, within `wait` milliseconds. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_lock(const struct ff_store *store, int operation, int wait, struct ff_error *error);
void ff_store_unlock(const struct ff_store *store);

/* Fills the paths and opens the folder's descriptor, no more. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_locate(const char *folder, struct ff_store *store, struct ff_error *error);

/* Opens the database itself, under whatever locks the caller holds. Errors: those of ff_store_open(). */
FF_NODISCARD ff_status ff_store_connect(struct ff_store *store, int flags, struct ff_error *error);

/* Runs statements without results. Errors: as ff_store_fail(). */
FF_NODISCARD ff_status ff_store_execute(const struct ff_store *store, const char *sql, struct ff_error *error);

/* Turns SQLite's code, and the message it left, into a status and an error. */
ff_status ff_store_fail(const struct ff_store *store, int code, struct ff_error *error);

/* Removes the journals of a database that is gone or about to be: another of its name must not meet them.
 * Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_remove_journals(const char *path, struct ff_error *error);

/* Brings a run up to date within the caller's transaction. */
FF_NODISCARD ff_status ff_store_import(const struct ff_store *store, const char *id, struct ff_store_place *place,
                                       const struct ff_store_watch *watch, struct ff_error *error);

#endif

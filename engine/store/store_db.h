/* The run store's database: runs.sqlite in the folder that holds the run folders. A run's folder is registered with the
 * store of its parent folder.
 *
 * The store is only an index. Every row comes from the files of a run's folder (resolved.yaml, run.json, metrics.jsonl,
 * result.json), so a lost or damaged store can be rebuilt. It holds errors of training as fractions, like the files.
 *
 * Several processes use a store at once. In WAL mode SQLite lets readers work beside a writer; on network file systems,
 * where WAL's shared memory does not reach other hosts, the store uses a rollback journal. Writers take turns. A lock on
 * the folder (flock) keeps the database from being replaced while it is used: it is shared during each transaction, and
 * exclusive while the file is created or replaced. On a file system without flock only replacing is less safe.
 *
 * A struct ff_store belongs to one thread at a time. */
#ifndef ENGINE_STORE_STORE_DB_H
#define ENGINE_STORE_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/error.h"
#include "ffengine/experiment.h"

#define FF_STORE_FILE "runs.sqlite"

enum {
	FF_STORE_WAIT = 2000, /* milliseconds that an attempt waits for other processes */
	FF_STORE_PATH = FF_MAX_PATH + 64,
};

/* A store, in the caller's storage; store_open.h opens one. */
struct ff_store {
	char folder[FF_MAX_PATH]; /* that holds the run folders */
	char path[FF_STORE_PATH]; /* of the database */
	sqlite3 *db;
	int lock; /* descriptor of the folder, for flock(); -1: none */
	int wait; /* milliseconds that the current operation waits for others */
};

/* Fills the paths and opens the folder's descriptor, but not the database. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_locate(const char *folder, struct ff_store *store, struct ff_error *error);

/* Opens the database of a located store with SQLite's flags. The caller holds the locks it needs.
 * Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_connect(struct ff_store *store, int flags, struct ff_error *error);

/* Closes the database but keeps the store located. */
void ff_store_disconnect(struct ff_store *store);

/* Closes everything. A zero or a closed struct is fine. */
void ff_store_close(struct ff_store *store);

/* Takes the folder's lock, LOCK_SH or LOCK_EX, within `wait` milliseconds. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_lock(const struct ff_store *store, int operation, int wait, struct ff_error *error);
void ff_store_unlock(const struct ff_store *store);

/* Runs statements that return no rows. Errors: those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_execute(const struct ff_store *store, const char *sql, struct ff_error *error);

/* Turns SQLite's code and its last message into a status and an error: FF_ERROR_IO (locked, no permission, full disk),
 * FF_ERROR_DATA (damaged), FF_ERROR_MEMORY. */
ff_status ff_store_fail(const struct ff_store *store, int code, struct ff_error *error);

/* Says that the database is damaged and how to rebuild it. Returns FF_ERROR_DATA. */
ff_status ff_store_fail_damaged(const struct ff_store *store, const char *what, struct ff_error *error);

/* Removes the journals beside a database that was or will be removed. A new database of that name must not find them.
 * Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_store_remove_journals(const char *path, struct ff_error *error);

#endif

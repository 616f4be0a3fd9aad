#include "store/store_rebuild.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/store_import.h"
#include "store/store_schema.h"

enum { REPLACE_WAIT = 10000 }; /* milliseconds; others hold the lock for one transaction each */

/* The state of a rebuild. */
struct rebuild {
	struct ff_store store; /* its path is that of the new database */
	const struct ff_store_watch *watch;
	struct ff_store_rebuilt *done;
	bool again; /* the second pass: only runs that may have changed */
};

/* ---- the folders ---- */

static bool holds(const char *folder, const char *name, const char *file)
{
	char path[2 * FF_STORE_PATH];
	snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
	return access(path, F_OK) == 0;
}

/* Whether this is a run's folder. A run begins with metrics.jsonl and resolved.yaml; once it has written run.json or
 * result.json, one of them may be missing. */
static bool is_run(const char *folder, const char *name)
{
	bool resolved = holds(folder, name, "resolved.yaml"), metrics = holds(folder, name, "metrics.jsonl");
	bool begun = resolved || metrics;
	return name[0] != '.' && ((resolved && metrics) || holds(folder, name, "result.json") ||
	                          (begun && holds(folder, name, "run.json")));
}

/* Whether the new store has the whole run, since it had ended when it was read. */
static bool is_complete(const struct ff_store *store, const char *id)
{
	sqlite3_stmt *statement = NULL;
	bool complete = sqlite3_prepare_v2(store->db, "SELECT 1 FROM run WHERE id = ? AND status <> 'running'", -1,
	                                   &statement, NULL) == SQLITE_OK &&
	                sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC) == SQLITE_OK &&
	                sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return complete;
}

static ff_status import_folder(struct rebuild *r, const char *id, struct ff_error *error)
{
	struct ff_store_position position = {0};
	if (r->again && is_complete(&r->store, id))
		return FF_OK;
	return ff_store_import(&r->store, id, &position, r->again ? NULL : r->watch, error);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* In the order of the names, which is then the order of the messages. */
static ff_status import_folders(struct rebuild *r, struct ff_error *error)
{
	struct dirent **entries = NULL;
	ff_status status = FF_OK;
	int n = scandir(r->store.folder, &entries, NULL, by_name);
	if (n < 0)
		return ff_fail_at(error, FF_ERROR_IO, r->store.folder, NULL, "cannot read the folder of runs: %s",
		                  strerror(errno));
	for (int i = 0; i < n; i++) {
		if (status == FF_OK && is_run(r->store.folder, entries[i]->d_name))
			status = import_folder(r, entries[i]->d_name, error);
		free(entries[i]);
	}
	free(entries);
	return status;
}

static ff_status import_all(struct rebuild *r, struct ff_error *error)
{
	FF_TRY(ff_store_execute(&r->store, "BEGIN IMMEDIATE", error));
	FF_TRY(import_folders(r, error));
	return ff_store_execute(&r->store, "COMMIT", error);
}

static ff_status count(struct rebuild *r, struct ff_error *error)
{
	static const char SQL[] = "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM epoch)";
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(r->store.db, SQL, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	if (code == SQLITE_ROW)
		*r->done =
		    (struct ff_store_rebuilt){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1)};
	ff_status status = code == SQLITE_ROW ? FF_OK : ff_store_fail(&r->store, code, error);
	sqlite3_finalize(statement);
	return status;
}

/* ---- the files ---- */

static void remove_database(const char *path)
{
	(void)!ff_store_remove_journals(path, NULL);
	(void)unlink(path);
}

/* Removes the journals of the old database before the database itself, so that the new one never meets them. */
static ff_status replace(const struct rebuild *r, const char *path, struct ff_error *error)
{
	FF_TRY(ff_store_remove_journals(path, error));
	if (rename(r->store.path, path) != 0)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "cannot replace it: %s", strerror(errno));
	(void)fsync(r->store.lock);
	return FF_OK;
}

/* Fills the new database, which nobody else knows of. */
static ff_status build(struct rebuild *r, struct ff_error *error)
{
	FF_TRY(ff_store_connect(&r->store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error));
	FF_TRY(ff_store_schema_create(&r->store, error));
	return import_all(r, error);
}

/* With the exclusive lock: reads again the runs that had not ended, and replaces the database. A run under way notices
 * that its database is gone and updates the new one. */
static ff_status finish(struct rebuild *r, const char *path, struct ff_error *error)
{
	r->again = true;
	FF_TRY(import_all(r, error));
	FF_TRY(count(r, error));
	/* moves the journal into the file and onto the disk; closing does so too, but does not report failures */
	int code = sqlite3_wal_checkpoint_v2(r->store.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (code != SQLITE_OK)
		return ff_store_fail(&r->store, code, error);
	ff_store_disconnect(&r->store);
	return replace(r, path, error);
}

ff_status ff_store_rebuild(const char *folder, const struct ff_store_watch *watch, struct ff_store_rebuilt *rebuilt,
                           struct ff_error *error)
{
	struct rebuild r = {.watch = watch, .done = rebuilt};
	char path[FF_STORE_PATH];
	FF_TRY(ff_store_locate(folder, &r.store, error));
	memcpy(path, r.store.path, sizeof path);
	snprintf(r.store.path + strlen(path), sizeof path - strlen(path), ".%ld.tmp", (long)getpid());
	remove_database(r.store.path); /* left by a killed process that had our pid */
	ff_status status = build(&r, error);
	if (status == FF_OK)
		status = ff_store_lock(&r.store, LOCK_EX, REPLACE_WAIT, error);
	if (status == FF_OK) {
		status = finish(&r, path, error);
		ff_store_unlock(&r.store);
	}
	ff_store_disconnect(&r.store);
	if (status != FF_OK)
		remove_database(r.store.path);
	ff_store_close(&r.store);
	return status;
}

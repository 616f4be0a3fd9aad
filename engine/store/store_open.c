#include "store/store_open.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_schema.h"

static bool exists(const struct ff_store *store)
{
	struct stat st;
	return stat(store->path, &st) == 0;
}

/* With the exclusive lock. */
static ff_status create(struct ff_store *store, struct ff_error *error)
{
	bool empty = false;
	if (!exists(store))
		FF_TRY(ff_store_remove_journals(store->path, error));
	FF_TRY(ff_store_connect(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error));
	FF_TRY(ff_store_schema_check(store, &empty, error));
	return empty ? ff_store_schema_create(store, error) : FF_OK;
}

/* With the shared lock. *missing: there is no database, or it has no tables. */
static ff_status open_existing(struct ff_store *store, bool *missing, struct ff_error *error)
{
	*missing = !exists(store);
	if (*missing)
		return FF_OK;
	FF_TRY(ff_store_connect(store, SQLITE_OPEN_READWRITE, error));
	return ff_store_schema_check(store, missing, error);
}

ff_status ff_store_connect_to_write(struct ff_store *store, struct ff_error *error)
{
	bool missing = false;
	FF_TRY(ff_store_lock(store, LOCK_SH, store->wait, error));
	ff_status status = open_existing(store, &missing, error);
	if (status == FF_OK && missing) {
		ff_store_disconnect(store);
		status = ff_store_lock(store, LOCK_EX, store->wait, error);
		if (status == FF_OK)
			status = create(store, error);
	}
	ff_store_unlock(store);
	if (status != FF_OK)
		ff_store_disconnect(store);
	return status;
}

ff_status ff_store_open(const char *folder, struct ff_store *store, struct ff_error *error)
{
	FF_TRY(ff_store_locate(folder, store, error));
	ff_status status = ff_store_connect_to_write(store, error);
	if (status != FF_OK)
		ff_store_close(store);
	return status;
}

/* Opens the database in a folder that we cannot write to. Without a journal in it nobody else is writing, so the file
 * does not change. */
static ff_status connect_immutable(struct ff_store *store, struct ff_error *error)
{
	char journal[FF_STORE_PATH + 16];
	snprintf(journal, sizeof journal, "%s-wal", store->path);
	if (access(journal, F_OK) == 0)
		return ff_store_fail(store, SQLITE_CANTOPEN, error);
	sqlite3_str *text = sqlite3_str_new(NULL);
	sqlite3_str_appendall(text, *store->path == '/' ? "file:" : "file:./");
	for (const char *p = store->path; *p; p++)
		sqlite3_str_appendf(text, strchr("%?#", *p) ? "%%%02X" : "%c", *p);
	sqlite3_str_appendall(text, "?immutable=1");
	char *uri = sqlite3_str_finish(text);
	int code = uri ? sqlite3_open_v2(uri, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) : SQLITE_NOMEM;
	sqlite3_free(uri);
	return code == SQLITE_OK ? FF_OK : ff_store_fail(store, code, error);
}

/* Opens for writing if possible, because such a reader leaves no journal behind when it closes; query_only keeps it from
 * changing anything. */
static ff_status connect_to_read(struct ff_store *store, struct ff_error *error)
{
	bool writable = access(store->path, W_OK) == 0 && access(store->folder, W_OK) == 0, empty = false;
	FF_TRY(writable ? ff_store_connect(store, SQLITE_OPEN_READWRITE, error) : connect_immutable(store, error));
	FF_TRY(ff_store_schema_check(store, &empty, error));
	if (empty)
		return ff_store_fail_damaged(store, "it has no tables", error);
	return ff_store_execute(store, "PRAGMA query_only = 1; BEGIN", error);
}

ff_status ff_store_open_to_read(const char *folder, struct ff_store *store, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT];
	FF_TRY(ff_store_locate(folder, store, error));
	ff_status status = ff_store_lock(store, LOCK_SH, FF_STORE_WAIT, error); /* held until the store is closed */
	if (status == FF_OK && !exists(store)) {
		snprintf(
		    hint, sizeof hint,
		    "name the folder that holds the run folders with --runs; `ffengine runs rebuild --runs %.300s` "
		    "builds the store",
		    store->folder);
		status = ff_fail_at(error, FF_ERROR_IO, store->folder, hint,
		                    "there is no run store (" FF_STORE_FILE ") here");
	} else if (status == FF_OK) {
		status = connect_to_read(store, error);
	}
	if (status != FF_OK)
		ff_store_close(store);
	return status;
}

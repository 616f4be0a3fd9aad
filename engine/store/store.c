#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store_schema.h"

enum { MAX_TRIES = 3 }; /* to meet a database that stays where it is */

static const long LOCK_PAUSE = 2000000; /* nanoseconds between two tries */

/* ---- failures ---- */

static ff_status fail_damaged(const struct ff_store *store, const char *what, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT];
	snprintf(hint, sizeof hint, "`ffengine runs rebuild --runs %.300s` makes it anew from the run folders",
	         store->folder);
	return ff_fail_at(error, FF_ERROR_DATA, store->path, hint, "the run store is damaged: %s", what);
}

ff_status ff_store_fail(const struct ff_store *store, int code, struct ff_error *error)
{
	const char *what = store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code);
	switch (code & 0xFF) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		return fail_damaged(store, what, error);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "try again when the process that holds it has ended",
		                  "another process keeps the run store locked");
	case SQLITE_NOMEM:
		return ff_fail_at(error, FF_ERROR_MEMORY, store->path, NULL, "no memory for the run store");
	case SQLITE_FULL:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "free some space", "cannot write the run store: %s",
		                  what);
	case SQLITE_ERROR: /* a table or column that is not there */
		return fail_damaged(store, what, error);
	default:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "may you write there, and is there space?",
		                  "cannot use the run store: %s", what);
	}
}

ff_status ff_store_execute(const struct ff_store *store, const char *sql, struct ff_error *error)
{
	int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? FF_OK : ff_store_fail(store, code, error);
}

/* ---- the folder's lock ---- */

ff_status ff_store_lock(const struct ff_store *store, int operation, int wait, struct ff_error *error)
{
	double until = ff_clock() + 1e-3 * wait;
	while (store->lock >= 0 && flock(store->lock, operation | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return FF_OK; /* a file system without such locks */
		if (ff_clock() >= until)
			return ff_store_fail(store, SQLITE_BUSY, error);
		nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE}, NULL);
	}
	return FF_OK;
}

void ff_store_unlock(const struct ff_store *store)
{
	if (store->lock >= 0)
		(void)flock(store->lock, LOCK_UN);
}

/* ---- opening ---- */

ff_status ff_store_locate(const char *folder, struct ff_store *store, struct ff_error *error)
{
	*store = (struct ff_store){.lock = -1, .wait = FF_STORE_WAIT};
	if (snprintf(store->folder, sizeof store->folder, "%s", folder) >= (int)sizeof store->folder)
		return ff_fail_at(error, FF_ERROR_IO, folder, NULL, "the folder's path is too long");
	snprintf(store->path, sizeof store->path, "%s/" FF_STORE_FILE, strcmp(folder, "/") == 0 ? "" : folder);
	store->lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->lock >= 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_IO, folder, "is the path right?", "cannot open the folder of runs: %s",
	                  strerror(errno));
}

ff_status ff_store_connect(struct ff_store *store, int flags, struct ff_error *error)
{
	/* Without threads of SQLite's own; a path, not a URI, whatever it begins with. */
	char path[FF_STORE_PATH + 2];
	snprintf(path, sizeof path, "%s%s", *store->path == '/' ? "" : "./", store->path);
	int code = sqlite3_open_v2(path, &store->db, flags, NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(store->db, 1);
		sqlite3_busy_timeout(store->db, store->wait);
		/* No file is given memory of ours to be damaged through; a commit waits for no disk, a checkpoint
		 * does. */
		return ff_store_execute(store, "PRAGMA mmap_size = 0; PRAGMA synchronous = NORMAL", error);
	}
	ff_status status = ff_store_fail(store, code, error);
	sqlite3_close(store->db);
	store->db = NULL;
	return status;
}

static bool exists(const struct ff_store *store)
{
	struct stat st;
	return stat(store->path, &st) == 0;
}

ff_status ff_store_remove_journals(const char *path, struct ff_error *error)
{
	static const char *const SUFFIX[] = {"-wal", "-shm", "-journal"};
	char name[FF_STORE_PATH + 16];
	for (size_t i = 0; i < sizeof SUFFIX / sizeof *SUFFIX; i++) {
		snprintf(name, sizeof name, "%s%s", path, SUFFIX[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return ff_fail_at(error, FF_ERROR_IO, name, "may you write there?", "cannot remove it: %s",
			                  strerror(errno));
	}
	return FF_OK;
}

/* With the folder's lock for itself. */
static ff_status create(struct ff_store *store, struct ff_error *error)
{
	bool empty = false;
	if (!exists(store))
		FF_TRY(ff_store_remove_journals(store->path, error));
	FF_TRY(ff_store_connect(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error));
	FF_TRY(ff_store_schema_check(store, &empty, error));
	return empty ? ff_store_schema_create(store, error) : FF_OK;
}

/* With the lock shared; *missing: there is no database, or one without tables. */
static ff_status open_existing(struct ff_store *store, bool *missing, struct ff_error *error)
{
	*missing = !exists(store);
	if (*missing)
		return FF_OK;
	FF_TRY(ff_store_connect(store, SQLITE_OPEN_READWRITE, error));
	return ff_store_schema_check(store, missing, error);
}

static void disconnect(struct ff_store *store)
{
	sqlite3_close(store->db);
	store->db = NULL;
}

/* Connects a located store for writing. */
static ff_status connect_to_write(struct ff_store *store, struct ff_error *error)
{
	bool missing = false;
	FF_TRY(ff_store_lock(store, LOCK_SH, store->wait, error));
	ff_status status = open_existing(store, &missing, error);
	if (status == FF_OK && missing) {
		disconnect(store);
		status = ff_store_lock(store, LOCK_EX, store->wait, error);
		if (status == FF_OK)
			status = create(store, error);
	}
	ff_store_unlock(store);
	if (status != FF_OK)
		disconnect(store);
	return status;
}

ff_status ff_store_open(const char *folder, struct ff_store *store, struct ff_error *error)
{
	FF_TRY(ff_store_locate(folder, store, error));
	ff_status status = connect_to_write(store, error);
	if (status != FF_OK)
		ff_store_close(store);
	return status;
}

/* A folder that we may not write: without a journal there, nobody is writing either. */
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

/* A reader that may write leaves no journal behind when it closes; query_only keeps it from changing anything. */
static ff_status connect_to_read(struct ff_store *store, struct ff_error *error)
{
	bool writable = access(store->path, W_OK) == 0 && access(store->folder, W_OK) == 0, empty = false;
	FF_TRY(writable ? ff_store_connect(store, SQLITE_OPEN_READWRITE, error) : connect_immutable(store, error));
	FF_TRY(ff_store_schema_check(store, &empty, error));
	if (empty)
		return fail_damaged(store, "it has no tables", error);
	return ff_store_execute(store, "PRAGMA query_only = 1; BEGIN", error);
}

ff_status ff_store_open_to_read(const char *folder, struct ff_store *store, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT];
	FF_TRY(ff_store_locate(folder, store, error));
	ff_status status = ff_store_lock(store, LOCK_SH, FF_STORE_WAIT, error); /* until it is closed */
	if (status == FF_OK && !exists(store)) {
		snprintf(
		    hint, sizeof hint,
		    "name the folder of the run folders with --runs; `ffengine runs rebuild --runs %.300s` makes the "
		    "store from them",
		    store->folder);
		status = ff_fail_at(error, FF_ERROR_IO, store->folder, hint,
		                    "there is no run store here (" FF_STORE_FILE ")");
	} else if (status == FF_OK) {
		status = connect_to_read(store, error);
	}
	if (status != FF_OK)
		ff_store_close(store);
	return status;
}

void ff_store_close(struct ff_store *store)
{
	bool open = *store->path != '\0';
	disconnect(store);
	if (open && store->lock >= 0)
		close(store->lock);
	*store = (struct ff_store){.lock = -1};
}

/* ---- writing ---- */

static bool has_moved(const struct ff_store *store)
{
	int moved = 0;
	return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

/* The run's rows in one transaction; with the lock shared. */
static ff_status transact(const struct ff_store *store, const char *id, struct ff_store_place *place,
                          const struct ff_store_watch *watch, struct ff_error *error)
{
	struct ff_store_place before = *place;
	sqlite3_busy_timeout(store->db, store->wait);
	FF_TRY(ff_store_execute(store, "BEGIN IMMEDIATE", error));
	ff_status status = ff_store_import(store, id, place, watch, error);
	if (status == FF_OK)
		status = ff_store_execute(store, "COMMIT", error);
	if (status == FF_OK)
		return FF_OK;
	(void)!ff_store_execute(store, "ROLLBACK", NULL);
	*place = before;
	return status;
}

/* The database that has the name now, if the one we had was deleted or exchanged. */
static ff_status follow(struct ff_store *store, struct ff_store_place *place, struct ff_error *error)
{
	if (store->db && !has_moved(store))
		return FF_OK;
	disconnect(store);
	*place = (struct ff_store_place){0};
	return connect_to_write(store, error);
}

ff_status ff_store_sync(struct ff_store *store, const char *id, struct ff_store_place *place, int wait,
                        const struct ff_store_watch *watch, struct ff_error *error)
{
	store->wait = wait;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		FF_TRY(follow(store, place, error));
		FF_TRY(ff_store_lock(store, LOCK_SH, wait, error));
		bool moved = has_moved(store); /* before we had the lock */
		ff_status status = moved ? FF_OK : transact(store, id, place, watch, error);
		ff_store_unlock(store);
		if (!moved)
			return status;
	}
	return ff_store_fail(store, SQLITE_BUSY, error);
}

#include "store/store_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static const long LOCK_PAUSE = 2000000; /* nanoseconds between two attempts */

/* ---- failures ---- */

ff_status ff_store_fail_damaged(const struct ff_store *store, const char *what, struct ff_error *error)
{
	char hint[FF_ERROR_TEXT];
	snprintf(hint, sizeof hint, "`ffengine runs rebuild --runs %.300s` rebuilds it from the run folders",
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
		return ff_store_fail_damaged(store, what, error);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "try again when that process has ended",
		                  "another process keeps the run store locked");
	case SQLITE_NOMEM:
		return ff_fail_at(error, FF_ERROR_MEMORY, store->path, NULL, "no memory for the run store");
	case SQLITE_FULL:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "free some space", "cannot write the run store: %s",
		                  what);
	case SQLITE_ERROR: /* a missing table or column */
		return ff_store_fail_damaged(store, what, error);
	default:
		return ff_fail_at(error, FF_ERROR_IO, store->path, "check the permissions and the free space",
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
			return FF_OK; /* the file system has no such locks */
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

/* ---- the database ---- */

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
	/* "./" keeps SQLite from reading a path such as "file:..." as a URI. */
	char path[FF_STORE_PATH + 2];
	snprintf(path, sizeof path, "%s%s", *store->path == '/' ? "" : "./", store->path);
	int code = sqlite3_open_v2(path, &store->db, flags, NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(store->db, 1);
		sqlite3_busy_timeout(store->db, store->wait);
		/* Without mmap, a stray write of ours cannot damage the file. With synchronous = NORMAL only WAL
		 * checkpoints wait for the disk, and commits do not. */
		return ff_store_execute(store, "PRAGMA mmap_size = 0; PRAGMA synchronous = NORMAL", error);
	}
	ff_status status = ff_store_fail(store, code, error);
	sqlite3_close(store->db);
	store->db = NULL;
	return status;
}

void ff_store_disconnect(struct ff_store *store)
{
	sqlite3_close(store->db);
	store->db = NULL;
}

void ff_store_close(struct ff_store *store)
{
	bool open = *store->path != '\0';
	ff_store_disconnect(store);
	if (open && store->lock >= 0)
		close(store->lock);
	*store = (struct ff_store){.lock = -1};
}

ff_status ff_store_remove_journals(const char *path, struct ff_error *error)
{
	static const char *const SUFFIX[] = {"-wal", "-shm", "-journal"};
	char name[FF_STORE_PATH + 16];
	for (size_t i = 0; i < sizeof SUFFIX / sizeof *SUFFIX; i++) {
		snprintf(name, sizeof name, "%s%s", path, SUFFIX[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			return ff_fail_at(error, FF_ERROR_IO, name, "check the permissions", "cannot remove it: %s",
			                  strerror(errno));
	}
	return FF_OK;
}

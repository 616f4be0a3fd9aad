#include "store/store_sync.h"

#include <sys/file.h>

#include "store/store_open.h"

enum { MAX_TRIES = 3 }; /* to catch a database that is being replaced */

static bool has_moved(const struct ff_store *store)
{
	int moved = 0;
	return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

/* Imports in one transaction, with the shared lock. */
static ff_status transact(const struct ff_store *store, const char *id, struct ff_store_position *position,
                          const struct ff_store_watch *watch, struct ff_error *error)
{
	struct ff_store_position before = *position;
	sqlite3_busy_timeout(store->db, store->wait);
	FF_TRY(ff_store_execute(store, "BEGIN IMMEDIATE", error));
	ff_status status = ff_store_import(store, id, position, watch, error);
	if (status == FF_OK)
		status = ff_store_execute(store, "COMMIT", error);
	if (status == FF_OK)
		return FF_OK;
	(void)!ff_store_execute(store, "ROLLBACK", NULL);
	*position = before;
	return status;
}

/* Opens the database again if it was deleted or replaced. */
static ff_status follow(struct ff_store *store, struct ff_store_position *position, struct ff_error *error)
{
	if (store->db && !has_moved(store))
		return FF_OK;
	ff_store_disconnect(store);
	*position = (struct ff_store_position){0};
	return ff_store_connect_to_write(store, error);
}

ff_status ff_store_sync(struct ff_store *store, const char *id, struct ff_store_position *position, int wait,
                        const struct ff_store_watch *watch, struct ff_error *error)
{
	store->wait = wait;
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		FF_TRY(follow(store, position, error));
		FF_TRY(ff_store_lock(store, LOCK_SH, wait, error));
		bool moved = has_moved(store); /* replaced before we had the lock */
		ff_status status = moved ? FF_OK : transact(store, id, position, watch, error);
		ff_store_unlock(store);
		if (!moved)
			return status;
	}
	return ff_store_fail(store, SQLITE_BUSY, error);
}

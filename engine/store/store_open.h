/* Opens the store of a folder, to write or to read. */
#ifndef ENGINE_STORE_STORE_OPEN_H
#define ENGINE_STORE_STORE_OPEN_H

#include "store/store_db.h"

/* Opens the store for writing and creates it if there is none. Waits at most FF_STORE_WAIT.
 * Errors: FF_ERROR_IO (locked, no permission, full disk), FF_ERROR_DATA (damaged, written by a newer ffengine, not a
 * run store). */
FF_NODISCARD ff_status ff_store_open(const char *folder, struct ff_store *store, struct ff_error *error);

/* Opens an existing store read-only, as a snapshot that lasts until it is closed. Errors: those of ff_store_open();
 * FF_ERROR_IO if the folder or its store does not exist. */
FF_NODISCARD ff_status ff_store_open_to_read(const char *folder, struct ff_store *store, struct ff_error *error);

/* Opens the database of a located, disconnected store for writing, with at most store->wait milliseconds for each lock.
 * Errors: those of ff_store_open(). */
FF_NODISCARD ff_status ff_store_connect_to_write(struct ff_store *store, struct ff_error *error);

#endif

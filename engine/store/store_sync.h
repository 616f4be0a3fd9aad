/* Brings the store up to date with a run's files. */
#ifndef ENGINE_STORE_STORE_SYNC_H
#define ENGINE_STORE_STORE_SYNC_H

#include "store/store_db.h"
#include "store/store_import.h"

/* Adds what the store lacks of run `id`, the name of its folder, in one transaction; store_import.h says what. Waits at
 * most `wait` milliseconds for other processes. If the database was deleted or replaced, it is opened again and the
 * whole run is added. On failure the store and *position are unchanged. Errors: those of ff_store_open();
 * FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_store_sync(struct ff_store *store, const char *id, struct ff_store_position *position,
                                     int wait, const struct ff_store_watch *watch, struct ff_error *error);

#endif

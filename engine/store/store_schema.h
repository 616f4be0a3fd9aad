/* The store's tables. */
#ifndef ENGINE_STORE_STORE_SCHEMA_H
#define ENGINE_STORE_STORE_SCHEMA_H

#include "store/store_db.h"

enum {
	FF_STORE_VERSION = 1,              /* PRAGMA user_version */
	FF_STORE_APPLICATION = 0x66667273, /* PRAGMA application_id: "ffrs" */
};

/* Refuses a database that is not a run store or that a newer ffengine wrote. *empty: it has no tables yet.
 * Errors: FF_ERROR_DATA, and those of ff_store_fail(). */
FF_NODISCARD ff_status ff_store_schema_check(const struct ff_store *store, bool *empty, struct ff_error *error);

/* Creates the tables in an empty database, with the journal that suits the file system. */
FF_NODISCARD ff_status ff_store_schema_create(const struct ff_store *store, struct ff_error *error);

#endif

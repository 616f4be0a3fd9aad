/* Rebuilds a store from the run folders. */
#ifndef ENGINE_STORE_STORE_REBUILD_H
#define ENGINE_STORE_STORE_REBUILD_H

#include "store/store_db.h"
#include "store/store_files.h"

/* What a rebuild found. */
struct ff_store_rebuilt {
	int64_t runs, epochs;
};

/* Builds a new store of `folder` beside the old one and then replaces the old one. Runs under way continue to write,
 * into the new store. `watch` may be NULL. Errors: FF_ERROR_IO, FF_ERROR_MEMORY; the old store is then unchanged. */
FF_NODISCARD ff_status ff_store_rebuild(const char *folder, const struct ff_store_watch *watch,
                                        struct ff_store_rebuilt *rebuilt, struct ff_error *error);

#endif

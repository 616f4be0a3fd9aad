/* How the engine fills and forwards a struct ff_error.
 *
 *     return ff_fail(error, FF_ERROR_DATA, "truncated after %zu bytes", n);
 *     return ff_fail_at(error, FF_ERROR_IO, path, "try another folder", "cannot write: %s", strerror(errno));
 *     FF_TRY(ff_dataset_open(...));
 *
 * error may be NULL everywhere. Thread-safe: nothing but *error is written. */
#ifndef ENGINE_BASE_ERROR_H
#define ENGINE_BASE_ERROR_H

#include "ffengine/error.h"

/* Returns from the calling function with the status of a call that failed. */
#define FF_TRY(call)                                                                                                   \
	do {                                                                                                           \
		ff_status ff_try_status_ = (call);                                                                     \
		if (ff_try_status_ != FF_OK)                                                                           \
			return ff_try_status_;                                                                         \
	} while (0)

/* Fills *error with a formatted `what`, without a place or a hint. Returns status. */
ff_status ff_fail(struct ff_error *error, ff_status status, const char *format, ...) FF_PRINTF(3, 4);

/* The same with a place and a hint, each of which may be NULL. */
ff_status ff_fail_at(struct ff_error *error, ff_status status, const char *where, const char *hint, const char *format,
                     ...) FF_PRINTF(5, 6);

#endif

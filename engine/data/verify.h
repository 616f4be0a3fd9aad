/* Checks a file's content against its SHA-256. Only in builds with FF_HAVE_FETCH. */
#ifndef ENGINE_DATA_VERIFY_H
#define ENGINE_DATA_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* *right: whether the file's content, decompressed if it is gzip, has `size` bytes and this SHA-256 (64 lower-case hex
 * digits). A missing or damaged file is just not right. At most size + 1 bytes are decompressed.
 * Errors: FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_INTERNAL (OpenSSL). Thread-safe. */
FF_NODISCARD ff_status ff_verify(const char *path, const char *sha256, uint64_t size, bool *right,
                                 struct ff_error *error);

#endif

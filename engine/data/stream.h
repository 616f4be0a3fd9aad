/* Reads a regular file in order and decompresses it if its content, not its name, is gzip.
 *
 * Every failure names the file. Damage is always detected: gzip's CRC and length are checked, and bytes behind the last
 * gzip member are an error. One thread at a time. The caller owns the stream and ends it with ff_stream_close(). */
#ifndef ENGINE_DATA_STREAM_H
#define ENGINE_DATA_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <zlib.h>

#include "base/error.h"

enum { FF_STREAM_BUFFER = 1 << 16 };

struct ff_stream {
	const char *path; /* the caller's, for messages */
	int fd;
	uint64_t limit; /* the most bytes it can give: the file's size, times gzip's largest ratio */
	bool gzip, member_done, file_done;
	z_stream z; /* next_in, avail_in: bytes read but not yet used, also of plain files */
	uint8_t buffer[FF_STREAM_BUFFER];
};

/* Opens path; it must be a regular file that is not empty.
 * Errors: FF_ERROR_DATA (missing, unreadable, a folder, empty), FF_ERROR_IO, FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_stream_open(struct ff_stream *stream, const char *path, struct ff_error *error);

/* Reads up to size bytes into `to`. *got < size only at the end of the content.
 * Errors: FF_ERROR_DATA (truncated or corrupt gzip), FF_ERROR_IO. */
FF_NODISCARD ff_status ff_stream_read(struct ff_stream *stream, void *to, size_t size, size_t *got,
                                      struct ff_error *error);

/* Closes the file. A zero struct is fine. */
void ff_stream_close(struct ff_stream *stream);

#endif

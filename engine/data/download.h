/* Downloads one URL into an open file, going on where the file ends. Only in builds with FF_HAVE_FETCH. */
#ifndef ENGINE_DATA_DOWNLOAD_H
#define ENGINE_DATA_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "data/fetch_options.h"

struct ff_download {
	const char *url, *path;                 /* path of fd, for messages */
	const char *name;                       /* for the progress callback */
	int fd;                                 /* open for writing */
	uint64_t most;                          /* bytes the file may have; more is refused */
	long connect_seconds;                   /* until connected */
	long stall_seconds;                     /* without data */
	const struct ff_fetch_options *options; /* the progress callback */

	/* Set by ff_download(). */
	bool resumed; /* on success: the beginning of the file was there before */
	bool local;   /* on failure: the file could not be written, so another mirror is of no use */
};

/* Appends what is missing. A server that ignores the range asked for sends everything, which then replaces the file;
 * one that answers 416 has no more. That the content is right must be checked by the caller.
 * On failure the file keeps what has arrived, for the next try; content known to be of no use is cut to nothing.
 * Errors: FF_ERROR_IO (`what` is the reason alone). One thread at a time, between curl_global_init and _cleanup. */
FF_NODISCARD ff_status ff_download(struct ff_download *download, struct ff_error *error);

#endif

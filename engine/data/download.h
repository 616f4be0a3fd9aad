/* Downloads one URL into an open file and continues where the file ends. Only in builds with FF_HAVE_FETCH. */
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
	uint64_t most;                          /* the file may have no more bytes */
	long connect_seconds;                   /* until connected */
	long stall_seconds;                     /* without data */
	const struct ff_fetch_options *options; /* the progress callback */

	/* Set by ff_download(). */
	bool resumed; /* on success: the file had a beginning, which was kept */
	bool local;   /* on failure: the file could not be written, so no other mirror can help */
};

/* Appends what is missing. If a server ignores the requested range and sends everything, that replaces the file; status
 * 416 means that nothing is missing. The caller checks the content.
 * On failure the file keeps what has arrived, for the next attempt; useless content is removed.
 * Errors: FF_ERROR_IO (`what` is only the reason). One thread at a time, between curl_global_init and _cleanup. */
FF_NODISCARD ff_status ff_download(struct ff_download *download, struct ff_error *error);

#endif

/* Files that appear whole or not at all, and growing logs whose failures are seen. */
#ifndef ENGINE_BASE_FILE_H
#define ENGINE_BASE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* A file being written under a temporary name beside its final one. */
struct ff_file_writer {
	FILE *stream; /* write here */
	char path[1024];
	char target[1024];    /* the file that the path's links lead to, which is replaced */
	char temporary[1088]; /* beside it; "": nothing is replaced, the stream writes to what the path names */
};

/* Opens TARGET.PID-N.tmp for writing, TARGET being the path or, where that is a link, what it leads to: links stay. A
 * device or a FIFO (which waits for its reader), and the file that standard output or error goes to, are not replaced
 * but written to. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_file_create(struct ff_file_writer *writer, const char *path, struct ff_error *error);

/* Flushes to the disk and renames to the final name; on failure (a full disk, say) the temporary file is removed and
 * whatever had the final name before is untouched. Ends the writer either way. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_file_commit(struct ff_file_writer *writer, struct ff_error *error);

/* Whether both, under way, will replace one file. */
bool ff_file_same(const struct ff_file_writer *a, const struct ff_file_writer *b);

/* Gives up: removes the temporary file. Does nothing on a writer that is ended or zero. */
void ff_file_abandon(struct ff_file_writer *writer);

/* create, write, commit in one. */
FF_NODISCARD ff_status ff_file_write(const char *path, const void *bytes, size_t size, struct ff_error *error);

/* Makes sure that a crash of the machine does not undo the renaming of a file to this path; some file systems
 * cannot. */
void ff_file_sync_folder(const char *path);

/* mkdir -p. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_folder_create(const char *path, struct ff_error *error);

#endif

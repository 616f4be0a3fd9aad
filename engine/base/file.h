/* Writes files that appear whole or not at all. */
#ifndef ENGINE_BASE_FILE_H
#define ENGINE_BASE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* A file being written under a temporary name beside its final one. */
struct ff_file_writer {
	FILE *stream; /* write here */
	char path[1024];
	char target[1024];    /* the file to replace: path with its symbolic links resolved */
	char temporary[1088]; /* beside target; "": nothing is replaced, the stream writes to path itself */
};

/* Opens TARGET.PID-N.tmp for writing, where TARGET is the path with its symbolic links resolved, so that links stay.
 * Devices, FIFOs, and the file that standard output or standard error goes to are written to and not replaced; opening
 * a FIFO waits for its reader. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_file_create(struct ff_file_writer *writer, const char *path, struct ff_error *error);

/* Flushes the file to the disk and gives it its final name. On failure, such as a full disk, the temporary file is
 * removed and an older file of the final name is unchanged. Ends the writer in either case. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_file_commit(struct ff_file_writer *writer, struct ff_error *error);

/* Whether both open writers will replace the same file. */
bool ff_file_same(const struct ff_file_writer *a, const struct ff_file_writer *b);

/* Removes the temporary file. Does nothing for a writer that is ended or zero. */
void ff_file_abandon(struct ff_file_writer *writer);

/* Writes a whole file: create, write and commit. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_file_write(const char *path, const void *bytes, size_t size, struct ff_error *error);

/* Flushes the folder of this path to the disk, so that a crash of the machine does not undo a renaming in it. Some file
 * systems cannot do that. */
void ff_file_sync_folder(const char *path);

/* Creates a folder and its parents, like mkdir -p. Errors: FF_ERROR_IO. */
FF_NODISCARD ff_status ff_folder_create(const char *path, struct ff_error *error);

#endif

/* Folders and IDX files for tests. Everything here ends the program if the machine refuses it. */
#ifndef TESTS_SUPPORT_SAMPLES_H
#define TESTS_SUPPORT_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "ffengine/experiment.h"

struct sample {
	uint8_t *bytes;
	size_t size;
};

/* A new folder under TMPDIR (or /tmp), removed with all it holds when the program ends. Static storage, the same folder
 * for the whole program. */
const char *sample_folder(void);

/* "folder/name" in the sample folder; one of eight buffers in turn. */
const char *sample_path(const char *name);

/* Writes the bytes as sample_path(name) and returns that path. */
const char *sample_write(const char *name, const void *bytes, size_t size);

/* The bytes of an IDX file of these sizes whose element k is fill(k); the caller frees sample.bytes. */
struct sample sample_idx(int rank, const uint32_t *sizes, uint8_t (*fill)(size_t k));

/* The same bytes as gzip at a level, 0 (stored) to 9; the caller frees the result. */
struct sample sample_gzip(const void *bytes, size_t size, int level);

/* Removes a folder and all it holds; fine if there is none. */
void sample_remove(const char *folder);

#endif

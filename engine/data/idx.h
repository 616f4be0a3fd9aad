/* Reads IDX files (the format of MNIST), plain or gzip, of unsigned bytes in 1 to 4 dimensions: the bytes 0, 0, element
 * type, rank; then each size as a big-endian 32-bit number; then the elements, row-major. */
#ifndef ENGINE_DATA_IDX_H
#define ENGINE_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { FF_IDX_MAX_RANK = 4, FF_IDX_MAX_HEADER = 4 + 4 * FF_IDX_MAX_RANK };

struct ff_idx {
	int rank;
	size_t size[FF_IDX_MAX_RANK]; /* 1 beyond the rank */
	uint8_t *data;                /* [size[0] x size[1] x size[2] x size[3]] */
	void *memory;                 /* the allocation; data begins behind space for a header */
};

/* Reads the whole file. Before anything is allocated, the sizes in the header are compared with what the file can hold
 * and with the machine's memory.
 * Errors, each with the path: FF_ERROR_DATA (missing, empty, not IDX, other element type or rank, a size of 0,
 * truncated or corrupt, bytes after the end), FF_ERROR_IO, FF_ERROR_MEMORY. On failure *idx is zero.
 * Thread-safe. The caller owns idx (ff_idx_free()). */
FF_NODISCARD ff_status ff_idx_read(const char *path, struct ff_idx *idx, struct ff_error *error);

/* Reads only the header: rank and sizes, and no data. */
FF_NODISCARD ff_status ff_idx_measure(const char *path, struct ff_idx *idx, struct ff_error *error);

/* Allocates zeroed data for the rank and sizes that idx has. `where` is for the message. Errors: FF_ERROR_MEMORY, also
 * if the machine cannot hold it. */
FF_NODISCARD ff_status ff_idx_allocate(struct ff_idx *idx, const char *where, struct ff_error *error);

/* Elements of one item: the product of all sizes but the first. */
size_t ff_idx_item(const struct ff_idx *idx);

/* Frees the data. A zero struct is fine. */
void ff_idx_free(struct ff_idx *idx);

#endif

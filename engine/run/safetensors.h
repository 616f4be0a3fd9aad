/* Writes named tensors in the safetensors format: 8 bytes of little-endian header length, a JSON header, raw data. */
#ifndef ENGINE_RUN_SAFETENSORS_H
#define ENGINE_RUN_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A float32 tensor to write; owns nothing. */
struct ff_tensor {
	char name[64];
	size_t rows, columns; /* in memory; columns = 0: a vector with `rows` elements */
	bool transpose;       /* write it as [columns x rows] */
	size_t
	    panel; /* of one to transpose: columns kept together (product/panels.h); 0: row-major, as all others are */
	const float *data;
};

/* Writes the tensors and n_metadata pairs of strings (key, value, key, value...) to path, whole or not at all. The same
 * tensors and metadata give the same bytes. Errors: FF_ERROR_IO, FF_ERROR_MEMORY, FF_ERROR_INTERNAL (a name given
 * twice). */
FF_NODISCARD ff_status ff_safetensors_write(const char *path, const struct ff_tensor *tensors, size_t n_tensors,
                                            const char *const metadata[], size_t n_metadata, struct ff_error *error);

#endif

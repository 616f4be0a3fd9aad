#include "run/safetensors.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"
#include "base/json.h"
#include "product/panels.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors data is little-endian");

enum {
	HEADER_ALIGN = 8, /* the data begins at a multiple of this */
	BAND = 16,        /* output rows transposed at a time: floats of one source cache line */
};

static size_t element_count(const struct ff_tensor *tensor)
{
	return tensor->rows * (tensor->columns ? tensor->columns : 1);
}

/* {"dtype": "F32", "shape": [...], "data_offsets": [begin, end]}, with the shape as written. */
static json_t *describe_tensor(const struct ff_tensor *tensor, size_t begin)
{
	size_t end = begin + element_count(tensor) * sizeof(float);
	json_int_t first = (json_int_t)(tensor->transpose ? tensor->columns : tensor->rows);
	json_int_t second = (json_int_t)(tensor->transpose ? tensor->rows : tensor->columns);
	json_t *shape = tensor->columns ? json_pack("[II]", first, second) : json_pack("[I]", (json_int_t)tensor->rows);
	return json_pack("{ss so s[II]}", "dtype", "F32", "shape", shape, "data_offsets", (json_int_t)begin,
	                 (json_int_t)end);
}

static ff_status build_header(const struct ff_tensor *tensors, size_t n_tensors, const char *const metadata[],
                              size_t n_metadata, json_t *root, struct ff_error *error)
{
	int failed = 0;
	size_t offset = 0;
	if (n_metadata)
		failed = json_object_set_new(root, "__metadata__", json_object());
	json_t *pairs = json_object_get(root, "__metadata__");
	for (size_t i = 0; i < n_metadata && !failed; i++)
		failed = json_object_set_new(pairs, metadata[2 * i], ff_json_text(metadata[2 * i + 1]));
	for (size_t i = 0; i < n_tensors && !failed; i++) {
		const struct ff_tensor *t = &tensors[i];
		if (json_object_get(root, t->name) || (t->transpose && !t->columns) || (t->panel && !t->transpose))
			return ff_fail(
			    error, FF_ERROR_INTERNAL,
			    "tensor %s is named twice, or has no columns to transpose, or panels and is not transposed",
			    t->name);
		failed = json_object_set_new(root, t->name, describe_tensor(t, offset));
		offset += element_count(t) * sizeof(float);
	}
	return failed ? ff_fail(error, FF_ERROR_MEMORY, "no memory for the header of the model file") : FF_OK;
}

static ff_status write_header(json_t *root, FILE *stream, struct ff_error *error)
{
	char *text = json_dumps(root, JSON_COMPACT);
	if (!text)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the header of the model file");
	size_t length = strlen(text), padded = (length + HEADER_ALIGN - 1) / HEADER_ALIGN * HEADER_ALIGN;
	uint64_t prefix = padded;
	fwrite(&prefix, sizeof prefix, 1, stream);
	fprintf(stream, "%s%*s", text, (int)(padded - length), "");
	free(text);
	return FF_OK;
}

/* Writes the transpose in bands of rows. */
static ff_status write_transposed(const struct ff_tensor *tensor, FILE *stream, struct ff_error *error)
{
	size_t rows = tensor->rows, columns = tensor->columns;
	float *band = calloc(BAND * rows + 1, sizeof *band);
	if (!band)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to transpose %s [%zu x %zu]", tensor->name, rows,
		               columns);
	const struct ff_panels panels = {rows, columns, tensor->panel ? tensor->panel : columns};
	for (size_t c = 0, n; c < columns && !ferror(stream); c += n) {
		const float *from = tensor->data + ff_panel_at(panels, 0, c);
		size_t left = ff_panel_left(panels, c), stride = ff_panel_width(panels, c);
		n = left < BAND ? left : BAND;
		for (size_t r = 0; r < rows; r++)
			for (size_t j = 0; j < n; j++)
				band[j * rows + r] = from[r * stride + j];
		fwrite(band, sizeof *band, n * rows, stream);
	}
	free(band);
	return FF_OK;
}

/* The commit sees failures of the stream. */
static ff_status write_all(json_t *root, const struct ff_tensor *tensors, size_t n_tensors, FILE *stream,
                           struct ff_error *error)
{
	FF_TRY(write_header(root, stream, error));
	for (size_t i = 0; i < n_tensors && !ferror(stream); i++) {
		if (tensors[i].transpose)
			FF_TRY(write_transposed(&tensors[i], stream, error));
		else
			fwrite(tensors[i].data, sizeof(float), element_count(&tensors[i]), stream);
	}
	return FF_OK;
}

ff_status ff_safetensors_write(const char *path, const struct ff_tensor *tensors, size_t n_tensors,
                               const char *const metadata[], size_t n_metadata, struct ff_error *error)
{
	struct ff_file_writer writer = {0};
	json_t *root = json_object();
	ff_status status = build_header(tensors, n_tensors, metadata, n_metadata, root, error);
	if (status == FF_OK)
		status = ff_file_create(&writer, path, error);
	if (status == FF_OK)
		status = write_all(root, tensors, n_tensors, writer.stream, error);
	json_decref(root);
	if (status == FF_OK)
		return ff_file_commit(&writer, error);
	ff_file_abandon(&writer);
	return status;
}

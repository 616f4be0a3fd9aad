#include "data/idx.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/inflate.h"
#include "data/stream.h"
#include "machine/memory.h"

static const char *element_name(uint8_t type)
{
	switch (type) {
	case 0x08:
		return "unsigned bytes";
	case 0x09:
		return "signed bytes";
	case 0x0B:
		return "16-bit integers";
	case 0x0C:
		return "32-bit integers";
	case 0x0D:
		return "32-bit floats";
	case 0x0E:
		return "64-bit floats";
	default:
		return NULL;
	}
}

/* Returns false if the product overflows. */
static bool product(const struct ff_idx *idx, size_t *bytes)
{
	*bytes = 1;
	for (int i = 0; i < FF_IDX_MAX_RANK; i++)
		if (__builtin_mul_overflow(*bytes, idx->size[i], bytes))
			return false;
	return true;
}

size_t ff_idx_item(const struct ff_idx *idx)
{
	return idx->size[1] * idx->size[2] * idx->size[3];
}

ff_status ff_idx_allocate(struct ff_idx *idx, const char *where, struct ff_error *error)
{
	static const char HINT[] = "use fewer or smaller images, or a machine with more memory";
	enum { LINE = 64, BEFORE = (FF_IDX_MAX_HEADER + LINE - 1) / LINE * LINE }; /* data as aligned as the memory */
	size_t bytes, all, memory = ff_memory_available();
	if (!product(idx, &bytes) || __builtin_add_overflow(bytes, BEFORE, &all))
		return ff_fail_at(error, FF_ERROR_MEMORY, where, HINT, "needs more than 2^64 bytes of memory");
	if (bytes <= memory)
		idx->memory = calloc(all, 1); /* pages that are not touched cost nothing */
	if (!idx->memory)
		return ff_fail_at(error, FF_ERROR_MEMORY, where, HINT,
		                  "needs %.1f MB of memory, and %.1f MB are available", (double)bytes / 1e6,
		                  (double)memory / 1e6);
	ff_memory_huge(idx->memory, all);
	idx->data = (uint8_t *)idx->memory + BEFORE;
	return FF_OK;
}

void ff_idx_free(struct ff_idx *idx)
{
	free(idx->memory);
	*idx = (struct ff_idx){0};
}

static ff_status check_magic(const char *path, const uint8_t magic[4], struct ff_error *error)
{
	const char *elements = element_name(magic[2]);
	if (magic[0] || magic[1] || !elements)
		return ff_fail_at(error, FF_ERROR_DATA, path, NULL,
		                  "is not an IDX file: it starts with the bytes %02x %02x %02x %02x", magic[0],
		                  magic[1], magic[2], magic[3]);
	if (magic[2] != 0x08)
		return ff_fail_at(error, FF_ERROR_DATA, path, "convert it to unsigned bytes",
		                  "is an IDX file of %s (type 0x%02x); only unsigned bytes (0x08) can be read",
		                  elements, magic[2]);
	if (magic[3] < 1 || magic[3] > FF_IDX_MAX_RANK)
		return ff_fail_at(error, FF_ERROR_DATA, path, NULL,
		                  "is an IDX file of %d dimensions; only 1 to %d can be read", magic[3],
		                  FF_IDX_MAX_RANK);
	return FF_OK;
}

static ff_status read_header(struct ff_stream *stream, struct ff_idx *idx, struct ff_error *error)
{
	uint8_t bytes[FF_IDX_MAX_HEADER];
	size_t got = 0;
	FF_TRY(ff_stream_read(stream, bytes, 4, &got, error));
	if (got == 4) {
		FF_TRY(check_magic(stream->path, bytes, error));
		idx->rank = bytes[3];
		FF_TRY(ff_stream_read(stream, bytes + 4, 4 * (size_t)idx->rank, &got, error));
	}
	if (!idx->rank || got < 4 * (size_t)idx->rank)
		return ff_fail_at(error, FF_ERROR_DATA, stream->path, NULL,
		                  "is too short for the header of an IDX file");
	for (int i = 0; i < FF_IDX_MAX_RANK; i++) {
		const uint8_t *b = bytes + 4 + 4 * (size_t)i;
		idx->size[i] = 1;
		if (i >= idx->rank)
			continue;
		idx->size[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
		if (idx->size[i] == 0)
			return ff_fail_at(error, FF_ERROR_DATA, stream->path, NULL, "is empty: dimension %d has size 0",
			                  i + 1);
	}
	return FF_OK;
}

/* The sizes in the header, for messages: "60000 x 28 x 28". */
static void describe(const struct ff_idx *idx, char text[64])
{
	size_t used = 0;
	for (int i = 0; i < idx->rank; i++)
		used += (size_t)snprintf(text + used, 64 - used, "%s%zu", i ? " x " : "", idx->size[i]);
}

/* Bytes of the header that was read. */
static size_t header_size(const struct ff_idx *idx)
{
	return 4 + 4 * (size_t)idx->rank;
}

static ff_status check_promise(const struct ff_stream *stream, const struct ff_idx *idx, struct ff_error *error)
{
	char text[64];
	size_t bytes, most = stream->limit - header_size(idx);
	describe(idx, text);
	if (product(idx, &bytes) && bytes <= most)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_DATA, stream->path, "the file is truncated or its header damaged",
	                  "promises %s bytes but cannot hold more than %zu", text, most);
}

static ff_status read_elements(struct ff_stream *stream, struct ff_idx *idx, struct ff_error *error)
{
	char text[64];
	size_t bytes = idx->size[0] * ff_idx_item(idx), got, header = header_size(idx);
	uint8_t beyond;
	describe(idx, text);
	FF_TRY(ff_idx_allocate(idx, stream->path, error));
	if (stream->gzip && ff_inflate_whole(stream->fd, idx->data - header, header + bytes))
		return FF_OK;
	FF_TRY(ff_stream_read(stream, idx->data, bytes, &got, error));
	if (got < bytes)
		return ff_fail_at(error, FF_ERROR_DATA, stream->path, "copy or download it again",
		                  "is truncated: %zu bytes of the %s it promises", got, text);
	FF_TRY(ff_stream_read(stream, &beyond, 1, &got, error)); /* also checks the gzip CRC */
	if (got)
		return ff_fail_at(error, FF_ERROR_DATA, stream->path, "copy or download it again",
		                  "has bytes after the %s it promises", text);
	return FF_OK;
}

static ff_status read_file(const char *path, struct ff_idx *idx, bool whole, struct ff_error *error)
{
	*idx = (struct ff_idx){0};
	struct ff_stream *stream = malloc(sizeof *stream);
	if (!stream)
		return ff_fail_at(error, FF_ERROR_MEMORY, path, NULL, "no memory for a buffer");
	ff_status status = ff_stream_open(stream, path, error);
	if (status == FF_OK) {
		status = read_header(stream, idx, error);
		if (status == FF_OK)
			status = check_promise(stream, idx, error);
		if (status == FF_OK && whole)
			status = read_elements(stream, idx, error);
		ff_stream_close(stream);
	}
	free(stream);
	if (status != FF_OK)
		ff_idx_free(idx);
	return status;
}

ff_status ff_idx_read(const char *path, struct ff_idx *idx, struct ff_error *error)
{
	return read_file(path, idx, true, error);
}

ff_status ff_idx_measure(const char *path, struct ff_idx *idx, struct ff_error *error)
{
	return read_file(path, idx, false, error);
}

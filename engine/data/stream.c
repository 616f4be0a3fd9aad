#include "data/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char DAMAGED[] = "the file is damaged: copy or download it again";

/* Deflate makes at most 1032 bytes of one. A small constant covers the smallest streams. */
static uint64_t inflated_limit(uint64_t size)
{
	return size > UINT64_MAX / 2048 ? UINT64_MAX : size * 1032 + 1024;
}

static ff_status read_error(const struct ff_stream *stream, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_IO, stream->path, NULL, "cannot read: %s", strerror(errno));
}

/* Reads more of the file while the buffer holds fewer than `wanted` bytes. */
static ff_status refill(struct ff_stream *stream, size_t wanted, struct ff_error *error)
{
	z_stream *z = &stream->z;
	if (z->avail_in >= wanted)
		return FF_OK;
	memmove(stream->buffer, z->next_in, z->avail_in);
	z->next_in = stream->buffer;
	while (z->avail_in < wanted && !stream->file_done) {
		ssize_t n = read(stream->fd, stream->buffer + z->avail_in, sizeof stream->buffer - z->avail_in);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_error(stream, error);
		stream->file_done = n == 0;
		z->avail_in += (unsigned)n;
	}
	return FF_OK;
}

static const char *open_hint(int why)
{
	if (why == ENOENT || why == ENOTDIR)
		return "is the path right? A relative path starts from the working folder";
	return why == EACCES ? "make it readable (chmod a+r), or ask its owner" : NULL;
}

static ff_status open_file(struct ff_stream *stream, struct ff_error *error)
{
	const char *path = stream->path;
	/* does not wait for the other end of a named pipe, which is refused below */
	stream->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (stream->fd < 0)
		return ff_fail_at(error, FF_ERROR_DATA, path, open_hint(errno), "cannot open: %s", strerror(errno));
	struct stat st;
	if (fstat(stream->fd, &st) != 0)
		return read_error(stream, error);
	if (S_ISDIR(st.st_mode))
		return ff_fail_at(error, FF_ERROR_DATA, path, "name a file inside it", "is a folder, not a file");
	if (!S_ISREG(st.st_mode))
		return ff_fail_at(error, FF_ERROR_DATA, path, "copy it into a file first", "is not a regular file");
	if (st.st_size == 0)
		return ff_fail_at(error, FF_ERROR_DATA, path, DAMAGED, "is empty");
	stream->limit = (uint64_t)st.st_size;
	return FF_OK;
}

static ff_status detect(struct ff_stream *stream, struct ff_error *error)
{
	stream->z.next_in = stream->buffer;
	FF_TRY(refill(stream, 2, error));
	if (stream->z.avail_in < 2 || stream->buffer[0] != 0x1f || stream->buffer[1] != 0x8b)
		return FF_OK;
	if (inflateInit2(&stream->z, 15 + 16) != Z_OK) /* 16: only gzip, and its CRC is checked */
		return ff_fail_at(error, FF_ERROR_MEMORY, stream->path, NULL, "cannot start zlib");
	stream->gzip = true;
	stream->limit = inflated_limit(stream->limit);
	return FF_OK;
}

ff_status ff_stream_open(struct ff_stream *stream, const char *path, struct ff_error *error)
{
	memset(stream, 0, offsetof(struct ff_stream, buffer));
	stream->path = path;
	ff_status status = open_file(stream, error);
	if (status == FF_OK)
		status = detect(stream, error);
	if (status != FF_OK)
		ff_stream_close(stream);
	return status;
}

/* Only another member may follow a member (cat a.gz b.gz). */
static ff_status next_member(struct ff_stream *stream, bool *end, struct ff_error *error)
{
	FF_TRY(refill(stream, 2, error));
	*end = stream->z.avail_in == 0;
	if (*end)
		return FF_OK;
	if (stream->z.avail_in < 2 || stream->z.next_in[0] != 0x1f || stream->z.next_in[1] != 0x8b)
		return ff_fail_at(error, FF_ERROR_DATA, stream->path, DAMAGED, "has extra bytes after the gzip data");
	stream->member_done = false;
	if (inflateReset(&stream->z) != Z_OK)
		return ff_fail_at(error, FF_ERROR_INTERNAL, stream->path, NULL, "cannot restart zlib");
	return FF_OK;
}

static ff_status inflate_failed(const struct ff_stream *stream, int code, struct ff_error *error)
{
	if (code == Z_MEM_ERROR)
		return ff_fail_at(error, FF_ERROR_MEMORY, stream->path, NULL, "no memory to decompress");
	const char *detail = stream->z.msg ? stream->z.msg : "needs a preset dictionary";
	return ff_fail_at(error, FF_ERROR_DATA, stream->path, DAMAGED, "corrupt gzip data (%s)", detail);
}

static ff_status read_gzip(struct ff_stream *stream, uint8_t *to, size_t size, size_t *got, struct ff_error *error)
{
	z_stream *z = &stream->z;
	while (*got < size) {
		bool end = false;
		if (stream->member_done)
			FF_TRY(next_member(stream, &end, error));
		if (end)
			return FF_OK;
		FF_TRY(refill(stream, 1, error));
		size_t room = size - *got < 1 << 30 ? size - *got : 1 << 30;
		z->next_out = to + *got;
		z->avail_out = (unsigned)room;
		int code = inflate(z, Z_NO_FLUSH);
		*got += room - z->avail_out;
		stream->member_done = code == Z_STREAM_END;
		if (code == Z_BUF_ERROR) /* no progress: there was no input left */
			return ff_fail_at(error, FF_ERROR_DATA, stream->path, DAMAGED, "truncated gzip data");
		if (code != Z_OK && code != Z_STREAM_END)
			return inflate_failed(stream, code, error);
	}
	return FF_OK;
}

static ff_status read_plain(struct ff_stream *stream, uint8_t *to, size_t size, size_t *got, struct ff_error *error)
{
	z_stream *z = &stream->z;
	while (*got < size) {
		FF_TRY(refill(stream, 1, error));
		if (z->avail_in == 0)
			return FF_OK;
		size_t n = size - *got < z->avail_in ? size - *got : z->avail_in;
		memcpy(to + *got, z->next_in, n);
		z->next_in += n;
		z->avail_in -= (unsigned)n;
		*got += n;
	}
	return FF_OK;
}

ff_status ff_stream_read(struct ff_stream *stream, void *to, size_t size, size_t *got, struct ff_error *error)
{
	*got = 0;
	return stream->gzip ? read_gzip(stream, to, size, got, error) : read_plain(stream, to, size, got, error);
}

void ff_stream_close(struct ff_stream *stream)
{
	if (stream->gzip)
		inflateEnd(&stream->z);
	stream->gzip = false;
	if (stream->path && stream->fd >= 0)
		close(stream->fd);
	stream->path = NULL;
	stream->fd = -1;
}

#include "data/inflate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libdeflate.h>

enum {
	SMALLEST_MEMBER = 18, /* header and trailer of gzip */
	LENGTH_BYTES = 4,     /* of the content, at the trailer's end */
};

static bool read_at(int fd, uint8_t *to, size_t from, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = pread(fd, to + at, size - at, (off_t)(from + at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* Whether a file of this length can hold `size` bytes. Incompressible content grows by a few bytes in a thousand, and a
 * name may precede it. */
static bool is_likely(size_t file_size, size_t size)
{
	enum { GROWTH = 1024, HEADER = 1 << 16 };
	return file_size >= SMALLEST_MEMBER && file_size <= size + size / GROWTH + HEADER;
}

/* Whether the trailer has this length, modulo 2^32. */
static bool promises(int fd, size_t file_size, size_t size)
{
	uint8_t b[LENGTH_BYTES];
	return read_at(fd, b, file_size - LENGTH_BYTES, LENGTH_BYTES) &&
	       ((uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0]) == (uint32_t)size;
}

static bool inflate_from(const uint8_t *file, size_t file_size, void *to, size_t size)
{
	size_t taken = 0, made = 0;
	struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
	bool whole = inflater && libdeflate_gzip_decompress_ex(inflater, file, file_size, to, size, &taken, &made) ==
	                             LIBDEFLATE_SUCCESS;
	libdeflate_free_decompressor(inflater);
	return whole && taken == file_size && made == size;
}

bool ff_inflate_whole(int fd, void *to, size_t size)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return false;
	size_t file_size = (size_t)st.st_size;
	if (!is_likely(file_size, size) || !promises(fd, file_size, size))
		return false;
	uint8_t *file = malloc(file_size);
	bool whole = file && read_at(fd, file, 0, file_size) && inflate_from(file, file_size, to, size);
	free(file);
	return whole;
}

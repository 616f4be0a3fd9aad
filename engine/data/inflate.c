#include "data/inflate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libdeflate.h>

enum {
	SMALLEST_MEMBER = 18,
	LENGTH_BYTES = 4
}; /* header and trailer of gzip; the trailer ends in the content's length */

static bool read_whole(int fd, uint8_t *to, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = pread(fd, to + at, size - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* Does the trailer promise this length? Its 32 bits wrap. */
static bool promises(const uint8_t *file, size_t file_size, size_t size)
{
	const uint8_t *b = file + file_size - LENGTH_BYTES;
	return ((uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0]) == (uint32_t)size;
}

static bool inflate_from(const uint8_t *file, size_t file_size, void *to, size_t size)
{
	size_t taken = 0, made = 0;
	struct libdeflate_decompressor *inflater =
	    promises(file, file_size, size) ? libdeflate_alloc_decompressor() : NULL;
	bool whole = inflater && libdeflate_gzip_decompress_ex(inflater, file, file_size, to, size, &taken, &made) ==
	                             LIBDEFLATE_SUCCESS;
	libdeflate_free_decompressor(inflater);
	return whole && taken == file_size && made == size;
}

bool ff_inflate_whole(int fd, void *to, size_t size)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || st.st_size < SMALLEST_MEMBER)
		return false;
	size_t file_size = (size_t)st.st_size;
	uint8_t *file = malloc(file_size);
	bool whole = file && read_whole(fd, file, file_size) && inflate_from(file, file_size, to, size);
	free(file);
	return whole;
}

#define _GNU_SOURCE /* nftw */

#include "support/samples.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

static char folder[256];

static void need(int held, const char *what)
{
	if (held)
		return;
	perror(what);
	exit(1);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st, (void)kind, (void)walk;
	return remove(path);
}

void sample_remove(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void remove_folder(void)
{
	sample_remove(folder);
}

const char *sample_folder(void)
{
	if (!*folder) {
		const char *parent = getenv("TMPDIR");
		snprintf(folder, sizeof folder, "%s/ff_test_XXXXXX", parent && *parent ? parent : "/tmp");
		need(mkdtemp(folder) != NULL, folder);
		atexit(remove_folder);
	}
	return folder;
}

const char *sample_path(const char *name)
{
	static char paths[8][FF_MAX_PATH];
	static int next;
	char *path = paths[next++ % 8];
	snprintf(path, FF_MAX_PATH, "%s/%s", sample_folder(), name);
	return path;
}

const char *sample_write(const char *name, const void *bytes, size_t size)
{
	const char *path = sample_path(name);
	FILE *stream = fopen(path, "wb");
	need(stream != NULL, path);
	size_t written = fwrite(bytes, 1, size, stream);
	need(fclose(stream) == 0 && written == size, path);
	return path;
}

struct sample sample_idx(int rank, const uint32_t *sizes, uint8_t (*fill)(size_t k))
{
	size_t elements = 1, header = 4 + 4 * (size_t)rank;
	for (int i = 0; i < rank; i++)
		elements *= sizes[i];
	struct sample s = {calloc(1, header + elements), header + elements};
	need(s.bytes != NULL, "calloc");
	s.bytes[2] = 8;
	s.bytes[3] = (uint8_t)rank;
	for (int i = 0; i < 4 * rank; i++)
		s.bytes[4 + i] = (uint8_t)(sizes[i / 4] >> (24 - 8 * (i % 4)));
	for (size_t k = 0; k < elements; k++)
		s.bytes[header + k] = fill(k);
	return s;
}

struct sample sample_gzip(const void *bytes, size_t size, int level)
{
	z_stream z = {0};
	need(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
	struct sample s = {malloc(deflateBound(&z, size)), deflateBound(&z, size)};
	need(s.bytes != NULL, "malloc");
	memcpy(&z.next_in, &bytes, sizeof bytes); /* zlib's pointer is not const */
	z.avail_in = (unsigned)size;
	z.next_out = s.bytes;
	z.avail_out = (unsigned)s.size;
	need(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate");
	s.size = z.total_out;
	deflateEnd(&z);
	return s;
}

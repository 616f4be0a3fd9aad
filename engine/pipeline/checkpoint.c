#include "pipeline/checkpoint.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libdeflate.h>

#include "base/file.h"
#include "base/span.h"

enum {
	VERSION = 2,       /* 1: all weights row-major */
	CHUNK = 1 << 20,   /* bytes read at a time */
	OTHER_PACKET = -1, /* not an errno: the part belongs to another checkpoint */
};

static const char MAGIC[8] = "FFCHECK"; /* with its terminating 0 */

struct header {
	char magic[8];
	uint32_t version, n_parts;
	uint64_t record_bytes;
	struct ff_checkpoint_part parts[FF_MAX_STATIONS];
	char record[FF_CHECKPOINT_RECORD];
	char unused[968];
	uint64_t sum; /* CRC-32 of all bytes before it */
};
_Static_assert(sizeof(struct header) == FF_CHECKPOINT_HEADER, "struct header must be FF_CHECKPOINT_HEADER bytes");

static uint32_t sum_of(const struct header *header)
{
	return libdeflate_crc32(0, header, offsetof(struct header, sum));
}

static uint64_t bytes_of(struct ff_net *net, int station)
{
	struct ff_span spans[FF_STATION_SPANS];
	uint64_t bytes = 0;
	for (int n = ff_station_state(net->stations[station], spans); n > 0; n--)
		bytes += spans[n - 1].bytes;
	return bytes;
}

/* ---- writing ---- */

ff_status ff_checkpoint_init(struct ff_checkpoint_writer *writer, struct ff_net *net, const char *path,
                             struct ff_error *error)
{
	*writer = (struct ff_checkpoint_writer){.fd = -1, .n_parts = net->graph.n_stations};
	uint64_t at = FF_CHECKPOINT_HEADER;
	for (int s = 0; s < writer->n_parts; s++) {
		writer->parts[s] = (struct ff_checkpoint_part){.at = at, .bytes = bytes_of(net, s)};
		at += writer->parts[s].bytes;
	}
	if (snprintf(writer->path, sizeof writer->path, "%s", path) >= (int)sizeof writer->path)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "the path is too long");
	snprintf(writer->temporary, sizeof writer->temporary, "%s.tmp", path);
	return FF_OK;
}

void ff_checkpoint_begin(struct ff_checkpoint_writer *writer, uint64_t number)
{
	assert(ff_checkpoint_is_idle(writer));
	writer->number = number;
	writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	writer->failure = writer->fd < 0 ? errno : 0;
	/* Relaxed: the packet passes through the rings, which order the store before the collector's load. */
	atomic_store_explicit(&writer->under_way, true, memory_order_relaxed);
}

/* Returns 0, or errno. */
static int write_all(int fd, const void *bytes, size_t size, uint64_t at)
{
	const char *from = bytes;
	while (size > 0) {
		ssize_t n = pwrite(fd, from, size, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		from += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

void ff_checkpoint_save(struct ff_checkpoint_writer *writer, uint64_t number, struct ff_net *net, int station)
{
	struct ff_span spans[FF_STATION_SPANS];
	int n = ff_station_state(net->stations[station], spans);
	int failure = number != writer->number ? OTHER_PACKET : writer->fd < 0 ? EBADF : 0;
	uint64_t at = writer->parts[station].at;
	uint32_t sum = 0;
	for (int i = 0; i < n && !failure; i++) {
		sum = libdeflate_crc32(sum, spans[i].data, spans[i].bytes);
		failure = write_all(writer->fd, spans[i].data, spans[i].bytes, at);
		at += spans[i].bytes;
	}
	writer->parts[station].sum = sum;
	writer->failures[station] = failure;
	writer->numbers[station] = number;
}

/* Returns the first failure, or 0. Why the file could not be opened is reported before the stations' failures that
 * follow from it. Parts of different packets belong to different epochs. */
static int failure_of(const struct ff_checkpoint_writer *writer, uint64_t number)
{
	int failure = writer->number != number ? OTHER_PACKET : writer->failure;
	for (int s = 0; s < writer->n_parts && !failure; s++)
		failure = writer->numbers[s] != number ? OTHER_PACKET : writer->failures[s];
	return failure;
}

static int write_header(const struct ff_checkpoint_writer *writer, const void *record, size_t size)
{
	struct header header = {.version = VERSION, .n_parts = (uint32_t)writer->n_parts, .record_bytes = size};
	memcpy(header.magic, MAGIC, sizeof header.magic);
	memcpy(header.parts, writer->parts, (size_t)writer->n_parts * sizeof *header.parts);
	memcpy(header.record, record, size);
	header.sum = sum_of(&header);
	return write_all(writer->fd, &header, sizeof header, 0);
}

ff_status ff_checkpoint_commit(struct ff_checkpoint_writer *writer, uint64_t number, const void *record, size_t size,
                               struct ff_error *error)
{
	int failure = size > FF_CHECKPOINT_RECORD ? EFBIG : failure_of(writer, number);
	if (!failure)
		failure = write_header(writer, record, size);
	if (!failure && fsync(writer->fd) != 0)
		failure = errno;
	if (!failure && rename(writer->temporary, writer->path) != 0)
		failure = errno;
	if (!failure)
		ff_file_sync_folder(writer->path);
	ff_checkpoint_abandon(writer); /* removes the temporary file unless it was renamed */
	if (!failure)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_IO, writer->path,
	                  failure == ENOSPC || failure == EDQUOT ? "free some space" : NULL,
	                  "cannot write the checkpoint: %s",
	                  failure == OTHER_PACKET ? "its parts are of different epochs" : strerror(failure));
}

void ff_checkpoint_abandon(struct ff_checkpoint_writer *writer)
{
	if (!atomic_load_explicit(&writer->under_way,
	                          memory_order_relaxed)) /* the caller learnt of it through the rings */
		return;
	if (writer->fd >= 0) {
		close(writer->fd);
		unlink(writer->temporary);
	}
	writer->fd = -1;
	/* Release: pairs with the acquire-load in ff_checkpoint_is_idle(). */
	atomic_store_explicit(&writer->under_way, false, memory_order_release);
}

/* ---- reading ---- */

static ff_status damaged(const struct ff_checkpoint *checkpoint, const char *what, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_DATA, checkpoint->path,
	                  "start the run again; the other files of its folder are intact",
	                  "the checkpoint is damaged: %s", what);
}

/* Reads `size` bytes from offset `at`; *n is how many there were. */
static ff_status read_at(const struct ff_checkpoint *checkpoint, void *to, size_t size, uint64_t at, size_t *n,
                         struct ff_error *error)
{
	for (*n = 0; *n < size;) {
		ssize_t got = pread(checkpoint->fd, (char *)to + *n, size - *n, (off_t)(at + *n));
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return ff_fail_at(error, FF_ERROR_IO, checkpoint->path, NULL, "cannot read the checkpoint: %s",
			                  strerror(errno));
		*n += got > 0 ? (size_t)got : 0;
	}
	return FF_OK;
}

static ff_status read_header(struct ff_checkpoint *checkpoint, struct ff_error *error)
{
	struct header header;
	size_t n;
	FF_TRY(read_at(checkpoint, &header, sizeof header, 0, &n, error));
	if (n < sizeof header.magic || memcmp(header.magic, MAGIC, sizeof header.magic) != 0)
		return damaged(checkpoint, "it does not start with the magic bytes", error);
	if (n < sizeof header)
		return damaged(checkpoint, "it is truncated", error);
	if (header.version != VERSION)
		return ff_fail_at(error, FF_ERROR_DATA, checkpoint->path, "resume with the ffengine that wrote it",
		                  "the checkpoint has format %u, but this ffengine reads format %d", header.version,
		                  VERSION);
	if (header.sum != sum_of(&header) || header.n_parts > FF_MAX_STATIONS ||
	    header.record_bytes > FF_CHECKPOINT_RECORD)
		return damaged(checkpoint, "the CRC-32 of its header is wrong", error);
	checkpoint->n_parts = (int)header.n_parts;
	memcpy(checkpoint->parts, header.parts, sizeof header.parts);
	checkpoint->record_bytes = header.record_bytes;
	memcpy(checkpoint->record, header.record, header.record_bytes);
	checkpoint->record[header.record_bytes] = '\0';
	return FF_OK;
}

static ff_status check_part(const struct ff_checkpoint *checkpoint, int p, char *buffer, struct ff_error *error)
{
	const struct ff_checkpoint_part *part = &checkpoint->parts[p];
	uint32_t sum = 0;
	for (uint64_t done = 0; done < part->bytes;) {
		size_t n, size = part->bytes - done < CHUNK ? (size_t)(part->bytes - done) : CHUNK;
		FF_TRY(read_at(checkpoint, buffer, size, part->at + done, &n, error));
		if (n < size)
			return damaged(checkpoint, "it is truncated", error);
		sum = libdeflate_crc32(sum, buffer, n);
		done += n;
	}
	return sum == part->sum ? FF_OK : damaged(checkpoint, "the CRC-32 of a part is wrong", error);
}

static ff_status check_all(struct ff_checkpoint *checkpoint, struct ff_error *error)
{
	uint64_t at = FF_CHECKPOINT_HEADER;
	struct stat st;
	ff_status status = read_header(checkpoint, error);
	char *buffer = malloc(CHUNK);
	if (!buffer)
		status = ff_fail(error, FF_ERROR_MEMORY, "no memory to read the checkpoint");
	for (int p = 0; p < checkpoint->n_parts && status == FF_OK; p++) {
		if (checkpoint->parts[p].at != at || __builtin_add_overflow(at, checkpoint->parts[p].bytes, &at))
			status = damaged(checkpoint, "the offsets of its parts are wrong", error);
		else
			status = check_part(checkpoint, p, buffer, error);
	}
	free(buffer);
	if (status == FF_OK && fstat(checkpoint->fd, &st) == 0 && (uint64_t)st.st_size != at)
		status = damaged(checkpoint, "it is longer than its parts", error);
	return status;
}

ff_status ff_checkpoint_open(const char *path, struct ff_checkpoint *checkpoint, struct ff_error *error)
{
	*checkpoint = (struct ff_checkpoint){.fd = -1};
	snprintf(checkpoint->path, sizeof checkpoint->path, "%s", path);
	checkpoint->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* do not wait for a FIFO's writer */
	if (checkpoint->fd < 0)
		return ff_fail_at(error, FF_ERROR_IO, path, NULL, "cannot open the checkpoint: %s", strerror(errno));
	ff_status status = check_all(checkpoint, error);
	if (status != FF_OK)
		ff_checkpoint_close(checkpoint);
	return status;
}

bool ff_checkpoint_fits(const struct ff_checkpoint *checkpoint, struct ff_net *net)
{
	bool fits = checkpoint->n_parts == net->graph.n_stations;
	for (int s = 0; s < net->graph.n_stations && fits; s++)
		fits = checkpoint->parts[s].bytes == bytes_of(net, s);
	return fits;
}

ff_status ff_checkpoint_restore(const struct ff_checkpoint *checkpoint, struct ff_net *net, int station,
                                struct ff_error *error)
{
	struct ff_span spans[FF_STATION_SPANS];
	int n = ff_station_state(net->stations[station], spans);
	uint64_t at = checkpoint->parts[station].at;
	uint32_t sum = 0;
	for (int i = 0; i < n; i++) {
		size_t got;
		FF_TRY(read_at(checkpoint, spans[i].data, spans[i].bytes, at, &got, error));
		sum = libdeflate_crc32(sum, spans[i].data, got);
		at += spans[i].bytes;
	}
	/* The file was verified when it was opened. */
	return sum == checkpoint->parts[station].sum ? FF_OK
	                                             : damaged(checkpoint, "it changed while it was read", error);
}

void ff_checkpoint_close(struct ff_checkpoint *checkpoint)
{
	if (checkpoint->fd >= 0)
		close(checkpoint->fd);
	checkpoint->fd = -1;
}

/* Decompresses a gzip file in one piece with libdeflate, about 2.5 times as fast as piece by piece (data/stream.h). */
#ifndef ENGINE_DATA_INFLATE_H
#define ENGINE_DATA_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Decompresses the whole file of descriptor fd into to [size]. Returns true if the file is exactly one gzip member of
 * this size with the right CRC. Otherwise `to` is unusable, and data/stream.h reads the file, whatever number of members
 * it has, or says what is wrong. Needs as much memory as the file has bytes until it returns; a file much larger than
 * `size` is refused first. Thread-safe. */
bool ff_inflate_whole(int fd, void *to, size_t size);

#endif

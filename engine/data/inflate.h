/* Gzip files decompressed at once, some 2.5 times as fast as in order (data/stream.h), by libdeflate. */
#ifndef ENGINE_DATA_INFLATE_H
#define ENGINE_DATA_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Decompresses the file of descriptor fd, wherever its offset stands, into to [size].
 * True if the file is one gzip member, nothing else, of exactly this content, its CRC and length checked. Otherwise
 * false, and `to` holds nothing of use: data/stream.h reads what several members make, and names what is wrong.
 * Needs as much memory as the file has bytes, which is hardly more than `size` or it is false, until it returns.
 * Thread-safe. */
bool ff_inflate_whole(int fd, void *to, size_t size);

#endif

/* A packet: one tile of a mini-batch on its way through the stages. Its rows travel beside it, stacked in one matrix:
 * positives, then the negatives of the same pairs. */
#ifndef ENGINE_RUNTIME_PACKET_H
#define ENGINE_RUNTIME_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pairs of a tile: a batch up to this many goes in one tile, a larger one in several. Fixed by the experiment alone,
 * since the order of a sum decides its bits. */
enum { FF_TILE_PAIRS = 1024 };

struct ff_packet {
	int64_t epoch, number; /* from 1; the batch's number in its epoch, from 0 */
	size_t at;             /* position of its first pair in the epoch */
	size_t pairs;          /* of this tile: rows are 2 * pairs */
	size_t batch;          /* pairs of the whole batch */
	bool first, last;      /* of the batch's tiles */
	double rate_factor;    /* on the learning rate, by the schedule */
};

#endif

/* A packet: what travels from the source through the stages to the collector. Every packet passes every stage, in one
 * order, so all of them act on an epoch's end or the end of training at the same point of the sequence. */
#ifndef ENGINE_RUNTIME_PACKET_H
#define ENGINE_RUNTIME_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"

/* Pairs of a tile: a batch up to this many goes in one tile, a larger one in several. Fixed by the experiment alone,
 * since the order of a sum decides its bits. */
enum { FF_TILE_PAIRS = 1024 };

enum ff_packet_kind {
	FF_PACKET_TRAIN,     /* one tile of a mini-batch: rows of positives, then the negatives of the same pairs */
	FF_PACKET_EPOCH_END, /* every stage adds what its epoch summed up to */
	FF_PACKET_INFER,     /* images to classify, each with every label; every stage adds its goodness of each row */
	FF_PACKET_STOP, /* training is over: the weights are final, only inference follows. Ends what epoch there is */
};

struct ff_packet {
	enum ff_packet_kind kind;
	uint64_t sequence;  /* of all the run's packets, from 0 */
	int64_t epoch;      /* from 1; 0 before the first */
	double rate_factor; /* on the learning rates in this epoch, by the schedule */
	int layer;          /* the greedy layer that trains, from 0; -1 = all together */
	int from, end;      /* layers at work on its rows: [from, end); 0, 0 without rows */
	bool keep;          /* TRAIN: the stage that learns keeps its input rows */
	bool closes_epoch;  /* nothing more of this epoch follows */

	size_t at; /* TRAIN: position in the epoch of its first pair; INFER: number of its first image in its set */
	size_t n, rows;   /* TRAIN: pairs, and 2 n rows; INFER: images, and n C rows (row i C + c: image i, label c) */
	int64_t number;   /* TRAIN: its batch's number in the epoch, from 0 */
	size_t batch;     /* TRAIN: pairs of the whole batch */
	bool first, last; /* TRAIN: of its batch's tiles; INFER: of its set's packets */
	enum ff_set set;  /* INFER */
};

/* Whether layer l (from 0) computes on the packet's rows, whether every stage adds its epoch's sums to the packet, and
 * whether layer l learns from it. */
static inline bool ff_packet_works(const struct ff_packet *packet, int l)
{
	return packet->from <= l && l < packet->end;
}
static inline bool ff_packet_ends_epoch(const struct ff_packet *packet)
{
	return packet->kind == FF_PACKET_EPOCH_END || packet->kind == FF_PACKET_STOP;
}
static inline bool ff_packet_learns(const struct ff_packet *packet, int l)
{
	return packet->kind == FF_PACKET_TRAIN && (packet->layer < 0 || packet->layer == l);
}

#endif

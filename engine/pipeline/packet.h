/* A packet travels from the source through the stages to the collector. Every packet passes every stage in the same
 * order, so all stages act on the end of an epoch or of training at the same point of the sequence. */
#ifndef ENGINE_PIPELINE_PACKET_H
#define ENGINE_PIPELINE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"

/* Samples of a tile: a mini-batch of up to this many is one tile, a larger one is split into several. Fixed by the
 * experiment alone, since the order of a sum decides its bits. Layers of at most FF_NARROW units get larger tiles:
 * their rows take so little time that threads would mostly wait for each other, and so little memory that more of them
 * fit. */
enum { FF_TILE_SAMPLES = 1024, FF_NARROW_TILE_SAMPLES = 4096, FF_NARROW = 256 };

enum ff_packet_kind {
	FF_PACKET_TRAIN,      /* one tile of a mini-batch, to learn from */
	FF_PACKET_EPOCH_END,  /* every station adds its sums over the epoch */
	FF_PACKET_INFER,      /* images to classify */
	FF_PACKET_KEEP,       /* these weights are the best so far: every station keeps a copy */
	FF_PACKET_CHECKPOINT, /* every station writes its state; the next epoch follows */
	FF_PACKET_STOP, /* training is over, also of an unfinished epoch: weights are final, only inference follows */
};

enum { FF_ALL_TOGETHER = -1 }; /* ff_packet.alone: all layers train together */

/* A packet holds no pointer, so that it could also be sent to another host. Its rows, in this order (each part may be
 * empty):
 *
 *     samples  S n     what the layers learn from: the S rows of each of n samples that the objective asks for
 *                      (model/objective.h), side by side: first all positives, then their negatives
 *     scored   m C     m queried images, each with every label (row i C + c): the layers give the goodness of each row
 *     plain    m       the same images with a neutral label, or without one in unsupervised mode: input of the head
 *
 * In unsupervised mode the positives may serve as plain rows. */
struct ff_packet {
	enum ff_packet_kind kind;
	uint64_t sequence;  /* in the whole run, from 0 */
	int64_t epoch;      /* from 1 */
	double rate_factor; /* factor on the learning rates in this epoch, from their schedule */
	int alone;          /* greedy stage: the layer that trains alone, from 0, or L: the head after the layers;
	                       FF_ALL_TOGETHER if all layers train */
	int from, end;      /* layers [from, end) work on its rows; 0, 0 without rows */
	bool keep; /* TRAIN: the station that trains alone caches its input rows; if from > 0 they are cached already */
	bool opens_epoch;  /* the first of its epoch or greedy stage */
	bool closes_epoch; /* the last packet of this epoch */
	bool restore;      /* STOP: restore the best weights; CHECKPOINT: best weights exist */

	size_t n;         /* samples */
	size_t sides;     /* S */
	size_t at;        /* position of the first sample in the epoch */
	int64_t number;   /* of their mini-batch in the epoch, from 0 */
	size_t batch;     /* samples of the whole mini-batch */
	bool first, last; /* tile of the mini-batch; INFER: packet of the set */
	bool known;       /* same images as in the previous packet, and no weight has changed since */

	size_t queries;       /* m */
	size_t queries_at;    /* TRAIN: position of the first query in the epoch; INFER: its index in the set */
	size_t scored;        /* rows: m C or 0 */
	size_t plain;         /* rows: m or 0 */
	size_t plain_at;      /* index of the first of them */
	size_t queries_batch; /* TRAIN: queries of their whole mini-batch */
	bool draws;           /* TRAIN: the readout draws wrong labels for them */
	enum ff_set set;      /* INFER; else the training images */
	bool csr;             /* its images are CSR rows of their set; otherwise dense rows */

	size_t rows; /* in all parts */
};

/* Rows of all samples. */
static inline size_t ff_packet_sample_rows(const struct ff_packet *packet)
{
	return packet->sides * packet->n;
}

/* Whether layer l (from 0) computes on the packet's rows; whether it learns from them. */
static inline bool ff_packet_works(const struct ff_packet *packet, int l)
{
	return packet->from <= l && l < packet->end;
}
static inline bool ff_packet_learns(const struct ff_packet *packet, int l)
{
	return packet->kind == FF_PACKET_TRAIN && packet->n > 0 &&
	       (packet->alone == FF_ALL_TOGETHER || packet->alone == l);
}

/* Whether every station adds its sums over the epoch to the packet. */
static inline bool ff_packet_ends_epoch(const struct ff_packet *packet)
{
	return packet->kind == FF_PACKET_EPOCH_END || packet->kind == FF_PACKET_STOP;
}

#endif

/* A packet: what travels from the source through the stages to the collector. Every packet passes every stage, in one
 * order, so all of them act on an epoch's end or the end of training at the same point of the sequence. */
#ifndef ENGINE_PIPELINE_PACKET_H
#define ENGINE_PIPELINE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/dataset.h"

/* Samples of a tile: a batch up to this many goes in one tile, a larger one in several. Fixed by the experiment alone,
 * since the order of a sum decides its bits. Rows of up to FF_NARROW numbers are so soon worked through that threads
 * would wait for each other most of the time, and so small that more of them fit in the same memory. */
enum { FF_TILE_SAMPLES = 1024, FF_NARROW_TILE_SAMPLES = 4096, FF_NARROW = 256 };

enum ff_packet_kind {
	FF_PACKET_TRAIN,      /* one tile of a mini-batch, to learn from */
	FF_PACKET_EPOCH_END,  /* every station adds what its epoch summed up to */
	FF_PACKET_INFER,      /* images to classify */
	FF_PACKET_KEEP,       /* these weights are the best so far: every station keeps a copy */
	FF_PACKET_CHECKPOINT, /* every station writes its state; the next epoch follows */
	FF_PACKET_STOP, /* training is over: the weights are final, only inference follows. Ends what epoch there is */
};

enum { FF_ALL_TOGETHER = -1 }; /* ff_packet.alone: every layer trains */

/* A packet holds no pointer, so that it could also go to another host. Its rows, in this order (each part may be empty):
 *
 *     samples  S n     what the layers learn from: the objective's S rows of each (model/objective.h), side by side, so
 *                      first all positives, then their negatives
 *     scored   m C     m images that the net is queried about, each with every label in turn (row i C + c): the layers
 *                      give their goodness
 *     plain    m       the same images with a neutral label, or in unsupervised mode without one: what the head reads
 *
 * In unsupervised mode the positives may serve as plain rows. */
struct ff_packet {
	enum ff_packet_kind kind;
	uint64_t sequence;  /* of all the run's packets, from 0 */
	int64_t epoch;      /* from 1 */
	double rate_factor; /* on the learning rates in this epoch, by the schedule */
	int alone;          /* the greedy stage: the layer that trains alone, from 0, or L: the head behind the layers;
	                       FF_ALL_TOGETHER */
	int from, end;      /* layers at work on its rows: [from, end); 0, 0 without rows */
	bool keep;          /* TRAIN: the station that trains alone keeps its input rows; it has them if from > 0 */
	bool opens_epoch;   /* the first of its epoch or greedy stage */
	bool closes_epoch;  /* nothing more of this epoch follows */
	bool restore;       /* STOP: back to the weights that were kept last; CHECKPOINT: there are such weights */

	size_t n;         /* samples */
	size_t sides;     /* S */
	size_t at;        /* position in the epoch of the first one */
	int64_t number;   /* of their batch in the epoch, from 0 */
	size_t batch;     /* samples of the whole batch */
	bool first, last; /* of the batch's tiles; INFER: of the set's packets */
	bool known;       /* its images are those of the packet before, and no weight has changed since */

	size_t queries;       /* m */
	size_t queries_at;    /* TRAIN: position in the epoch of the first; INFER: its number in its set */
	size_t scored;        /* rows: m C or 0 */
	size_t plain;         /* rows: m or 0 */
	size_t plain_at;      /* the first of them */
	size_t queries_batch; /* TRAIN: images of the whole batch that they are of */
	bool draws;           /* TRAIN: the readout draws wrong labels for them */
	enum ff_set set;      /* INFER; else the training images */
	bool csr;             /* its images are CSR rows of their set; else they come as rows of numbers */

	size_t rows; /* of all parts */
};

/* Rows of the samples. */
static inline size_t ff_packet_sample_rows(const struct ff_packet *packet)
{
	return packet->sides * packet->n;
}

/* Whether layer l (from 0) computes on the packet's rows, and whether it learns from them. */
static inline bool ff_packet_works(const struct ff_packet *packet, int l)
{
	return packet->from <= l && l < packet->end;
}
static inline bool ff_packet_learns(const struct ff_packet *packet, int l)
{
	return packet->kind == FF_PACKET_TRAIN && packet->n > 0 &&
	       (packet->alone == FF_ALL_TOGETHER || packet->alone == l);
}

/* Whether every station adds its epoch's sums to the packet. */
static inline bool ff_packet_ends_epoch(const struct ff_packet *packet)
{
	return packet->kind == FF_PACKET_EPOCH_END || packet->kind == FF_PACKET_STOP;
}

#endif

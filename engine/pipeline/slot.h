/* A slot: the memory of one packet on an edge between two stations. In one piece, so that a ring can hold many, and
 * without a pointer in it:
 *
 *     struct ff_packet | carried | rows [max_rows x width]
 *
 * rows       what the next station computes on: normalised activations; from the source, normalised images, in
 *            supervised mode [n + m images x features that are not the label's] with the labels that make rows of them;
 *            none where the images are CSR rows of their set
 * carried    with rows: the numbers of its images (samples [n], queries [m]), the layers' goodness of the scored rows
 *            [layers so far x scored], behind the readout the head's logits [m x C]; from the source in supervised mode,
 *            the labels; at an epoch's end: struct ff_station_sums [stations so far]. On edges to the source: the drawn
 *            labels [m], or the verdict */
#ifndef ENGINE_PIPELINE_SLOT_H
#define ENGINE_PIPELINE_SLOT_H

#include "base/arena.h"
#include "model/labelled.h"
#include "pipeline/packet.h"

/* What a slot has room for; sizes in bytes are whole cache lines. */
struct ff_slot_shape {
	size_t width, max_rows;
	size_t carried_bytes;
};

/* A slot's parts, in memory that the slot's ring or its net owns. */
struct ff_slot {
	struct ff_packet *packet;
	void *carried;
	float *rows;
};

enum { FF_SLOT_HEAD = (sizeof(struct ff_packet) + FF_ALIGN - 1) / FF_ALIGN * FF_ALIGN };

/* The shape behind `layers` layers, of which the last hands on `width` numbers a row (0: nobody reads its rows);
 * `logits` numbers of the head fit beside the goodness. */
static inline struct ff_slot_shape ff_slot_shape(int layers, size_t width, size_t max_rows, size_t logits)
{
	size_t carried = (((size_t)layers + 1) * max_rows + logits) * sizeof(float);
	return (struct ff_slot_shape){width, max_rows, ff_align_up(carried)};
}

/* The shape behind the source, for up to `images` images with labels on so many sides: rows of `width` numbers, 0 where
 * they are CSR rows. */
static inline struct ff_slot_shape ff_slot_shape_labelled(size_t width, size_t images, size_t sides)
{
	size_t words =
	    4 + sides; /* of an image at most: its number, offset, value and factor; its labels, or a ratio */
	return (struct ff_slot_shape){width, images, ff_align_up(words * images * sizeof(float))};
}

/* SIZE_MAX if it cannot be counted. */
static inline size_t ff_slot_bytes(const struct ff_slot_shape *shape)
{
	size_t rows;
	if (__builtin_mul_overflow(shape->width * sizeof(float), shape->max_rows, &rows) ||
	    __builtin_add_overflow(rows, FF_SLOT_HEAD + shape->carried_bytes, &rows))
		return SIZE_MAX;
	return rows;
}

/* The parts of the slot at `memory` [ff_slot_bytes(shape)], aligned to FF_ALIGN. */
static inline struct ff_slot ff_slot_at(const struct ff_slot_shape *shape, void *memory)
{
	char *start = memory;
	return (struct ff_slot){memory, start + FF_SLOT_HEAD, (float *)(start + FF_SLOT_HEAD + shape->carried_bytes)};
}

/* What is carried with rows. */
static inline uint32_t *ff_slot_samples(const struct ff_slot *slot)
{
	return slot->carried;
}
static inline uint32_t *ff_slot_queries(const struct ff_slot *slot)
{
	return ff_slot_samples(slot) + slot->packet->n;
}
static inline float *ff_slot_goodness(const struct ff_slot *slot, int l)
{
	return (float *)(ff_slot_queries(slot) + slot->packet->queries) + (size_t)l * slot->packet->scored;
}

/* The labels from the source in supervised mode; csr: the images of the packet's set, where they are CSR rows. */
static inline struct ff_labels ff_slot_labels(const struct ff_slot *slot, size_t classes, const struct ff_csr *csr)
{
	const struct ff_packet *packet = slot->packet;
	size_t images = packet->n + packet->queries;
	uint32_t *label = ff_slot_queries(slot) + packet->queries;
	float *value = (float *)(label + ff_packet_sample_rows(packet)), *ratio = value + images;
	float *offset = ratio + packet->queries;
	return (struct ff_labels){
	    .samples = packet->n,
	    .sides = packet->sides,
	    .queries = packet->queries,
	    .classes = classes,
	    .scored = packet->scored > 0,
	    .neutral = packet->plain > 0,
	    .label = label,
	    .value = value,
	    .ratio = ratio,
	    .offset = offset,
	    .csr = packet->csr ? csr : NULL,
	    .image = ff_slot_samples(slot),
	    .factor = offset + images,
	};
}

/* Behind all `layers` layers. */
static inline float *ff_slot_logits(const struct ff_slot *slot, int layers)
{
	return ff_slot_goodness(slot, layers);
}

#endif

/* A slot: the memory of one packet on an edge between two stations. It is contiguous, so that a ring can hold many, and
 * contains no pointer:
 *
 *     struct ff_packet | carried | rows [max_rows x width]
 *
 * rows: the input of the next station. From a layer: normalised activations. From the source: normalised images, in
 * supervised mode [n + m images x features without the label's inputs], with labels that complete them; nothing where
 * the images are CSR rows of their set.
 *
 * carried, with rows: indices of the images (samples [n], queries [m]) and the layers' goodness of the scored rows
 * [layers so far x scored]; after the readout the head's logits [m x C]; from the source in supervised mode the labels.
 * At the end of an epoch: struct ff_station_sums [stations so far]. On edges to the source: the drawn labels [m], or
 * the verdict. */
#ifndef ENGINE_PIPELINE_SLOT_H
#define ENGINE_PIPELINE_SLOT_H

#include "base/arena.h"
#include "model/labelled.h"
#include "pipeline/packet.h"

/* Capacity of a slot; sizes in bytes are whole cache lines. */
struct ff_slot_shape {
	size_t width, max_rows;
	size_t carried_bytes;
};

/* The parts of a slot; its ring or its net owns the memory. */
struct ff_slot {
	struct ff_packet *packet;
	void *carried;
	float *rows;
};

enum { FF_SLOT_HEADER = (sizeof(struct ff_packet) + FF_ALIGN - 1) / FF_ALIGN * FF_ALIGN };

/* The shape after `layers` layers, the last of which outputs rows of `width` floats (0: nobody reads its rows); with
 * space for `logits` floats of the head in addition to the goodness. */
static inline struct ff_slot_shape ff_slot_shape(int layers, size_t width, size_t max_rows, size_t logits)
{
	size_t carried = (((size_t)layers + 1) * max_rows + logits) * sizeof(float);
	return (struct ff_slot_shape){width, max_rows, ff_align_up(carried)};
}

/* The shape after the source, for up to `images` images, each with a label on `sides` sides: rows of `width` floats, 0
 * for CSR rows. */
static inline struct ff_slot_shape ff_slot_shape_labelled(size_t width, size_t images, size_t sides)
{
	/* of an image at most: its index, offset, value and factor; its labels, or a ratio */
	size_t words = 4 + sides;
	return (struct ff_slot_shape){width, images, ff_align_up(words * images * sizeof(float))};
}

/* Bytes of a slot; SIZE_MAX on overflow. */
static inline size_t ff_slot_bytes(const struct ff_slot_shape *shape)
{
	size_t rows;
	if (__builtin_mul_overflow(shape->width * sizeof(float), shape->max_rows, &rows) ||
	    __builtin_add_overflow(rows, FF_SLOT_HEADER + shape->carried_bytes, &rows))
		return SIZE_MAX;
	return rows;
}

/* The parts of the slot at `memory` [ff_slot_bytes(shape)], aligned to FF_ALIGN. */
static inline struct ff_slot ff_slot_at(const struct ff_slot_shape *shape, void *memory)
{
	char *start = memory;
	return (struct ff_slot){memory, start + FF_SLOT_HEADER,
	                        (float *)(start + FF_SLOT_HEADER + shape->carried_bytes)};
}

/* Parts of `carried`. */
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

/* The labels from the source in supervised mode. csr: the images of the packet's set; used only where they are CSR
 * rows. */
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

/* The head's logits, after all `layers` layers. */
static inline float *ff_slot_logits(const struct ff_slot *slot, int layers)
{
	return ff_slot_goodness(slot, layers);
}

#endif

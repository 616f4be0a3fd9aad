/* An edge between two nodes of the pipeline: what it carries, and how many packets fit. */
#ifndef ENGINE_PIPELINE_EDGE_H
#define ENGINE_PIPELINE_EDGE_H

#include "pipeline/slot.h"

enum ff_edge_kind {
	FF_EDGE_MAIN, /* every packet, downstream from the source to the collector */
	FF_EDGE_SIDE, /* every packet with a layer's neutral rows, to the head */
	FF_EDGE_BACK, /* what a station says of a training packet, to an earlier one, which reads it with a later one */
	FF_EDGE_LABELS,  /* wrong labels that the readout drew, to the source */
	FF_EDGE_VERDICT, /* the collector's verdict on an epoch, to the source */
};

/* Nodes are numbered downstream: 0 is the source, s + 1 station s, the last one the collector. */
struct ff_edge {
	enum ff_edge_kind kind;
	int from, to; /* nodes */
	size_t slots;
	/* Initial tokens: packets by which the reader may be ahead of the writer. Without `filled` the reader does
	 * without them at first. With it they are in the edge when an epoch begins, all bytes 0; what is left there when
	 * it ends is dropped, so nothing crosses an epoch and a checkpoint need not keep it. */
	size_t tokens;
	bool filled;
	struct ff_slot_shape shape;
	bool ring; /* between two threads, or going upstream; otherwise a single slot */
};

/* Whether the edge's writer puts a packet on it when it fires on `packet`, and whether its reader takes one. At most
 * one per firing. */
static inline bool ff_edge_is_written(const struct ff_edge *edge, const struct ff_packet *packet)
{
	bool trains = packet->kind == FF_PACKET_TRAIN && packet->n > 0;
	return edge->kind == FF_EDGE_LABELS ? packet->draws : edge->kind != FF_EDGE_BACK || trains;
}
static inline bool ff_edge_is_read(const struct ff_edge *edge, const struct ff_packet *packet)
{
	bool trains = packet->kind == FF_PACKET_TRAIN && packet->n > 0;
	return (edge->kind != FF_EDGE_LABELS && edge->kind != FF_EDGE_BACK) || trains;
}

#endif

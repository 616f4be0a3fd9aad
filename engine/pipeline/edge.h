/* An edge between two nodes of the pipeline: what goes along it, and how much of that fits. */
#ifndef ENGINE_PIPELINE_EDGE_H
#define ENGINE_PIPELINE_EDGE_H

#include "pipeline/slot.h"

enum ff_edge_kind {
	FF_EDGE_MAIN,    /* every packet, on its way from the source to the collector */
	FF_EDGE_SIDE,    /* every packet, with a layer's neutral rows, to the head */
	FF_EDGE_BACK,    /* every packet, from a station to one before it, which reads it with a later packet */
	FF_EDGE_LABELS,  /* wrong labels that the readout drew, to the source */
	FF_EDGE_VERDICT, /* the collector's verdict on an epoch, to the source */
};

/* Nodes are numbered along the way: 0 is the source, s + 1 station s, the last one the collector. */
struct ff_edge {
	enum ff_edge_kind kind;
	int from, to; /* nodes */
	size_t slots;
	/* Packets by which its reader may be ahead of its writer: those it can do without at first, or with `filled` those
	 * that lie in it from the beginning, all bytes 0. */
	size_t tokens;
	bool filled;
	struct ff_slot_shape shape;
	bool ring; /* between two threads, or against the order of the stations */
};

/* Whether the station that writes the edge has something for it with this packet, and whether its reader takes
 * something with it. Nodes write and read at most once a packet. */
static inline bool ff_edge_is_written(const struct ff_edge *edge, const struct ff_packet *packet)
{
	return edge->kind != FF_EDGE_LABELS || packet->draws;
}
static inline bool ff_edge_is_read(const struct ff_edge *edge, const struct ff_packet *packet)
{
	return edge->kind != FF_EDGE_LABELS || (packet->kind == FF_PACKET_TRAIN && packet->n > 0);
}

#endif

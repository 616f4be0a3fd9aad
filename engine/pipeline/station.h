/* What every station does alike, whether it is a layer's stage or the readout. One leader at a time. */
#ifndef ENGINE_PIPELINE_STATION_H
#define ENGINE_PIPELINE_STATION_H

#include "model/layer.h"
#include "pipeline/slot.h"

/* What a station's training packets of an epoch took. */
struct ff_station_time {
	double began, ended; /* on the clock: the first packet, and the end of the epoch */
	double busy;         /* seconds at work on them */
};

/* What a stage's packets of an epoch added up to. */
struct ff_stage_sums {
	struct ff_tile_sums tiles;
	size_t pairs; /* 0 for a layer that did not train */
	struct ff_station_time time;
};

/* Copies to `out` the packet, and what the source and the first `layers` layers carried. */
void ff_station_pass_on(const struct ff_slot *in, const struct ff_slot *out, int layers);

/* KEEP: best [n of the parameters] becomes a copy of their values; STOP that restores: the other way round. best may be
 * NULL where neither comes. */
void ff_station_keep(const struct ff_packet *packet, struct ff_parameters *parameters, float *best);

/* Counts the time since `started` on the clock as work on the packet, in all (*seconds) and in this epoch. */
void ff_station_count(const struct ff_packet *packet, double started, double *seconds, struct ff_station_time *time);

#endif

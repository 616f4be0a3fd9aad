#include "pipeline/station.h"

#include <string.h>

#include "base/clock.h"

void ff_station_pass_on(const struct ff_slot *in, const struct ff_slot *out, int layers)
{
	const struct ff_packet *packet = in->packet;
	size_t below = (size_t)layers, bytes = 0;
	*out->packet = *packet;
	if (packet->rows)
		bytes = (packet->n + packet->probes) * sizeof(uint32_t) + below * packet->scored * sizeof(float);
	else if (ff_packet_ends_epoch(packet))
		bytes = below * sizeof(struct ff_stage_sums);
	memcpy(out->carried, in->carried, bytes);
}

void ff_station_keep(const struct ff_packet *packet, struct ff_parameters *parameters, float *best)
{
	if (packet->kind == FF_PACKET_KEEP)
		memcpy(best, parameters->value, parameters->n * sizeof *best);
	else if (packet->kind == FF_PACKET_STOP && packet->restore)
		memcpy(parameters->value, best, parameters->n * sizeof *best);
}

void ff_station_count(const struct ff_packet *packet, double started, double *seconds, struct ff_station_time *time)
{
	double passed = ff_clock() - started;
	*seconds += passed;
	if (packet->kind != FF_PACKET_TRAIN)
		return;
	if (time->began == 0)
		time->began = started;
	time->busy += passed;
}

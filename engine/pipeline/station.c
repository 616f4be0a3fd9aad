#include "pipeline/station.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static void layout(struct ff_station *station, struct ff_arena *arena, const struct ff_data_shape *shape)
{
	station->kind->layout(station, arena, shape);
	if (station->parameters && station->experiment->train.patience)
		station->best = ff_arena_take(arena, station->parameters->n, sizeof *station->best);
}

static struct ff_station *allocate(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                                   int number)
{
	struct ff_station *station = calloc(1, kind->size);
	if (!station)
		return NULL;
	station->kind = kind;
	station->experiment = experiment;
	station->number = number;
	return station;
}

size_t ff_station_bytes(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, int number)
{
	struct ff_arena arena = {0};
	struct ff_station *station = allocate(kind, experiment, number);
	if (!station)
		return SIZE_MAX;
	layout(station, &arena, shape);
	free(station);
	return arena.used;
}

ff_status ff_station_create(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                            const struct ff_data_shape *shape, int number, struct ff_team team,
                            struct ff_station **station, struct ff_error *error)
{
	struct ff_station *s = *station = allocate(kind, experiment, number);
	if (!s)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for station %d", number + 1);
	s->team = team;
	layout(s, &s->arena, shape);
	ff_status status = ff_arena_init(&s->arena, error);
	if (status == FF_OK) {
		layout(s, &s->arena, shape);
		return FF_OK;
	}
	free(s);
	*station = NULL;
	return status;
}

void ff_station_destroy(struct ff_station *station)
{
	if (!station)
		return;
	ff_arena_fini(&station->arena);
	free(station);
}

void ff_station_begin(struct ff_station *station, const struct ff_station_data *data)
{
	station->data = data;
	station->sums = (struct ff_station_sums){0};
	station->seconds = 0;
	station->kind->begin(station);
}

/* Copies the packet, and what the source and earlier stations put into its slot. */
static void pass_on(const struct ff_station *station, const struct ff_slot *in, const struct ff_slot *out)
{
	const struct ff_packet *packet = in->packet;
	size_t before = (size_t)station->number, bytes = 0;
	*out->packet = *packet;
	if (packet->rows)
		bytes = (packet->n + packet->queries) * sizeof(uint32_t) + before * packet->scored * sizeof(float);
	else if (ff_packet_ends_epoch(packet))
		bytes = before * sizeof(struct ff_station_sums);
	memcpy(out->carried, in->carried, bytes);
}

static void end_epoch(struct ff_station *station, const struct ff_slot *out)
{
	station->sums.time.ended = ff_clock();
	((struct ff_station_sums *)out->carried)[station->number] = station->sums;
	station->sums = (struct ff_station_sums){0};
}

static void keep_or_restore(struct ff_station *station, const struct ff_packet *packet)
{
	struct ff_parameters *parameters = station->parameters;
	if (!parameters)
		return;
	if (packet->kind == FF_PACKET_KEEP)
		memcpy(station->best, parameters->value, parameters->n * sizeof *station->best);
	else if (packet->kind == FF_PACKET_STOP && packet->restore)
		memcpy(parameters->value, station->best, parameters->n * sizeof *station->best);
}

/* Counts the time since `started` as work on the packet, in total and in this epoch. */
static void count_time(struct ff_station *station, const struct ff_packet *packet, double started)
{
	double passed = ff_clock() - started;
	struct ff_station_time *time = &station->sums.time;
	station->seconds += passed;
	if (packet->kind != FF_PACKET_TRAIN)
		return;
	if (time->began == 0)
		time->began = started;
	time->busy += passed;
}

void ff_station_hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[])
{
	double started = ff_clock();
	const struct ff_packet *packet = in[0].slot.packet;
	pass_on(station, &in[0].slot, &out[0].slot);
	for (int i = 1; i < station->n_out; i++)
		if (out[i].slot.packet)
			*out[i].slot.packet = *packet;
	station->kind->hand_on(station, in, out);
	if (ff_packet_ends_epoch(packet))
		end_epoch(station, &out[0].slot);
	keep_or_restore(station, packet);
	count_time(station, packet, started);
}

ff_status ff_station_learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error)
{
	double started = ff_clock();
	const struct ff_packet *packet = in[0].slot.packet;
	if (packet->kind != FF_PACKET_TRAIN)
		return FF_OK;
	ff_status status = station->kind->learn(station, in, error);
	count_time(station, packet, started);
	return status;
}

int ff_station_state(struct ff_station *station, struct ff_span spans[])
{
	int n = station->kind->state(station, spans);
	if (station->best)
		spans[n++] = (struct ff_span){station->best, station->parameters->n * sizeof *station->best};
	return n;
}

/* A station: a node of the pipeline that takes every packet, hands it on and may learn from it.
 *
 * A kind of station is a table of functions; what they share (team, memory, times, the best parameters) is kept here.
 * Stations know each other by edges alone (pipeline/graph.h). To add a kind, write its table and name it in
 * pipeline/station_kinds.c.
 *
 * A firing: the packet has come on every edge into the station, and every edge out of it has a free slot. First
 * ff_station_hand_on() fills the slots that go on, then ff_station_learn() learns from what came in, while the next
 * station is already at work. One leader at a time; nothing is allocated after ff_station_create(). */
#ifndef ENGINE_PIPELINE_STATION_H
#define ENGINE_PIPELINE_STATION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"
#include "machine/team.h"
#include "model/parameters.h"
#include "model/workload.h"
#include "pipeline/sizes.h"
#include "pipeline/slot.h"
#include "pipeline/track.h"

/* What a station's training packets of an epoch took. */
struct ff_station_time {
	double began, ended; /* on the clock: the first packet, and the end of the epoch */
	double busy;         /* seconds at work on them */
};

/* What a station's packets of an epoch added up to. */
struct ff_station_sums {
	double loss;               /* over samples */
	double positive, negative; /* goodness of a layer, over samples */
	size_t wrong;              /* answers of the head */
	size_t samples;            /* 0 for a station that did not train */
	struct ff_station_time time;
};

/* What stations read of the datasets. Constant while they run; borrowed. */
struct ff_station_data {
	const uint8_t *labels;               /* of the training images */
	const struct ff_csr *csr[FF_N_SETS]; /* the images of each set as CSR rows; NULL: packets bring their rows */
};

/* An end of an edge at a station, during one firing. */
struct ff_port {
	enum ff_edge_kind kind;
	struct ff_slot slot; /* packet NULL: the edge carries nothing for this packet */
};

struct ff_station_kind;
struct ff_input_cache;

struct ff_station {
	const struct ff_station_kind *kind;
	const struct ff_experiment *experiment; /* borrowed */
	int number;                             /* in the graph, from 0 */
	struct ff_team team;
	struct ff_arena arena;
	struct ff_parameters *parameters; /* that it learns; in its own struct, NULL: none */
	float *best;                      /* a copy of their values [n]; NULL if none is ever kept */
	const struct ff_station_data *data;
	struct ff_input_cache *cache; /* of the inputs of what trains alone; borrowed, NULL: none are kept */
	struct ff_station_sums sums;  /* of the epoch so far */
	double seconds;               /* at work so far */
	struct ff_track *track;       /* of its leader; borrowed, NULL: no profile */
	int n_in, n_out; /* edges into it and out of it; the first of either is on the way from source to collector */
};

enum { FF_STATION_SPANS = 8 };

/* Functions get the experiment, the shape of its data and the station's number where there is no station yet; optional
 * ones may be NULL. */
struct ff_station_kind {
	const char *name; /* "readout" */
	size_t size;      /* of its struct, whose first member is a struct ff_station */

	/* What it takes from the station before: the shape of a slot on the edge to it. */
	struct ff_slot_shape (*input)(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
	                              int number);
	/* Optional: adds the edges that it has besides the way from the source to the collector. */
	void (*connect)(struct ff_graph *graph, const struct ff_experiment *experiment,
	                const struct ff_data_shape *shape, int number);
	/* Lays its memory out in the arena (base/arena.h: once to measure, once for real), and sets `parameters`. */
	void (*layout)(struct ff_station *station, struct ff_arena *arena, const struct ff_data_shape *shape);
	/* Initial values, by the leader, whose team is thus the first to touch them. */
	void (*begin)(struct ff_station *station);

	/* Fills the slots that go on; the packet's header and what the stations before carried are there already. */
	void (*hand_on)(struct ff_station *station, const struct ff_port in[], const struct ff_port out[]);
	/* Learns from the packet that was handed on last, if it is one to learn from, and adds it to `sums`. Errors:
	 * FF_ERROR_NUMERIC. */
	ff_status (*learn)(struct ff_station *station, const struct ff_port in[], struct ff_error *error);

	/* Where all lies that it takes from one batch to the next, but for `best`: fills spans, at most
	 * FF_STATION_SPANS - 1, and returns how many. For checkpoints. */
	int (*state)(struct ff_station *station, struct ff_span spans[]);
	/* Whether a packet gives it work, and how much. */
	bool (*works)(const struct ff_packet *packet, int number);
	void (*workload)(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number,
	                 const struct ff_packet *packet, struct ff_workload *workload);
	/* What people are told it is: "784 -> 500". */
	void (*describe)(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number,
	                 char *text, size_t size);
};

/* Bytes that ff_station_create() would allocate. */
size_t ff_station_bytes(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, int number);

/* A station on the heap, whose memory nothing has touched yet. Errors: FF_ERROR_MEMORY. The experiment must outlive
 * it. End it with ff_station_destroy(). */
FF_NODISCARD ff_status ff_station_create(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                                         const struct ff_data_shape *shape, int number, struct ff_team team,
                                         struct ff_station **station, struct ff_error *error);

/* Fine on NULL. */
void ff_station_destroy(struct ff_station *station);

/* Initial values; nothing summed up yet. */
void ff_station_begin(struct ff_station *station, const struct ff_station_data *data);

/* Hands the packet of in[0] on, to out[0] with what it carries and to the others. At an epoch's end adds the station's
 * sums; keeps or restores its best parameters where the packet says so. */
void ff_station_hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[]);

/* Learns from the packet that was handed on last. Errors: FF_ERROR_NUMERIC; nothing is updated then. */
FF_NODISCARD ff_status ff_station_learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error);

/* The spans of kind->state(), and the best parameters. Fills spans [FF_STATION_SPANS], returns how many. */
int ff_station_state(struct ff_station *station, struct ff_span spans[]);

/* The time since the station's last mark was this step of the packet. */
static inline void ff_station_mark(const struct ff_station *station, const struct ff_packet *packet, enum ff_step step)
{
	ff_mark(station->track, station->number + 1, step, packet->sequence);
}

#endif

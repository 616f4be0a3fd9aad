/* A station: a node of the pipeline that takes every packet, hands it on, and may learn from it.
 *
 * A kind of station is a table of functions; what all kinds share (team, memory, times, best parameters) is here.
 * Stations know each other only through edges (pipeline/graph.h). To add a kind, write its table and name it in
 * pipeline/station_kinds.c.
 *
 * A firing begins when every input edge has the packet and every output edge a free slot. First ff_station_hand_on()
 * fills the output slots; then, while the next station is already at work, ff_station_learn() learns from the input.
 * Used by one leader at a time. Nothing is allocated after ff_station_create(). */
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

/* Times of a station's training packets in an epoch. */
struct ff_station_time {
	double began, ended; /* on the clock: at the first packet, and at the end of the epoch */
	double busy;         /* seconds of work on them */
};

/* Sums over a station's packets in an epoch. */
struct ff_station_sums {
	double loss;               /* over samples */
	double positive, negative; /* goodness of a layer, over samples */
	size_t wrong;              /* wrong answers of the head */
	size_t samples;            /* 0 for a station that did not train */
	struct ff_station_time time;
};

/* What stations read of the dataset. Constant during a run; borrowed. */
struct ff_station_data {
	const uint8_t *labels;               /* of the training images */
	const struct ff_csr *csr[FF_N_SETS]; /* the images of each set as CSR rows; NULL: packets carry their rows */
};

/* A station's end of an edge, during one firing. */
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
	struct ff_parameters *parameters; /* that it learns; inside the kind's struct; NULL: none */
	float *best;                      /* a copy of their values [n]; NULL if no copy is ever kept */
	const struct ff_station_data *data;
	struct ff_input_cache *cache; /* for the station that trains alone; borrowed; NULL: no cache */
	struct ff_station_sums sums;  /* of the epoch so far */
	double seconds;               /* that it has worked */
	struct ff_track *track;       /* of its leader; borrowed; NULL: no profile */
	int n_in, n_out;              /* input and output edges; the first of each is the main edge */
};

enum { FF_STATION_SPANS = 8 };

/* Functions that are called before there is a station get the experiment, the shape of its data and the station's
 * number. Optional functions may be NULL. */
struct ff_station_kind {
	const char *name; /* "readout" */
	size_t size;      /* of its struct, whose first member is a struct ff_station */

	/* Its input: the shape of a slot on the main edge from the previous station. */
	struct ff_slot_shape (*input)(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
	                              int number);
	/* Optional: adds its edges other than the main ones. */
	void (*connect)(struct ff_graph *graph, const struct ff_experiment *experiment,
	                const struct ff_data_shape *shape, int number);
	/* Lays out its memory in the arena (base/arena.h: once to measure, once for real) and sets `parameters`. */
	void (*layout)(struct ff_station *station, struct ff_arena *arena, const struct ff_data_shape *shape);
	/* Sets initial values. Called by the leader, so that its team touches the memory first. */
	void (*begin)(struct ff_station *station);

	/* Fills the output slots. The packet's header and what earlier stations carried are already copied. */
	void (*hand_on)(struct ff_station *station, const struct ff_port in[], const struct ff_port out[]);
	/* Learns from the packet that was handed on last, if it is for learning, and updates `sums`. Errors:
	 * FF_ERROR_NUMERIC. */
	ff_status (*learn)(struct ff_station *station, const struct ff_port in[], struct ff_error *error);

	/* For checkpoints: fills spans with all state that outlives a batch, except `best`; at most FF_STATION_SPANS -
	 * 1. Returns how many. */
	int (*state)(struct ff_station *station, struct ff_span spans[]);
	/* Whether the station has work on a packet, and how much. */
	bool (*works)(const struct ff_packet *packet, int number);
	void (*workload)(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number,
	                 const struct ff_packet *packet, struct ff_workload *workload);
	/* Its description for people, such as "784 -> 500". */
	void (*describe)(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int number,
	                 char *text, size_t size);
};

/* Bytes that ff_station_create() allocates; SIZE_MAX on overflow. */
size_t ff_station_bytes(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, int number);

/* Creates a station on the heap; its memory is not touched yet. The experiment must outlive it. Destroy it with
 * ff_station_destroy(). Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_station_create(const struct ff_station_kind *kind, const struct ff_experiment *experiment,
                                         const struct ff_data_shape *shape, int number, struct ff_team team,
                                         struct ff_station **station, struct ff_error *error);

/* NULL is fine. */
void ff_station_destroy(struct ff_station *station);

/* Sets initial values and clears the sums. */
void ff_station_begin(struct ff_station *station, const struct ff_station_data *data);

/* Hands on the packet of in[0], to out[0] with everything it carries and to the other outputs. At the end of an epoch
 * it adds the station's sums; it keeps or restores the best parameters where the packet asks for it. */
void ff_station_hand_on(struct ff_station *station, const struct ff_port in[], const struct ff_port out[]);

/* Learns from the packet that was handed on last. Errors: FF_ERROR_NUMERIC; nothing is updated then. */
FF_NODISCARD ff_status ff_station_learn(struct ff_station *station, const struct ff_port in[], struct ff_error *error);

/* Fills spans [FF_STATION_SPANS] with those of kind->state() and the best parameters; returns how many. */
int ff_station_state(struct ff_station *station, struct ff_span spans[]);

/* Records that the time since the station's last mark was this step of the packet. */
static inline void ff_station_mark(const struct ff_station *station, const struct ff_packet *packet, enum ff_step step)
{
	ff_mark(station->track, station->number + 1, step, packet->sequence);
}

#endif

/* What a net's threads do with their time, recorded while they run.
 *
 * Each thread (the source, every leader, the collector; one for all where execution is sequential) has a track.
 * Whenever a step ends, the thread marks it: the time since its last mark was that step's. So the slices of a track
 * follow each other without a gap, none overlap, and together they are exactly the time from the track's start to its
 * end. A wait shorter than FF_BRIEF_WAIT is none: it counts to the step behind it.
 *
 *     node         made of
 *     source       wait-for-input (labels drawn, a verdict), make, wait-for-output
 *     layer        wait-for-input, forward (products, goodness, dropout), normalise (what goes on, and handing it on),
 *                  wait-for-output, loss (and delta), gradient, update; of a batch in one tile the last two are one
 *                  step of the engine's, each block of weights being updated while its gradient is in cache
 *     readout      likewise; its loss and gradient are one
 *     collector    wait-for-input, collect
 *
 * Forward passes of images that are not trained on are `classify`. Memory is allocated before the run; only its thread
 * writes a track, without a lock or a system call but those of its start and end. When the room for slices is full,
 * sums go on, and what is missing is counted. A run without a profile pays a branch a step.
 *
 * Read a profile when the execution has ended. */
#ifndef ENGINE_PIPELINE_TRACK_H
#define ENGINE_PIPELINE_TRACK_H

#include <stdalign.h>

#include "base/arena.h"
#include "machine/counters.h"
#include "model/workload.h"
#include "pipeline/graph.h"
#include "pipeline/ring.h"

enum ff_step {
	FF_STEP_WAIT_INPUT,
	FF_STEP_MAKE,
	FF_STEP_FORWARD,
	FF_STEP_CLASSIFY,
	FF_STEP_NORMALISE,
	FF_STEP_WAIT_OUTPUT,
	FF_STEP_LOSS,
	FF_STEP_LOSS_GRADIENT, /* the readout's */
	FF_STEP_GRADIENT,
	FF_STEP_UPDATE,
	FF_STEP_GRADIENT_UPDATE,
	FF_STEP_COLLECT,
	FF_N_STEPS,
};

enum {
	FF_BRIEF_WAIT = 1000,        /* nanoseconds */
	FF_PROFILE_SLICES = 1 << 17, /* of a track, unless told otherwise */
	FF_MAX_TRACKS = FF_MAX_NODES,
};
_Static_assert(FF_MAX_NODES <= 256, "a slice has 8 bits for its node");

/* A step of one packet: [start, start + nanoseconds) on the monotonic clock. */
struct ff_slice {
	uint64_t start;
	uint64_t nanoseconds : 48, node : 8, step : 8;
	uint64_t packet;
};

/* Packets in a ring, as its consumer found it when it came for the next one, the one it came for included. */
struct ff_level {
	uint64_t time;
	uint32_t edge, packets;
};

/* All steps of one kind. */
struct ff_step_sum {
	uint64_t nanoseconds, slices;
};

/* What packets are for. */
enum ff_use {
	FF_USE_OTHER,   /* ends of epochs, and what only passes by */
	FF_USE_SAMPLES, /* training of layers, maybe of the head with them */
	FF_USE_HEAD,    /* training of the head alone, after the layers */
	FF_USE_IMAGES,  /* evaluation */
	FF_N_USES,
};

/* Of all packets of one use. */
struct ff_use_sum {
	uint64_t samples;     /* trained on; or images; of a readout, images alone */
	uint64_t nanoseconds; /* of work: waits are not in them */
};

/* What a node did. Written by its thread. */
struct ff_node_sum {
	alignas(FF_ALIGN) struct ff_step_sum steps[FF_N_STEPS];
	struct ff_use_sum uses[FF_N_USES];
	uint64_t packets; /* with work for it */
	/* The packet at hand, its use (OTHER until it is counted), and the work on it so far. */
	uint64_t packet, pending;
	enum ff_use use;
	/* Of its products, and moved to and from caches or memory, by its own account: until it hands on, after that. */
	double flops[2], bytes[2];
};

/* What a ring's consumer found. Written by it. */
struct ff_ring_sum {
	alignas(FF_ALIGN) uint64_t looks, packets; /* packets: summed over the looks */
	uint64_t empty, full;                      /* looks that found it so */
	uint64_t last;                             /* found; UINT64_MAX: not looked at yet */
};

struct ff_profile;

/* One thread's. */
struct ff_track {
	alignas(FF_ALIGN) struct ff_profile *profile;
	bool open, inherit;     /* it has been opened; its counters are inherited */
	uint64_t started, last; /* on the monotonic clock; the last mark */
	uint64_t packet;        /* of that */
	size_t n_slices, n_levels;
	uint64_t slices_cut, levels_cut; /* there was no room for */
	struct ff_slice *slices;         /* [profile->capacity] */
	struct ff_level *levels;         /* likewise */
	struct ff_counters counters;
	double counts[FF_N_COUNTERS]; /* at the end */
};

struct ff_profile {
	const struct ff_graph *graph; /* borrowed */
	size_t capacity;
	int n_tracks, n_nodes;
	int track_of[FF_MAX_NODES]; /* each node's */
	struct ff_arena arena;
	struct ff_track *tracks;   /* [n_tracks] */
	struct ff_node_sum *nodes; /* [n_nodes] */
	struct ff_ring_sum *rings; /* [edges] */
};

/* Allocates a profile of one execution on the graph, with `slices` >= 1 slices and levels a track. Errors:
 * FF_ERROR_MEMORY. The graph must outlive it. */
FF_NODISCARD ff_status ff_profile_init(struct ff_profile *profile, const struct ff_graph *graph, size_t slices,
                                       struct ff_error *error);

/* Fine on a zero struct. */
void ff_profile_fini(struct ff_profile *profile);

/* A step's name, such as "gradient + update". */
const char *ff_step_name(enum ff_step step);

static inline bool ff_step_is_wait(enum ff_step step)
{
	return step == FF_STEP_WAIT_INPUT || step == FF_STEP_WAIT_OUTPUT;
}

/* ---- for those who run; each by the track's own thread. All take NULL for no profile, and then do nothing. ---- */

/* The node's track, or NULL. */
static inline struct ff_track *ff_profile_track(struct ff_profile *profile, int node)
{
	return profile ? &profile->tracks[profile->track_of[node]] : NULL;
}

/* Before the thread starts others: opens its counters and touches its memory. Nothing the second time. */
void ff_track_open(struct ff_track *track);

/* From now on its time is recorded. */
void ff_track_start(struct ff_track *track);

/* The rest was a wait of the node; reads the counters and closes them. */
void ff_track_end(struct ff_track *track, int node);

/* Private: what the next three do where there is a profile. */
void ff_track_mark(struct ff_track *track, int node, enum ff_step step, uint64_t packet);
void ff_track_look(struct ff_track *track, int edge, const struct ff_ring *ring);
void ff_track_count(struct ff_track *track, int node, const struct ff_packet *packet, bool works,
                    const struct ff_workload *workload);

/* -DFF_PROFILE_MARKS=0 builds without them: to measure what they cost a run that is not profiled. */
#ifndef FF_PROFILE_MARKS
#define FF_PROFILE_MARKS 1
#endif

/* The time since the last mark was this step of the node, on this packet. */
static inline void ff_mark(struct ff_track *track, int node, enum ff_step step, uint64_t packet)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_mark(track, node, step, packet);
}

/* Notes how many packets the edge's ring holds. By its consumer. */
static inline void ff_look(struct ff_track *track, int edge, const struct ff_ring *ring)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_look(track, edge, ring);
}

/* Adds up the node's work on a packet: whether it had any, and how much (NULL: it multiplies nothing). */
static inline void ff_count(struct ff_track *track, int node, const struct ff_packet *packet, bool works,
                            const struct ff_workload *workload)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_count(track, node, packet, works, workload);
}

#endif

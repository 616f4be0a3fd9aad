/* Records what a net's threads do with their time.
 *
 * Each thread has a track: the source, every leader and the collector, or a single one for all in sequential execution.
 * Whenever a step ends, the thread marks it, and the time since its last mark counts as that step. So the slices of a
 * track are contiguous, do not overlap, and add up to exactly the time from its start to its end. A wait shorter than
 * FF_BRIEF_WAIT is not recorded; it counts towards the next step.
 *
 *     node         steps
 *     source       wait-for-input (drawn labels, a verdict), make, wait-for-output
 *     layer        wait-for-input, forward (products, goodness, dropout), normalise (output, and handing it on),
 *                  wait-for-output, loss (and delta), gradient, update; for a batch of one tile the last two are one
 *                  step, because each block of weights is updated while its gradient is in cache
 *     readout      likewise; its loss and gradient are one step
 *     collector    wait-for-input, collect
 *
 * Forward passes of images that are not trained on are `classify`. Memory is allocated before the run. A track is
 * written by its own thread only, without locks, and without system calls except at its start and end. When the slices
 * are used up, sums are still updated, and the missing slices are counted. Without a profile a step costs one branch.
 *
 * Read a profile only after the execution has ended. */
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
	FF_PROFILE_SLICES = 1 << 17, /* of a track, by default */
	FF_MAX_TRACKS = FF_MAX_NODES,
};
_Static_assert(FF_MAX_NODES <= 256, "a slice stores its node in 8 bits");

/* A step of one packet: [start, start + nanoseconds) on the monotonic clock. */
struct ff_slice {
	uint64_t start;
	uint64_t nanoseconds : 48, node : 8, step : 8;
	uint64_t packet;
};

/* Packets in a ring when its consumer came for the next one, including that one. */
struct ff_level {
	uint64_t time;
	uint32_t edge, packets;
};

/* Sums over all steps of one kind. */
struct ff_step_sum {
	uint64_t nanoseconds, slices;
};

/* The purpose of a packet. */
enum ff_use {
	FF_USE_OTHER,   /* ends of epochs, and packets that only pass through */
	FF_USE_SAMPLES, /* training of layers, possibly together with the head */
	FF_USE_HEAD,    /* training of the head alone, after the layers */
	FF_USE_IMAGES,  /* evaluation */
	FF_N_USES,
};

/* Sums over all packets of one use. */
struct ff_use_sum {
	uint64_t samples;     /* samples trained on, or images; of a readout always images */
	uint64_t nanoseconds; /* of work, without waits */
};

/* Sums of a node. Written by its thread. */
struct ff_node_sum {
	alignas(FF_ALIGN) struct ff_step_sum steps[FF_N_STEPS];
	struct ff_use_sum uses[FF_N_USES];
	uint64_t packets; /* with work for it */
	/* The current packet, its use (OTHER until it is counted), and the nanoseconds of work on it so far. */
	uint64_t packet, pending;
	enum ff_use use;
	/* By the node's workload: flops of its products, and bytes moved to and from caches or memory; before and after
	 * it hands the packet on. */
	double flops[2], bytes[2];
};

/* Fill levels that a ring's consumer found. Written by it. */
struct ff_ring_sum {
	alignas(FF_ALIGN) uint64_t looks, packets; /* packets: sum over the looks */
	uint64_t empty, full;                      /* looks that found the ring empty, or full */
	uint64_t last;                             /* last fill level; UINT64_MAX: none yet */
};

struct ff_profile;

/* The track of one thread. */
struct ff_track {
	alignas(FF_ALIGN) struct ff_profile *profile;
	bool open, inherit;     /* it was opened; its counters include threads started later */
	uint64_t started, last; /* on the monotonic clock: start, and last mark */
	uint64_t packet;        /* of the last mark */
	size_t n_slices, n_levels;
	uint64_t slices_cut, levels_cut; /* that did not fit */
	struct ff_slice *slices;         /* [profile->capacity] */
	struct ff_level *levels;         /* likewise */
	struct ff_counters counters;
	double counts[FF_N_COUNTERS]; /* at the end */
};

struct ff_profile {
	const struct ff_graph *graph; /* borrowed */
	size_t capacity;
	int n_tracks, n_nodes;
	int track_of[FF_MAX_NODES]; /* of each node */
	struct ff_arena arena;
	struct ff_track *tracks;   /* [n_tracks] */
	struct ff_node_sum *nodes; /* [n_nodes] */
	struct ff_ring_sum *rings; /* [edges] */
};

/* Allocates the profile of one execution of the graph, with `slices` >= 1 slices and levels per track. The graph must
 * outlive it. Errors: FF_ERROR_MEMORY. */
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

/* ---- recording; called by the track's own thread. Without a profile (NULL) these do nothing. ---- */

/* The node's track, or NULL without a profile. */
static inline struct ff_track *ff_profile_track(struct ff_profile *profile, int node)
{
	return profile ? &profile->tracks[profile->track_of[node]] : NULL;
}

/* Opens the track's counters and touches its memory. Call it before the thread starts others; a second call has no
 * effect. */
void ff_track_open(struct ff_track *track);

/* Starts recording. */
void ff_track_start(struct ff_track *track);

/* Counts the time since the last mark as a wait of the node; reads the counters and closes them. */
void ff_track_end(struct ff_track *track, int node);

/* Private: the parts of the next three functions that need a profile. */
void ff_track_mark(struct ff_track *track, int node, enum ff_step step, uint64_t packet);
void ff_track_record_level(struct ff_track *track, int edge, const struct ff_ring *ring);
void ff_track_count(struct ff_track *track, int node, const struct ff_packet *packet, bool works,
                    const struct ff_workload *workload);

/* -DFF_PROFILE_MARKS=0 builds without marks, to measure what they cost a run without a profile. */
#ifndef FF_PROFILE_MARKS
#define FF_PROFILE_MARKS 1
#endif

/* Records that the time since the last mark was this step of the node on this packet. */
static inline void ff_mark(struct ff_track *track, int node, enum ff_step step, uint64_t packet)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_mark(track, node, step, packet);
}

/* Records how many packets the edge's ring holds. Called by its consumer. */
static inline void ff_record_level(struct ff_track *track, int edge, const struct ff_ring *ring)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_record_level(track, edge, ring);
}

/* Adds up the node's work on a packet: whether it had any, and how much (NULL: no products). */
static inline void ff_count(struct ff_track *track, int node, const struct ff_packet *packet, bool works,
                            const struct ff_workload *workload)
{
	if (FF_PROFILE_MARKS && __builtin_expect(track != NULL, 0))
		ff_track_count(track, node, packet, works, workload);
}

#endif

/* What a profile says of each part of the net, each thread and each ring. trace/profile.h fills it. */
#ifndef ENGINE_TRACE_PROFILE_REPORT_H
#define ENGINE_TRACE_PROFILE_REPORT_H

#include "ffengine/run.h"
#include "pipeline/track.h"
#include "plan/cost.h"

enum { FF_PROFILE_BINS = 48, FF_PROFILE_NAME = 24 };

/* A node: source, layer, readout or collector. Seconds and counts over all of the recording. */
struct ff_profile_part {
	char name[FF_PROFILE_NAME];
	int track, threads; /* whose time it shares; of its team */
	struct ff_step_sum steps[FF_N_STEPS];
	double busy, waiting_input, waiting_output; /* seconds */
	/* Trained on, a second of its work on them: what it alone could do. NaN without any. */
	double samples;     /* pairs (a readout's images) of the layers' training, with or without the head's */
	double head_images; /* of the head's after that */
	/* A second of its work: of products as if they were dense, so that zeros that are left out count; moved, by the
	 * cost model. */
	double flops, bytes;
	double peak; /* flops as a share of its threads': above 1 where many zeros are left out */
};

struct ff_profile_thread {
	char name[2 * FF_PROFILE_NAME];
	int threads; /* of its team */
	double seconds, busy;
	double load; /* busy, in units of the mean of all leaders; of the others too */
	double counts[FF_N_COUNTERS];
	uint64_t slices, slices_cut, levels_cut;
};

struct ff_profile_ring {
	char from[FF_PROFILE_NAME], to[FF_PROFILE_NAME];
	size_t slots;
	uint64_t looks;
	double mean, empty, full;     /* packets; shares of the looks: as the consumer found it */
	double bins[FF_PROFILE_BINS]; /* mean over each part of the time; NaN: not known */
};

/* What to do about it. */
struct ff_profile_advice {
	char bottleneck[2 * FF_PROFILE_NAME], why[240], fix[240];
};

struct ff_profile_report {
	const struct ff_experiment *experiment;
	struct ff_rates rates;
	int threads, processors; /* of all leaders' teams; that the process may use */
	bool pipeline, interrupted;
	int64_t epochs, pairs;            /* of the layers' training; epochs summed over greedy layers */
	int64_t head_epochs, head_images; /* of the head's, where it trains after the layers */
	double seconds;                   /* of the recording: from the first thread's start to the last one's end */
	double samples, head_samples;     /* pairs, and head_images, a second of the training of each; NaN: none */
	double flops;                     /* of products as of parts[], a second of the recording */
	double apart;           /* pairs a second with a thread a layer, as a multiple of those with the leaders as
	                                   * they are, both by the cost model; NaN: leaders have one layer each, layers
	                                   * train in turn, or processors are too few */
	double peak, imbalance; /* share of all threads' flops; the largest load of a leader */
	int counters_refused;   /* errno; 0: all counters are there */
	uint64_t slices, slices_cut, levels_cut;
	int n_parts, n_threads, n_rings;
	struct ff_profile_part parts[FF_MAX_NODES];
	struct ff_profile_thread tracks[FF_MAX_TRACKS];
	struct ff_profile_ring rings[FF_MAX_EDGES];
	struct ff_profile_advice advice;
};

#endif

/* What a profile says of each part of the net, each thread and each ring. trace/profile.h fills it. */
#ifndef ENGINE_TRACE_PROFILE_REPORT_H
#define ENGINE_TRACE_PROFILE_REPORT_H

#include "ffengine/run.h"
#include "pipeline/track.h"
#include "plan/cost.h"

enum { FF_PROFILE_BINS = 48, FF_PROFILE_NAME = 24 };

/* A node: source, layer, readout or collector. Seconds and counts are of the whole recording. */
struct ff_profile_part {
	char name[FF_PROFILE_NAME];
	int track, threads; /* the thread that runs it; the size of its team */
	struct ff_step_sum steps[FF_N_STEPS];
	double busy, waiting_input, waiting_output; /* seconds */
	/* Samples per second at work, which is what the node could do alone; NaN: none. */
	double samples;     /* pairs (of a readout: images) while the layers train, with or without the head */
	double head_images; /* images while the head trains after the layers */
	/* Per second at work. flops: of products as if they were dense, so skipped zeros count. bytes: moved, by the
	 * cost model. */
	double flops, bytes;
	double peak; /* flops as a share of its threads' peak; above 1 if many zeros are skipped */
};

struct ff_profile_thread {
	char name[2 * FF_PROFILE_NAME];
	int threads; /* of its team */
	double seconds, busy;
	double load; /* busy as a multiple of the leaders' mean; also of threads that are not leaders */
	double counts[FF_N_COUNTERS];
	uint64_t slices, slices_cut, levels_cut;
};

struct ff_profile_ring {
	char from[FF_PROFILE_NAME], to[FF_PROFILE_NAME];
	size_t slots;
	uint64_t looks;
	double mean, empty, full;     /* mean packets found by the consumer; shares of its looks that found it so */
	double bins[FF_PROFILE_BINS]; /* mean packets in each interval of the recording; NaN: unknown */
};

/* What bounds the speed, why, and what to try. */
struct ff_profile_advice {
	char bottleneck[2 * FF_PROFILE_NAME], why[240], fix[240];
};

struct ff_profile_report {
	const struct ff_experiment *experiment;
	struct ff_rates rates;
	int threads, processors; /* of all leaders' teams; available to the process */
	bool pipeline, interrupted;
	int64_t epochs, pairs;            /* of the layers' training; epochs summed over greedy layers */
	int64_t head_epochs, head_images; /* of the head's training after the layers */
	double seconds;                   /* of the recording, from the first thread's start to the last one's end */
	double samples, head_samples;     /* pairs and head images per second of their training; NaN: none */
	double flops;                     /* of products as in parts[], per second of the recording */
	/* Pairs per second with one thread for each layer, divided by those with the present leaders, both by the cost
	 * model. NaN: each leader has one layer, layers train one after another, or there are too few processors. */
	double apart;
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

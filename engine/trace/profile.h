/* A profile of an experiment: some seconds of its training with everything recorded, what that says of each stage, and
 * the same as a trace. Nothing is evaluated at the end and no model is kept; evaluations in the course of training take
 * part, as they do in a run. */
#ifndef ENGINE_TRACE_PROFILE_H
#define ENGINE_TRACE_PROFILE_H

#include <jansson.h>
#include <stdio.h>

#include "ffengine/run.h"
#include "pipeline/track.h"
#include "plan/cost.h"
#include "run/train.h"

enum { FF_PROFILE_BINS = 48, FF_PROFILE_NAME = 24 };

struct ff_profile_options {
	double
	    seconds; /* of training, after which it ends behind the batches under way; earlier if the experiment does */
	size_t slices;               /* of a thread, and as many levels of its rings, that are kept for the trace */
	struct ff_observer observer; /* its progress and message */
	bool (*stop)(void *user);    /* end earlier? any thread; may be NULL; gets NULL */
};

/* One under way or over; owns all it needs. */
struct ff_profiling {
	const struct ff_experiment *experiment;   /* borrowed */
	const struct ff_profile_options *options; /* borrowed while it runs */
	struct ff_dataset dataset;
	struct ff_source source;
	struct ff_net net;
	struct ff_topology topology;
	struct ff_binding binding;
	struct ff_profile profile;
	struct ff_training_totals totals;
	struct ff_evaluation sets[FF_N_SETS];
	double started; /* on the clock */
};

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

/* Trains and records. Once for each *profiling, zero before; end it with ff_profiling_fini() whatever it returns.
 * Errors: those of ff_run() but for its folder; FF_ERROR_MEMORY. The caller's thread must have no OpenMP threads yet,
 * or hardware counters miss those. */
FF_NODISCARD ff_status ff_profiling_run(struct ff_profiling *profiling, const struct ff_experiment *experiment,
                                        const struct ff_profile_options *options, struct ff_error *error);

void ff_profiling_fini(struct ff_profiling *profiling);

/* Fills *report (large) from a profiling that succeeded, with rates of this machine. */
void ff_profile_report_fill(const struct ff_profiling *profiling, const struct ff_rates *rates,
                            struct ff_profile_report *report);

/* Names the part that the others wait for and the fix to try: report->advice. */
void ff_profile_advise(struct ff_profile_report *report);

/* A new reference, NULL without memory. `rates`: as --rates of `ffengine plan` takes them; the reference is taken. */
json_t *ff_profile_to_json(const struct ff_profile_report *report, json_t *rates);

/* Writes what was recorded in the Trace Event Format ("JSON Object Format"), which Perfetto and Chrome open: a slice a
 * step, a track a thread, a counter a ring. Whether all could be written shows when the stream is closed. */
void ff_trace_write(const struct ff_profile *profile, const char *name, FILE *stream);

#endif

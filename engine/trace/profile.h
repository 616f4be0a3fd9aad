/* A profile of an experiment: some seconds of its training with everything recorded, what that says of each stage, and
 * the same as a trace. Nothing is evaluated at the end and no model is kept; evaluations in the course of training take
 * part, as they do in a run. */
#ifndef ENGINE_TRACE_PROFILE_H
#define ENGINE_TRACE_PROFILE_H

#include "ffengine/run.h"
#include "pipeline/track.h"
#include "run/train.h"
#include "trace/profile_report.h"

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

/* Trains and records. Once for each *profiling, zero before; end it with ff_profiling_fini() whatever it returns.
 * Errors: those of ff_run() but for its folder; FF_ERROR_MEMORY. The caller's thread must have no OpenMP threads yet,
 * or hardware counters miss those. */
FF_NODISCARD ff_status ff_profiling_run(struct ff_profiling *profiling, const struct ff_experiment *experiment,
                                        const struct ff_profile_options *options, struct ff_error *error);

void ff_profiling_fini(struct ff_profiling *profiling);

/* Fills *report (large) from a profiling that succeeded, with rates of this machine. */
void ff_profile_report_fill(const struct ff_profiling *profiling, const struct ff_rates *rates,
                            struct ff_profile_report *report);

#endif

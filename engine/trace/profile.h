/* Profiles an experiment: trains it for some seconds, records everything, and reports on each stage. Evaluations during
 * training are part of it, as in a run; there is none at the end, and no model is saved. */
#ifndef ENGINE_TRACE_PROFILE_H
#define ENGINE_TRACE_PROFILE_H

#include "ffengine/run.h"
#include "pipeline/track.h"
#include "run/train.h"
#include "trace/profile_report.h"

struct ff_profile_options {
	double
	    seconds;   /* of training, which then finishes the batches under way; less if the experiment ends earlier */
	size_t slices; /* kept for the trace, of each thread; as many levels of its rings are kept too */
	struct ff_observer observer; /* its progress and message */
	bool (*stop)(void *user);    /* end earlier? any thread; may be NULL; gets NULL */
};

/* A profiling and all that it owns. */
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
	double started; /* ff_clock() */
};

/* Trains and records. *profiling is zero before; call ff_profiling_fini() in any case. The caller's thread must not have
 * started OpenMP threads, since hardware counters would miss them. Errors: those of ff_run() except for its folder;
 * FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_profiling_run(struct ff_profiling *profiling, const struct ff_experiment *experiment,
                                        const struct ff_profile_options *options, struct ff_error *error);

void ff_profiling_fini(struct ff_profiling *profiling);

/* Fills *report, which is large, from a successful profiling and this machine's rates. */
void ff_profile_report_fill(const struct ff_profiling *profiling, const struct ff_rates *rates,
                            struct ff_profile_report *report);

#endif

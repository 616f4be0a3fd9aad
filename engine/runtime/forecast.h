/* What a plan would bring: its pipeline simulated with the seconds of the cost model. */
#ifndef ENGINE_RUNTIME_FORECAST_H
#define ENGINE_RUNTIME_FORECAST_H

#include "runtime/cost.h"
#include "runtime/plan.h"
#include "runtime/simulate.h"

enum {
	FF_FORECAST_SOURCE = -1, /* bottlenecks that are not a leader */
	FF_FORECAST_MEMORY = -2, /* all stages together move more bytes than the memory gives */
	FF_FORECAST_ORDER = -3,  /* none is always at work: they wait for each other (negatives.lag, execution.depth) */
};

struct ff_forecast {
	struct ff_plan plan;
	struct ff_sim_result
	    sim;        /* leaders: the source, those of the plan, the collector; nodes as the graph numbers them */
	double samples; /* pairs a second, while training */
	double seconds; /* a batch, of all its tiles */
	double flops;   /* a second, of all products */
	double memory;  /* share of the machine's memory bandwidth that is used */
	int bottleneck; /* a leader, or one of the above */
};

/* Plans for at most `cores` of the machine and simulates the plan; places are not chosen yet.
 * Errors: FF_ERROR_CONFIG (not a pipeline of layers that train together), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_plan(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        const struct ff_machine_model *machine, int cores, struct ff_forecast *forecast,
                                        struct ff_error *error);

/* The same for leaders that are given [n]; the source shares a core, that of the leader with the most time, if they leave it
 * none. Errors as above; FF_ERROR_USAGE if they have more threads than there are cores, which is not simulated. */
FF_NODISCARD ff_status ff_forecast_given(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                         const struct ff_machine_model *machine, int cores,
                                         const struct ff_leader *leaders, int n, struct ff_forecast *forecast,
                                         struct ff_error *error);

/* In *more how many cores more are the fewest that make the slowest part at least 1 % faster, at most `most`; 0 if none
 * are. Errors as above. */
FF_NODISCARD ff_status ff_forecast_more(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        const struct ff_machine_model *machine, int cores, int most, int *more,
                                        struct ff_error *error);

#endif

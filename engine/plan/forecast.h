/* Predicts what a plan achieves: simulates its pipeline with the seconds of the cost model. */
#ifndef ENGINE_PLAN_FORECAST_H
#define ENGINE_PLAN_FORECAST_H

#include "pipeline/sizes.h"
#include "plan/cost.h"
#include "plan/plan.h"
#include "plan/simulate.h"

enum {
	FF_FORECAST_SOURCE = -1, /* bottlenecks other than a leader */
	FF_FORECAST_MEMORY = -2, /* all stages together move more bytes than the memory bandwidth allows */
	FF_FORECAST_ORDER =
	    -3, /* no leader is always busy, as they wait for each other (negatives.lag, execution.depth) */
};

struct ff_forecast {
	struct ff_plan plan;
	struct ff_sim_result sim; /* leaders: the source, those of the plan, the collector; nodes as in the graph */
	double samples;           /* a second, while training */
	double seconds;           /* a mini-batch, with all its tiles */
	double flops;             /* a second, of all products */
	double memory;            /* share of the machine's memory bandwidth that is used */
	int bottleneck;           /* index of a leader, or one of the above */
};

/* Plans for at most `cores` cores of the machine and simulates the plan, before places are chosen. Among the plans that
 * are as fast as the slowest leader and the memory bandwidth allow, it takes one with the fewest cores. The simulation
 * takes the boundaries of packages into account, the search does not. Errors: FF_ERROR_CONFIG (not a pipeline whose
 * layers train together), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_plan(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        const struct ff_machine_model *machine, int cores, struct ff_forecast *forecast,
                                        struct ff_error *error);

/* The same for given leaders [n]. If they leave no core for the source, it shares one with the leader that needs the
 * least time. Errors as above; FF_ERROR_USAGE if they have more threads than there are cores, which is not
 * simulated. */
FF_NODISCARD ff_status ff_forecast_given(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                         const struct ff_machine_model *machine, int cores,
                                         const struct ff_leader *leaders, int n, struct ff_forecast *forecast,
                                         struct ff_error *error);

/* Plans with the rates of `decider` and simulates the plan with those of `machine`. Both have the same cores and may be
 * the same model. Errors as for ff_forecast_plan(). */
FF_NODISCARD ff_status ff_forecast_decided(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                           const struct ff_machine_model *decider,
                                           const struct ff_machine_model *machine, int cores,
                                           struct ff_forecast *forecast, struct ff_error *error);

#define FF_FORECAST_WORTH 1.01 /* more cores are worth it from this many times as many samples a second */

/* Forecasts with the available cores, with one more, and with the smallest number that is worth it. */
struct ff_outlook {
	struct ff_forecast plan, next, later;
	int more; /* additional cores of `later`; 0: no number is worth it, and `later` is not filled */
};

/* Forecasts as ff_forecast_decided() for `cores`, and what up to `most` additional cores would bring. The smallest
 * number that is worth it is found by bisection, as more cores are never slower by more than a percent, which their
 * rings may cost. The number of NUMA nodes stays the same. Errors as above. */
FF_NODISCARD ff_status ff_forecast_outlook(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                           const struct ff_machine_model *decider,
                                           const struct ff_machine_model *machine, int cores, int most,
                                           struct ff_outlook *outlook, struct ff_error *error);

#endif

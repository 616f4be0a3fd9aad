/* What a plan would bring: its pipeline simulated with the seconds of the cost model. */
#ifndef ENGINE_PLAN_FORECAST_H
#define ENGINE_PLAN_FORECAST_H

#include "pipeline/sizes.h"
#include "plan/cost.h"
#include "plan/plan.h"
#include "plan/simulate.h"

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

/* Plans for at most `cores` of the machine and simulates the plan; places are not chosen yet. Of the plans that are as
 * fast as the slowest leader and the memory's bandwidth allow it is one with the fewest cores. Where
 * packages end is known to the simulation, not to the search.
 * Errors: FF_ERROR_CONFIG (not a pipeline of layers that train together), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_forecast_plan(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                        const struct ff_machine_model *machine, int cores, struct ff_forecast *forecast,
                                        struct ff_error *error);

/* The same for leaders that are given [n]; the source shares a core, that of the leader with the most time, if they
 * leave it none. Errors as above; FF_ERROR_USAGE if they have more threads than there are cores, which is not
 * simulated. */
FF_NODISCARD ff_status ff_forecast_given(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                         const struct ff_machine_model *machine, int cores,
                                         const struct ff_leader *leaders, int n, struct ff_forecast *forecast,
                                         struct ff_error *error);

/* The plan that the decider's rates make, simulated at those of the machine, which are of the same cores and may be
 * one. Errors as of ff_forecast_plan(). */
FF_NODISCARD ff_status ff_forecast_decided(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                           const struct ff_machine_model *decider,
                                           const struct ff_machine_model *machine, int cores,
                                           struct ff_forecast *forecast, struct ff_error *error);

#define FF_FORECAST_WORTH 1.01 /* times as many pairs a second, from which more cores are said to help */

/* With the cores that there are, with one more, and with the fewest more that are worth them. */
struct ff_outlook {
	struct ff_forecast plan, next, later;
	int more; /* cores of `later`; 0: none are worth it, and it is not filled */
};

/* What ff_forecast_decided() says for `cores`, and what more of them, at most `most`, would bring. The fewest that are
 * worth them are found by halving, as more cores are never slower but for a percent of their rings. The NUMA nodes stay
 * those that there are. Errors as above. */
FF_NODISCARD ff_status ff_forecast_outlook(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                                           const struct ff_machine_model *decider,
                                           const struct ff_machine_model *machine, int cores, int most,
                                           struct ff_outlook *outlook, struct ff_error *error);

#endif

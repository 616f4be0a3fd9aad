/* Measures the rates of the cost model on this machine. Other load on the machine falsifies them. */
#ifndef ENGINE_PLAN_CALIBRATE_H
#define ENGINE_PLAN_CALIBRATE_H

#include "ffengine/experiment.h"
#include "plan/cost.h"

/* Measures *rates with all of the machine's cores working at once where that matters: products of few and of many rows,
 * bandwidth of caches and memory, and the time of a parallel region within a cache domain, from which the hand-off is
 * derived. Takes less than a second and some 100 MB. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_calibrate(const struct ff_machine_model *machine, struct ff_rates *rates,
                                    struct ff_error *error);

/* The rates that a run plans with: those of the table, except the measured ones that decide between teams and single
 * threads and vary most from machine to machine (on shared ones from hour to hour): a core's products, a parallel
 * region and a hand-off. */
struct ff_rates ff_rates_of_run(const struct ff_rates *measured);

/* Measures the same on the first `threads` cores within some hundredths of a second. It uses a thread of its own,
 * because the GNU runtime ends that thread's team with it. Returns the table's rates if the process may not have the
 * threads or the memory for it. */
struct ff_rates ff_calibrate_briefly(const struct ff_machine_model *machine, int threads);

/* The machine that a run of the experiment in this process plans for, as ff_topology_init() finds it. Fills *topology,
 * which the caller ends. Where hwloc was told of another machine or does not know this one, !topology->here, and the
 * machine is a flat one of ff_team_available() cores. If the plan depends on the rates, they are measured by
 * ff_calibrate_briefly() on as many threads as the experiment may have; otherwise they are the table's. */
struct ff_machine_model ff_machine_model_here(const struct ff_experiment *experiment, struct ff_topology *topology);

#endif

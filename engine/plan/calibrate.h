/* Measures the rates of the cost model on this machine, other work on which spoils them. */
#ifndef ENGINE_PLAN_CALIBRATE_H
#define ENGINE_PLAN_CALIBRATE_H

#include "ffengine/experiment.h"
#include "plan/cost.h"

/* Fills *rates: a core's products of few and of many rows, its caches and the memory, on all of the machine's cores at
 * once from memory; a parallel region of the cores of a cache domain, and the hand-off, which is told from that. Takes
 * less than a second and some 100 MB. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_calibrate(const struct ff_machine_model *machine, struct ff_rates *rates,
                                    struct ff_error *error);

/* What a run plans by: the table's rates, but those measured that decide between teams and single threads and differ
 * most from machine to machine, and on shared ones from hour to hour: a core's products, a parallel region and a
 * hand-off. */
struct ff_rates ff_rates_of_run(const struct ff_rates *measured);

/* The same, measured on the first `threads` of the machine's cores in some hundredths of a second, by a thread of its
 * own, whose team the GNU runtime ends with it. Those of the table if the process may not have the threads or memory
 * for it. */
struct ff_rates ff_calibrate_briefly(const struct ff_machine_model *machine, int threads);

/* The machine that this process runs on, as ff_topology_init() finds it: what a run of the experiment plans for. Fills
 * *topology, which the caller ends; where hwloc was told of another machine, or cannot tell, !topology->here, and the
 * machine is a flat one of ff_team_available() cores. The rates are those of ff_calibrate_briefly() on as many threads
 * as the experiment may have, where its plan depends on them, else the table's. */
struct ff_machine_model ff_machine_model_here(const struct ff_experiment *experiment, struct ff_topology *topology);

#endif

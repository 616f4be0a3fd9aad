/* How much memory each point of a sweep needs: data, net, the inputs that greedy layers or a head that trains after
 * them keep, and the process itself. An upper bound from the configuration and the headers of the data files. */
#ifndef ENGINE_SWEEP_SWEEP_ESTIMATE_H
#define ENGINE_SWEEP_SWEEP_ESTIMATE_H

#include "sweep/sweep_state.h"

/* Fills the available memory and the estimates of all points, until the sweep is stopped. */
void ff_sweep_estimate(struct ff_sweep_run *run);

#endif

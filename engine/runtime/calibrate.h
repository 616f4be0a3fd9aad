/* Measures the rates of the cost model on this machine. */
#ifndef ENGINE_RUNTIME_CALIBRATE_H
#define ENGINE_RUNTIME_CALIBRATE_H

#include "runtime/cost.h"

/* Fills *rates: a core's products of few and of many rows, its caches and the memory, all `threads` together (of
 * `nodes` NUMA nodes) from memory, a parallel region. Takes less than a second and some 100 MB. The hand-off is the
 * table's. Other work on the machine spoils it, so the best of several tries counts. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_calibrate(int threads, int nodes, struct ff_rates *rates, struct ff_error *error);

#endif

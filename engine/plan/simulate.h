/* Simulates a pipeline as a marked graph whose nodes take time.
 *
 * A node fires as a station does (pipeline/firing.c): when every input edge has a packet and every output edge a free
 * slot, it works, hands on, continues to work (it learns), and releases what it read. A leader fires its nodes in turn.
 * Two leaders may share a core; while both work, each runs at half speed. A node takes the same time at every firing of
 * a kind, so after a start-up phase the graph reaches a steady state, which is what is measured. */
#ifndef ENGINE_PLAN_SIMULATE_H
#define ENGINE_PLAN_SIMULATE_H

#include "base/error.h"
#include "plan/simulation.h"

/* Simulates until the state is steady, and then some hundred rounds more, which it measures. The nodes must form one
 * connected graph. Thread-safe. Errors: FF_ERROR_INTERNAL if the graph deadlocks, if no node takes time, or if an edge
 * has no slot; FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_simulate(const struct ff_sim *sim, struct ff_sim_result *result, struct ff_error *error);

#endif

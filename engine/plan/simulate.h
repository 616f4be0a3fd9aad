/* A simulation of the pipeline: a marked graph whose nodes take their time.
 *
 * A node fires when every edge into it has a packet and every edge out of it a free slot, as the stations do
 * (pipeline/pass.c): it works, hands on, works on (it learns), and releases what it read. A leader fires its nodes in
 * turn. Two leaders may share a core: while both work, each has half of it. Times are the same at every firing, so
 * after its beginning the graph comes to a steady state, which is what is measured. */
#ifndef ENGINE_PLAN_SIMULATE_H
#define ENGINE_PLAN_SIMULATE_H

#include "base/error.h"
#include "plan/simulation.h"

/* Simulates until the state is steady and some hundred rounds of it. Errors: FF_ERROR_INTERNAL if the graph stops for
 * ever, if no node takes time, or if an edge has no slot; FF_ERROR_MEMORY. Nodes of one chain or graph, all joined.
 * Thread-safe. */
FF_NODISCARD ff_status ff_simulate(const struct ff_sim *sim, struct ff_sim_result *result, struct ff_error *error);

#endif

/* The plan of a pipeline: which leader runs which stations, with how many threads, on which places.
 *
 * A leader, a thread with a team of its own, may run several consecutive stations, so that the load is balanced when
 * there are fewer cores than stations. The source has a core of its own or shares that of the leader with the most time
 * left. */
#ifndef ENGINE_PLAN_PLAN_H
#define ENGINE_PLAN_PLAN_H

#include "machine/topology.h"
#include "pipeline/graph.h"

enum { FF_PLAN_OWN = -1 }; /* value of `host`: the source has a core of its own */

struct ff_plan {
	int n_leaders, cores; /* cores in use, the source's included */
	int host;             /* the leader that the source shares a core with, or FF_PLAN_OWN */
	double seconds;       /* a packet, for the slowest leader or the source */
	struct ff_leader leaders[FF_MAX_STATIONS];
	int first[FF_MAX_STATIONS]; /* the first of each leader's places, which are consecutive */
	int source;                 /* the source's place */
};

/* Divides at most `cores` cores among n stations so that the slowest leader is as fast as possible, but no faster than
 * `least` seconds a packet, a limit that it cannot beat anyway. Of all such plans it takes one with the fewest cores:
 * cores that would not help stay idle.
 *
 * seconds [n x cores]: station s with t threads takes seconds[s cores + t - 1] >= 0. A leader takes the sum of its
 * stations' seconds, plus the source's if that runs on one of its cores. Exact; O(n (n + cores)) for each of some 60
 * steps of a bisection. Fills *plan except for the places. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_plan_search(const double *seconds, int n, int cores, double source, double least,
                                      struct ff_plan *plan, struct ff_error *error);

/* Chooses places for the plan: leaders in order along the places, such that teams are split across as few packages,
 * then NUMA nodes, then cache domains as possible, and neighbours are in the same domain as often as possible. Exact;
 * idle places may lie in between. Errors: FF_ERROR_USAGE (fewer places than the plan needs), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_plan_place(const struct ff_topology *topology, struct ff_plan *plan, struct ff_error *error);

#endif

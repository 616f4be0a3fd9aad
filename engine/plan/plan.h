/* Which leader runs which stations, with how many threads, on which places: the plan of a pipeline.
 *
 * Stations in a row share a leader, a thread with a team of its own, so that fewer cores than stations are shared in a
 * balanced way. The source has a core of its own, or shares that of the leader that has the time. */
#ifndef ENGINE_PLAN_PLAN_H
#define ENGINE_PLAN_PLAN_H

#include "machine/topology.h"
#include "pipeline/graph.h"

enum { FF_PLAN_OWN = -1 }; /* the source's host: it has a core of its own */

struct ff_plan {
	int n_leaders, cores; /* cores that it uses, that of the source included */
	int host;             /* the leader that the source shares a core with, or FF_PLAN_OWN */
	double seconds;       /* a packet, of the slowest leader, or of the source */
	struct ff_leader leaders[FF_MAX_STATIONS];
	int first[FF_MAX_STATIONS]; /* the first of each leader's places, which follow one another */
	int source;                 /* the source's place */
};

/* Shares at most `cores` out among n stations so that the slowest leader is as fast as possible, but no faster than
 * `least` seconds a packet, which it takes anyway; and of all such ways takes one with the fewest cores: where more
 * would not help, they are left idle. seconds [n x cores], of station s with
 * t threads at s cores + t - 1; a leader's are the sum of its stations', and with the source on one of its cores the
 * source's too. Exact, for any seconds >= 0; O(n (n + cores)) for each of some 60 steps of a binary search. Fills all
 * of *plan but the places. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_plan_search(const double *seconds, int n, int cores, double source, double least,
                                      struct ff_plan *plan, struct ff_error *error);

/* Chooses places for the plan: leaders in their order along the places, teams torn apart over as few packages, NUMA
 * nodes and cache domains as possible, neighbours in the same domain as often as possible. Exact; places that stay idle
 * may lie in between. Errors: FF_ERROR_USAGE (fewer places than the plan needs), FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_plan_place(const struct ff_topology *topology, struct ff_plan *plan, struct ff_error *error);

#endif

/* Which processor each thread of a pipeline is bound to.
 *
 * A plan chooses the places (plan/bind.h) in the order of the leaders: each thread of a team gets a place of its own,
 * and teams stay within a cache domain where they fit. A team is bound before it first touches its stage's memory, so
 * that memory lies on the NUMA node of the team's processors. The source is bound if it has a place of its own;
 * otherwise it runs on any processor. The collector runs on the caller's thread, which is never bound. */
#ifndef ENGINE_PIPELINE_BINDING_H
#define ENGINE_PIPELINE_BINDING_H

#include <stdatomic.h>

#include "machine/team.h"
#include "machine/topology.h"
#include "pipeline/graph.h"

enum { FF_BOUND_NOWHERE = -1 }; /* the thread runs on any processor */

struct ff_binding {
	const struct ff_topology *topology; /* borrowed */
	char why_not[128];                  /* why nothing is bound; "": threads are bound */
	int first[FF_MAX_STATIONS];         /* of each leader: thread i of its team is bound to place first + i */
	int source;                         /* its place, or FF_BOUND_NOWHERE */
	/* The error of the first thread that could not be bound. Written by that thread; read once a packet has passed
	 * the whole pipeline or all threads have ended. */
	struct ff_error failure;
	atomic_bool failed;
};

/* Binds the calling thread (leader number `leader`) and its team, or the calling thread as the source. Does nothing if
 * nothing is to be bound or binding is NULL. The first failure is kept in the binding. */
void ff_binding_enter(struct ff_binding *binding, int leader, const struct ff_team *team);
void ff_binding_enter_source(struct ff_binding *binding);

#endif

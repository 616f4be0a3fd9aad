/* Which processor each thread of a pipeline is bound to.
 *
 * A plan chooses the places (plan/bind.h), in the order of the leaders: each thread of a team has a place of its own, teams
 * stay in a cache domain where they fit. A stage's memory is first touched by its team, hence after binding: it lies on
 * the memory node of the team's processors. The source is bound if it has a place of its own, else it runs wherever
 * there is time, as the collector does, the caller's thread, which is never bound. */
#ifndef ENGINE_PIPELINE_BINDING_H
#define ENGINE_PIPELINE_BINDING_H

#include <stdatomic.h>

#include "machine/team.h"
#include "machine/topology.h"
#include "pipeline/graph.h"

enum { FF_BOUND_NOWHERE = -1 }; /* a thread that runs where the system likes */

struct ff_binding {
	const struct ff_topology *topology; /* borrowed */
	char why_not[128];                  /* nothing is bound; "": threads are */
	int first[FF_MAX_STATIONS];         /* of each leader: thread i of its team is bound to place first + i */
	int source;                         /* its place, or FF_BOUND_NOWHERE */
	/* Of the first thread that could not be bound. Written by it; read when a packet has come through all of the
	 * pipeline, or all threads have ended. */
	struct ff_error failure;
	atomic_bool failed;
};

/* Binds the calling thread, leader number `leader`, and its team; or the calling thread, the source. Nothing to do if
 * nothing is bound, or without a binding (NULL). The first failure is kept in the binding. */
void ff_binding_enter(struct ff_binding *binding, int leader, const struct ff_team *team);
void ff_binding_enter_source(struct ff_binding *binding);

#endif

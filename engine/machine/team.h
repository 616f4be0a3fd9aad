/* A team of threads that works on one range at a time. The only place of the engine that starts OpenMP threads.
 *
 * A team belongs to the thread that uses it (its leader): the OpenMP runtime keeps one pool of workers a leader, so
 * the same leader must use the same team size throughout. Which thread works on which part never decides a value:
 * callers split their work so that each output is computed by one call, in a fixed order. */
#ifndef ENGINE_MACHINE_TEAM_H
#define ENGINE_MACHINE_TEAM_H

#include <stddef.h>

#include "machine/topology.h"

struct ff_team {
	int threads; /* >= 1, the leader included */
};

/* Works on items [begin, end). */
typedef void ff_range_fn(void *context, size_t begin, size_t end);

/* Splits [0, n) into one contiguous range a thread, each a multiple of `grain` items but for the last, and calls work
 * on every range that is not empty; returns when all are done. No more than `grain` items are left to the leader, which
 * wakes nobody. Must not be called from inside `work`. */
void ff_team_for(const struct ff_team *team, size_t n, size_t grain, ff_range_fn *work, void *context);

/* A grain for items that each touch `numbers` numbers: enough for a thread to be worth waking (some microseconds). */
static inline size_t ff_team_grain(size_t numbers)
{
	enum { WORTH = 16384 };
	return numbers < WORTH ? (WORTH + numbers) / (numbers + 1) : 1;
}

/* Threads that suit this process, at least 1: the places of ff_topology_init(), one a core. Where hwloc is told of
 * another machine, or cannot tell: the processors of the affinity mask, as far as the quota and ff_batch_system_limit() go.
 * Reads the machine's topology, which takes milliseconds. */
int ff_team_available(void);

/* All processors that the affinity mask, a quota and ff_batch_system_limit() leave, hyper-threads included; at least 1.
 * Quick. */
int ff_team_processors(void);

/* Binds each thread of the team, the calling leader first, to a place of its own: thread i to place first + i. Comes
 * before any other work of the team, for its threads are born with the leader's binding. Not for a described topology.
 * Errors, after which threads that could not be bound run where they did: those of ff_topology_bind(). */
FF_NODISCARD ff_status ff_team_bind(const struct ff_team *team, const struct ff_topology *topology, int first,
                                    struct ff_error *error);

#endif

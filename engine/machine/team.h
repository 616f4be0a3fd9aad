/* A team of threads that works on one range at a time. The only place in the engine that starts OpenMP threads.
 *
 * A team belongs to the thread that uses it, its leader: the OpenMP runtime keeps one pool of workers per leader, so a
 * leader must always use the same team size. Which thread works on which part never affects a value: callers split
 * their work so that each output is computed by one call, in a fixed order. */
#ifndef ENGINE_MACHINE_TEAM_H
#define ENGINE_MACHINE_TEAM_H

#include <stddef.h>

#include "machine/topology.h"

struct ff_team {
	int threads; /* >= 1, the leader included */
};

/* Works on items [begin, end). */
typedef void ff_range_fn(void *context, size_t begin, size_t end);

/* Splits [0, n) into one contiguous range per thread, each a multiple of `grain` items except the last, calls work on
 * every range that is not empty, and returns when all are done. At most `grain` items are done by the leader alone,
 * without waking anybody. Must not be called from inside `work`. */
void ff_team_for(const struct ff_team *team, size_t n, size_t grain, ff_range_fn *work, void *context);

/* The grain for items that each touch `numbers` numbers: enough work to be worth waking a thread (some
 * microseconds). */
static inline size_t ff_team_grain(size_t numbers)
{
	enum { WORTH = 16384 };
	return numbers < WORTH ? (WORTH + numbers) / (numbers + 1) : 1;
}

/* Threads that suit this process, at least 1: the places of ff_topology_init(), one per core. If hwloc was told of
 * another machine or does not know this one: the processors of the affinity mask, limited by the quota and
 * ff_batch_system_limit(). Reads the machine's topology, which takes milliseconds. */
int ff_team_available(void);

/* Processors that the affinity mask, a quota and ff_batch_system_limit() leave, hyper-threads included; at least 1.
 * Fast. */
int ff_team_processors(void);

/* Binds each thread of the team, the calling leader first, to a place of its own: thread i to place first + i. Must
 * come before any other work of the team, because its threads inherit the leader's binding. Not for a described
 * topology. Errors: those of ff_topology_bind(); threads that could not be bound keep running where they were. */
FF_NODISCARD ff_status ff_team_bind(const struct ff_team *team, const struct ff_topology *topology, int first,
                                    struct ff_error *error);

#endif

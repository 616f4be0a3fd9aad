/* Which processors this process has, and which of them share a cache.
 *
 * A place is a processor that a thread of ours may be bound to: by default one for each core. Places stand in the order
 * in which stages take them: those of one cache domain are neighbours, then come those of its NUMA node, then those of
 * its package. All numbers in a place count from 0 in that order, so that they index arrays of the lengths given.
 *
 * A topology is read once and then only read: any thread may use it. */
#ifndef ENGINE_MACHINE_TOPOLOGY_H
#define ENGINE_MACHINE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/batch_system.h"

struct ff_place {
	int processor; /* the system's number of it */
	int core;
	int domain; /* of cache */
	int node;   /* of memory (NUMA) */
	int package;
};

/* Cores that share a cache: the innermost one that is shared by several cores of the machine. Where none is: the
 * cores of a NUMA node or of a package, whichever is smaller, and then level and bytes are 0. */
struct ff_domain {
	int level;           /* of the cache: 2, 3 */
	size_t bytes;        /* of the cache; 0 if unknown */
	int first, n_places; /* its places are first .. first + n_places - 1 */
};

enum ff_part_kind { FF_PART_MACHINE, FF_PART_PACKAGE, FF_PART_NODE, FF_PART_GROUP, FF_PART_CACHE, FF_PART_CORE };

/* One part of the machine that has places, with those parts inside it that follow it at a larger depth. */
struct ff_part {
	enum ff_part_kind kind;
	int level;           /* of a cache */
	int number;          /* the system's, -1 if it has none */
	size_t bytes;        /* of a cache or of a node's memory, 0 if unknown */
	int depth;           /* of the machine: 0 */
	int first, n_places; /* its places are first .. first + n_places - 1 */
	int n_cores;
};

/* What leaves this process less than the machine: each number counts those that the ones above it leave. */
struct ff_topology_limits {
	int machine;  /* processors of the machine, hyper-threads included */
	int allowed;  /* by the control group's list (cpuset) */
	int affinity; /* by the affinity mask of the calling thread */
	int unused;   /* of these, second and further hyper-threads of a core; 0 if they are used */
	int most;     /* places asked for at most; 0: as many as there are */
	struct ff_batch_system_limit
	    batch;      /* of the environment; ask batch_cut whether it matters. None for a described machine */
	bool batch_cut; /* it left fewer places, which others with such a variable would choose too */
	bool narrowed;  /* whoever started us gave us processors of our own: the affinity mask leaves some out that the
	                 * control group allows, or the group is a batch job's and leaves some of the machine's out */
	double quota;   /* processors' worth of time the control group may use; infinity: no limit */
	/* The quota left fewer places. The system may then run us on any processor, and others with a quota would choose
	 * the same places as we, so threads had better not be bound. */
	bool quota_cut;
};

struct ff_topology {
	struct ff_place *places;
	struct ff_domain *domains;
	struct ff_part
	    *parts; /* of the tree, from the root, each before the parts inside it; the first is the machine */
	int n_places, n_cores, n_domains, n_nodes, n_packages, n_parts;
	struct ff_topology_limits limits;
	bool here;     /* it is this machine; else one that was described */
	void *machine; /* private */
};

struct ff_topology_options {
	const char *description; /* of another machine, see below; NULL: this machine */
	bool hyper_threads; /* a place for each hyper-thread, those of a core side by side, not one for each core */
	int most;           /* use at most so many places, the first ones; 0: all */
};

/* Fills *topology with this machine, as far as the calling thread may use it (affinity mask, control group's list and
 * quota: what taskset, containers and batch systems set; and the variables of ff_batch_system_limit()), or with a described
 * one, all of which is used.
 *
 * A description is words `LEVEL:COUNT` from the outside in, each COUNT for one of the level before: "package:2 l3:8
 * core:8 pu:2" has 128 cores. Levels: package, die, group, numa, l5 .. l1, core (always), pu (the hyper-threads of a
 * core; 1 if left out). In parentheses may follow what hwloc knows, such as l3:8(size=32MiB) or numa:2(memory=64GiB). A
 * word that ends in .xml is a file written by hwloc's lstopo on that machine.
 *
 * Errors: FF_ERROR_USAGE (description), FF_ERROR_IO (no such file), FF_ERROR_MEMORY, FF_ERROR_INTERNAL (hwloc fails).
 * End it with ff_topology_fini(). Threads bound by hand see only what they are bound to: call it before. */
FF_NODISCARD ff_status ff_topology_init(struct ff_topology *topology, const struct ff_topology_options *options,
                                        struct ff_error *error);

void ff_topology_fini(struct ff_topology *topology);

/* Processors that are there for a process with a limit or a quota as well as for others: those that the affinity mask
 * leaves, one a core unless hyper-threads are used. The places are the first of them. */
static inline int ff_topology_open_places(const struct ff_topology *topology)
{
	return topology->limits.affinity - topology->limits.unused;
}

/* Binds the calling thread to n places, given by their indices; with n = 0 to all processors that it was allowed when
 * the topology was read, which undoes it. Threads it starts later are born with the same binding.
 * Errors, after which the thread runs where it did: FF_ERROR_USAGE (not this machine; no such place),
 * FF_ERROR_MEMORY, FF_ERROR_IO (the system refuses: the process lost that processor meanwhile). */
FF_NODISCARD ff_status ff_topology_bind(const struct ff_topology *topology, const int *places, int n,
                                        struct ff_error *error);

/* Splits the places among `parts` processes (1 .. n_places), each at least one, neighbours, and all used: part number
 * `part` has *n places from *first on. Parts end where a cache domain does, as far as that leaves them no more than a
 * third larger or smaller than the others. Thread-safe. */
void ff_topology_part(const struct ff_topology *topology, int parts, int part, int *first, int *n);

/* Writes the longest run of processors at equal distances that begins at place i, before place end, such as "3", "0-3"
 * or "0-14:2"; returns the place after it. Thread-safe. */
int ff_topology_run_text(const struct ff_topology *topology, int i, int end, char *text, size_t size);

/* Writes the system's numbers of n places from `first` on as taskset reads them, such as "0-3,8-14:2"; cut off if they
 * do not fit. Thread-safe. */
void ff_topology_places_text(const struct ff_topology *topology, int first, int n, char *text, size_t size);

/* "hwloc 2.9.0". Never NULL; filled on the first call, which is not thread-safe. */
const char *ff_topology_library(void);

#endif

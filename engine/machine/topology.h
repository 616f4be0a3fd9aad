/* Which processors this process may use, and which of them share a cache.
 *
 * A place is a processor that one of our threads may be bound to: by default one per core. Places are in the order in
 * which stages take them: those of a cache domain are neighbours, then come the others of its NUMA node, then those of
 * its package. All numbers in a place count from 0 in that order, so that they index arrays of the given lengths.
 *
 * A topology is read once and constant afterwards, so any thread may use it. */
#ifndef ENGINE_MACHINE_TOPOLOGY_H
#define ENGINE_MACHINE_TOPOLOGY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/batch_system.h"

struct ff_place {
	int processor; /* the system's number of the processor */
	int core;
	int domain; /* cache domain */
	int node;   /* NUMA node */
	int package;
};

/* Cores that share a cache: the innermost one that several cores of the machine share. If there is none: the cores of a
 * NUMA node or of a package, whichever is smaller; then level and bytes are 0. */
struct ff_domain {
	int level;           /* of the cache: 2, 3 */
	size_t bytes;        /* of the cache; 0 if unknown */
	int first, n_places; /* its places are first .. first + n_places - 1 */
};

enum ff_part_kind { FF_PART_MACHINE, FF_PART_PACKAGE, FF_PART_NODE, FF_PART_GROUP, FF_PART_CACHE, FF_PART_CORE };

/* A part of the machine that has places. Parts inside it follow it with a larger depth. */
struct ff_part {
	enum ff_part_kind kind;
	int level;           /* of a cache */
	int number;          /* the system's number; -1: none */
	size_t bytes;        /* of a cache or of a node's memory; 0: unknown */
	int depth;           /* in the tree; the machine's is 0 */
	int first, n_places; /* its places are first .. first + n_places - 1 */
	int n_cores;
};

/* Why this process has fewer places than the machine has processors: each number counts what the ones above it
 * leave. */
struct ff_topology_limits {
	int machine;  /* processors of the machine, hyper-threads included */
	int allowed;  /* by the control group's list (cpuset) */
	int affinity; /* by the affinity mask of the calling thread */
	int unused;   /* of these, second and further hyper-threads of a core; 0 if these are used */
	int most;     /* limit that the caller asked for; 0: none */
	struct ff_batch_system_limit batch; /* see batch_cut for whether it matters; none for a described machine */
	bool batch_cut; /* `batch` reduced the places; others with the same variable would choose the same ones */
	/* Whoever started the process gave it processors of its own: the affinity mask excludes some that the control
	 * group allows, or the group belongs to a batch job and excludes some of the machine's. */
	bool narrowed;
	double quota; /* CPU time that the control group may use, in processors; infinity: no limit */
	/* The quota reduced the places. The system may then run us on any processor, and other processes with a quota
	 * would choose the same places, so threads should not be bound. */
	bool quota_cut;
};

struct ff_topology {
	struct ff_place *places;
	struct ff_domain *domains;
	struct ff_part *parts; /* a tree in preorder; the first one is the machine */
	int n_places, n_cores, n_domains, n_nodes, n_packages, n_parts;
	struct ff_topology_limits limits;
	bool here;     /* it is this machine, not a described one */
	void *machine; /* private */
};

struct ff_topology_options {
	const char *description; /* of another machine, see below; NULL: this machine */
	bool hyper_threads;      /* one place per hyper-thread, those of a core side by side; else one per core */
	int most;                /* use only the first `most` places; 0: all */
};

/* Reads this machine, as far as the calling thread may use it: affinity mask, and the control group's cpuset and quota
 * (as set by taskset, containers and batch systems), and the variables of ff_batch_system_limit(). Or reads a
 * description, of which everything is used.
 *
 * A description is a list of words `LEVEL:COUNT` from the outside in, where each COUNT is for one of the level before:
 * "package:2 l3:8 core:8 pu:2" has 128 cores. Levels: package, die, group, numa, l5 .. l1, core (required), pu (the
 * hyper-threads of a core; default 1). hwloc's attributes may follow in parentheses, such as l3:8(size=32MiB) or
 * numa:2(memory=64GiB). A word that ends in .xml names a file that hwloc's lstopo wrote on that machine.
 *
 * Call it before threads are bound, as a bound thread sees only its own processors. End it with ff_topology_fini().
 * Errors: FF_ERROR_USAGE (description), FF_ERROR_IO (no such file), FF_ERROR_MEMORY, FF_ERROR_INTERNAL (hwloc
 * fails). */
FF_NODISCARD ff_status ff_topology_init(struct ff_topology *topology, const struct ff_topology_options *options,
                                        struct ff_error *error);

void ff_topology_fini(struct ff_topology *topology);

/* Processors that this process could use without quota and variables: those of the affinity mask, one per core unless
 * hyper-threads are used. The places are the first of them. */
static inline int ff_topology_open_places(const struct ff_topology *topology)
{
	return topology->limits.affinity - topology->limits.unused;
}

/* Binds the calling thread to n places, given by their indices; with n = 0 to all processors that it was allowed when
 * the topology was read, which undoes a binding. Threads that it starts later inherit the binding. Errors:
 * FF_ERROR_USAGE (a described machine, or no such place), FF_ERROR_MEMORY, FF_ERROR_IO (the system refuses, because the
 * process lost that processor meanwhile). After an error the thread runs where it did before. */
FF_NODISCARD ff_status ff_topology_bind(const struct ff_topology *topology, const int *places, int n,
                                        struct ff_error *error);

/* Divides the places among `parts` processes (1 .. n_places) into contiguous ranges of at least one place: part number
 * `part` gets *n places from *first on. Parts end at the ends of cache domains if that makes none more than a third
 * larger or smaller than the others. Thread-safe. */
void ff_topology_part(const struct ff_topology *topology, int parts, int part, int *first, int *n);

/* Writes the longest run of processors at equal distances that begins at place i and ends before place `end`, such as
 * "3", "0-3" or "0-14:2"; returns the place after it. Thread-safe. */
int ff_topology_run_text(const struct ff_topology *topology, int i, int end, char *text, size_t size);

/* Writes the system's numbers of n places from `first` on in the format of taskset, such as "0-3,8-14:2"; truncated if
 * they do not fit. Thread-safe. */
void ff_topology_places_text(const struct ff_topology *topology, int first, int n, char *text, size_t size);

/* Returns "hwloc 2.9.0" or the like, never NULL. The first call is not thread-safe. */
const char *ff_topology_library(void);

#endif

/* The seconds that n threads take for a station's work on a packet (model/workload.h), by a model of the machine:
 *
 *     products   2 m n k flops at the rate of a core, the largest share of n threads counting; B is packed at every
 *                call, by each thread for itself, which takes as long as some rows more (product/gemm_simd.h)
 *     streams    weights and optimizer state, at the bandwidth of the cache as far as they fit, else of the memory
 *     passes     activations, read and written while in cache; by a team, whose threads wait for what the others have
 *                written, several times as slowly
 *     fixed      a station's own, each parallel region's (twice as long across cache domains, and again across
 *                packages), each packet's hand-off
 *
 * The rates of a machine are measured (plan/calibrate.h), given, or those of a table. They decide who computes what,
 * never a bit of a result. All functions are thread-safe. */
#ifndef ENGINE_PLAN_COST_H
#define ENGINE_PLAN_COST_H

#include "machine/topology.h"
#include "model/workload.h"

/* What was or can be measured; in flops, bytes and seconds. */
struct ff_rates {
	double flops;           /* a second, of one core in a product of many rows */
	double packing;         /* rows that a product could compute while it packs B */
	double cache_bandwidth; /* bytes a second of one core, in its caches */
	double bandwidth;       /* of one core, from memory */
	double node_bandwidth;  /* of all cores of a NUMA node together */
	double region;          /* seconds until two threads have met at the end of a parallel region */
	double hand_off;        /* seconds of a station for each packet: waking who waits for it */
};

/* A core of a server of 2023 (AVX-512). */
extern const struct ff_rates ff_rates_table;

/* A machine as the model sees it: equal cores, so many of them to a cache and to a memory. */
struct ff_machine_model {
	struct ff_rates rates;
	double cache;              /* bytes of shared cache for each core; 0: unknown, counts as none */
	int domain, package, node; /* cores of a cache domain, of a package, of a NUMA node */
	int nodes, cores;          /* NUMA nodes; cores in all */
};

/* The machine of a topology, by its largest domain, package and node. */
struct ff_machine_model ff_machine_model_of(const struct ff_topology *topology, const struct ff_rates *rates);

/* So many cores of one cache domain and one NUMA node, of which nothing else is known. */
struct ff_machine_model ff_machine_model_flat(int cores, const struct ff_rates *rates);

/* Which share of `footprint` bytes, those of all stations together, the caches of so many cores hold. */
double ff_share_in_cache(const struct ff_machine_model *machine, double footprint, int cores);

/* Seconds of a phase with so many threads, that share of what it streams being in the caches. */
double ff_workload_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                           enum ff_work_phase phase, int threads, double cached);

/* Seconds more that a phase takes if its team, no larger than a package, lies in two. */
double ff_workload_torn_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                enum ff_work_phase phase, int threads);

/* Seconds more that a station with so many threads takes to read what one in another package has written: from memory,
 * not from a cache. */
double ff_workload_crossing_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                    int threads);

/* Bytes a packet moves from memory. */
double ff_workload_traffic(const struct ff_workload *workload, double cached);

#endif

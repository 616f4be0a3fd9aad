/* The seconds that n threads need for a station's work on a packet (model/workload.h), by a model of the machine:
 *
 *     products   2 m n k flops at the rate of a core, for the largest of the threads' shares; each thread packs B for
 *                itself at every call, which takes as long as some more rows (product/gemm_simd.h)
 *     streams    weights and optimizer state, at the bandwidth of the cache as far as they fit, otherwise of the memory
 *     passes     activations, read and written while in cache; several times slower for a team, whose threads wait for
 *                what the others have written
 *     fixed      the station's own time, that of each parallel region (twice as long across cache domains, and again
 *                across packages), and each packet's hand-off
 *
 * A machine's rates are measured (plan/calibrate.h), given, or taken from a table. They decide who computes what, never
 * a bit of a result. All functions are thread-safe. */
#ifndef ENGINE_PLAN_COST_H
#define ENGINE_PLAN_COST_H

#include "machine/topology.h"
#include "model/workload.h"

/* Rates of a machine in flops, bytes and seconds. */
struct ff_rates {
	double flops;           /* flops a second of one core in a product of many rows */
	double packing;         /* packing B takes as long as this many rows of the product */
	double cache_bandwidth; /* bytes a second of one core, in its caches */
	double bandwidth;       /* bytes a second of one core, from memory */
	double node_bandwidth;  /* bytes a second of all cores of a NUMA node together, from memory */
	double region;          /* seconds that two threads need to synchronise at the end of a parallel region */
	double hand_off;        /* seconds that a station needs for each packet to wake the next one */
};

/* Rates of a core of a server of 2023 (AVX-512). */
extern const struct ff_rates ff_rates_table;

/* A machine as the model sees it: equal cores, and how many of them share a cache or a memory. */
struct ff_machine_model {
	struct ff_rates rates;
	double cache;              /* bytes of shared cache per core; 0: unknown, counts as none */
	int domain, package, node; /* cores of a cache domain, of a package, of a NUMA node */
	int nodes, cores;          /* NUMA nodes; cores in all */
};

/* The model of a topology, by its largest domain, package and node. */
struct ff_machine_model ff_machine_model_of(const struct ff_topology *topology, const struct ff_rates *rates);

/* The model of `cores` cores in one cache domain and one NUMA node, of which nothing else is known. */
struct ff_machine_model ff_machine_model_flat(int cores, const struct ff_rates *rates);

/* The share of `footprint` bytes (those of all stations together) that the caches of `cores` cores hold. */
double ff_share_in_cache(const struct ff_machine_model *machine, double footprint, int cores);

/* Seconds of a phase with the given threads, if the share `cached` of the streamed bytes is in the caches. */
double ff_workload_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                           enum ff_work_phase phase, int threads, double cached);

/* Additional seconds of a phase if its team, no larger than a package, is split across two packages. */
double ff_workload_split_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                 enum ff_work_phase phase, int threads);

/* Additional seconds of a station with the given threads that reads what a station in another package wrote: from
 * memory instead of a cache. */
double ff_workload_crossing_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                    int threads);

/* Bytes that a packet moves to and from memory. */
double ff_workload_traffic(const struct ff_workload *workload, double cached);

#endif

/* What a batch costs each station, by a model of the machine: the seconds that n threads take.
 *
 *     products   2 m n k flops at the rate of a core, the largest share of n threads counting; B is packed at every
 *                call, by each thread for itself, which takes as long as some rows more (engine/product/gemm_simd.h)
 *     streams    weights and optimizer state, at the bandwidth of the cache as far as they fit, else of the memory
 *     passes     activations, read and written while in cache; by a team, whose threads wait for what the others have
 *                written, several times as slowly
 *     fixed      a station's own, each parallel region's (twice as long across cache domains, and again across
 *                packages), each packet's hand-off
 *
 * The numbers of a machine are measured (plan/calibrate.h), given, or those of a table. They decide who computes
 * what, never a bit of a result. All functions are thread-safe. */
#ifndef ENGINE_PLAN_COST_H
#define ENGINE_PLAN_COST_H

#include "machine/topology.h"
#include "pipeline/schedule.h"

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

/* What comes after one another in the stream of packets. With a lag of 0 a batch is two packets, else one. */
enum ff_cost_packet { FF_COST_WHOLE, FF_COST_PROBES, FF_COST_PAIRS };

/* One half of a station's work on a packet: until it hands on, or after that. */
struct ff_half {
	size_t m, n, k;  /* of its product; m = 0: none */
	bool by_rows;    /* the product is always split by rows */
	bool in_panels;  /* its right operand is, and is not packed */
	double effort;   /* its time as a multiple of what it takes with its operands in cache, in one sum */
	double flops;    /* of arithmetic beside the product, as products' flops */
	double streamed; /* bytes of weights and state */
	double passed;   /* bytes of activations */
	double seconds;  /* that do not shrink with more threads */
	int regions;     /* parallel regions */
};

struct ff_load {
	struct ff_half half[2]; /* until it hands on; after that */
	double footprint;       /* bytes that it comes back to with every batch */
	double received;        /* bytes of activations that it reads of stations before */
};

/* Fills *load with the work of node 0, the source, or node s + 1, station s, on one packet of a net whose layers train
 * together, past the epoch's beginning. */
void ff_load_of(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int node,
                enum ff_cost_packet packet, struct ff_load *load);

/* The same of one packet that the node has got, whatever its kind; the rows of labels that are no product's left
 * out. */
void ff_load_of_packet(const struct ff_experiment *experiment, const struct ff_data_shape *shape, int node,
                       const struct ff_packet *packet, struct ff_load *load);

/* Flops of the half's matrix product. */
static inline double ff_half_flops(const struct ff_half *half)
{
	return 2.0 * (double)half->m * (double)half->n * (double)half->k;
}

/* Flops of its matrix products. */
double ff_load_flops(const struct ff_load *load);

/* Which share of `footprint` bytes, those of all stations together, the caches of so many cores hold. */
double ff_share_in_cache(const struct ff_machine_model *machine, double footprint, int cores);

/* Seconds of half 0 or 1 with so many threads, that share of what it streams being in the caches. */
double ff_load_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int half, int threads,
                       double cached);

/* Seconds more that half 0 or 1 takes if its team, no larger than a package, lies in two. */
double ff_load_torn_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int half, int threads);

/* Seconds more that a station with so many threads takes to read what one in another package has written: from memory,
 * not from a cache. */
double ff_load_crossing_seconds(const struct ff_machine_model *machine, const struct ff_load *load, int threads);

/* Bytes a packet moves from memory. */
double ff_load_traffic(const struct ff_load *load, double cached);

#endif

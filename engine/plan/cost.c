#include "plan/cost.h"

#include <math.h>

#include "product/gemm.h"
#include "product/gemm_simd.h"

const struct ff_rates ff_rates_table = {
    .flops = 200e9,
    .packing = 12,
    .cache_bandwidth = 60e9,
    .bandwidth = 12e9,
    .node_bandwidth = 100e9,
    .region = 10e-6,
    .hand_off = 5e-6,
};

/* Passes of a team take this many times as long as those of one thread, because its threads wait for what the others
 * have written. Fitted to trainings of many nets with rates measured at the time (tests/bench/NOTEBOOK.md). */
static const double TEAM_PASSES = 5;

/* Upper limit of the cache of a core. Virtual machines report the cache of the whole machine, which they share. */
enum { MOST_CACHE = 8 << 20 };

/* ---- the machine ---- */

static int largest_domain(const struct ff_topology *t)
{
	int most = 1;
	for (int d = 0; d < t->n_domains; d++)
		most = t->domains[d].n_places > most ? t->domains[d].n_places : most;
	return most;
}

static int node_of(const struct ff_place *place)
{
	return place->node;
}

static int package_of(const struct ff_place *place)
{
	return place->package;
}

/* The largest number of consecutive places for which `which` is the same. */
static int largest(const struct ff_topology *t, int (*which)(const struct ff_place *place))
{
	int most = 1;
	for (int i = 0, begin = 0; i < t->n_places; i++) {
		if (which(&t->places[i]) != which(&t->places[begin]))
			begin = i;
		most = i - begin + 1 > most ? i - begin + 1 : most;
	}
	return most;
}

struct ff_machine_model ff_machine_model_of(const struct ff_topology *topology, const struct ff_rates *rates)
{
	double bytes = 0;
	for (int d = 0; d < topology->n_domains; d++)
		bytes += (double)topology->domains[d].bytes;
	bytes /= topology->n_places ? topology->n_places : 1;
	return (struct ff_machine_model){
	    .rates = *rates,
	    .cache = fmin(bytes, MOST_CACHE),
	    .domain = largest_domain(topology),
	    .package = largest(topology, package_of),
	    .node = largest(topology, node_of),
	    .nodes = topology->n_nodes > 0 ? topology->n_nodes : 1,
	    .cores = topology->n_places,
	};
}

struct ff_machine_model ff_machine_model_flat(int cores, const struct ff_rates *rates)
{
	return (struct ff_machine_model){*rates, 0, cores, cores, cores, 1, cores};
}

/* ---- seconds ---- */

static double up_to(size_t n, size_t grain)
{
	return (double)((n + grain - 1) / grain * grain);
}

/* The largest share of `length` that a thread gets, in whole grains. */
static double share_of(size_t length, size_t grain, int threads)
{
	size_t grains = (length + grain - 1) / grain, parts = (size_t)threads;
	return (double)((grains + parts - 1) / parts * grain);
}

/* C [m x n] = A [m x k] B [k x n]. Rows and columns are rounded up to whole registers. */
static double product_seconds(const struct ff_rates *rates, const struct ff_phase_work *work, int threads)
{
	double rows = up_to(work->m, FF_SIMD_ROW_GRAIN), columns = up_to(work->n, FF_SIMD_COLUMN_GRAIN);
	if ((double)work->m * (double)work->n * (double)work->k < FF_GEMM_WORTH_SPLITTING)
		threads = 1;
	if (work->by_rows || work->m >= work->n)
		rows = share_of(work->m, FF_SIMD_ROW_GRAIN, threads);
	else
		columns = share_of(work->n, FF_SIMD_COLUMN_GRAIN, threads);
	return work->effort * 2 * (rows + (work->in_panels ? 0 : rates->packing)) * columns * (double)work->k /
	       rates->flops;
}

double ff_share_in_cache(const struct ff_machine_model *machine, double footprint, int cores)
{
	return footprint > 0 ? fmin(1, machine->cache * cores / footprint) : 1;
}

/* Bytes a second that a team reads from memory: limited by its cores and by their nodes. */
static double team_bandwidth(const struct ff_machine_model *machine, int threads)
{
	double nodes = ceil((double)threads / machine->node);
	return fmin(threads * machine->rates.bandwidth, nodes * machine->rates.node_bandwidth);
}

/* Threads synchronise in a tree; it takes longer across cache domains, and again across packages. */
static double region_seconds(const struct ff_machine_model *machine, int threads, bool split)
{
	double far = (threads > machine->domain ? 2 : 1) * (split || threads > machine->package ? 2 : 1);
	return threads == 1 ? 0 : machine->rates.region * log2(threads) * far;
}

double ff_workload_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                           enum ff_work_phase phase, int threads, double cached)
{
	const struct ff_rates *rates = &machine->rates;
	const struct ff_phase_work *h = &workload->phase[phase];
	double seconds = h->seconds + h->regions * region_seconds(machine, threads, false);
	if (h->m && h->n && h->k)
		seconds += product_seconds(rates, h, threads);
	seconds += h->flops / (threads * rates->flops);
	seconds +=
	    ((threads > 1 ? TEAM_PASSES : 1) * h->passed + cached * h->streamed) / (threads * rates->cache_bandwidth);
	seconds += (1 - cached) * h->streamed / team_bandwidth(machine, threads);
	return seconds + (phase == FF_WORK_HAND_ON ? rates->hand_off : 0);
}

double ff_workload_split_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                 enum ff_work_phase phase, int threads)
{
	double near = region_seconds(machine, threads, false);
	return workload->phase[phase].regions * (region_seconds(machine, threads, true) - near);
}

double ff_workload_crossing_seconds(const struct ff_machine_model *machine, const struct ff_workload *workload,
                                    int threads)
{
	return workload->received *
	       fmax(0, 1 / team_bandwidth(machine, threads) - 1 / (threads * machine->rates.cache_bandwidth));
}

double ff_workload_traffic(const struct ff_workload *workload, double cached)
{
	return (1 - cached) * (workload->phase[FF_WORK_HAND_ON].streamed + workload->phase[FF_WORK_LEARN].streamed);
}

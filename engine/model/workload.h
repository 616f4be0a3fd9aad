/* The work of a station on a packet, as each station estimates it for itself. The planner converts it to seconds
 * (plan/cost.h); a profile sums its flops and bytes. Plain values. */
#ifndef ENGINE_MODEL_WORKLOAD_H
#define ENGINE_MODEL_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

/* A station works on a packet in two phases: it hands it on, then it learns from it. */
enum ff_work_phase { FF_WORK_HAND_ON, FF_WORK_LEARN, FF_N_WORK_PHASES };

/* The work of one phase. */
struct ff_phase_work {
	size_t m, n, k;  /* of the matrix product C [m x n] = A [m x k] B [k x n]; m = 0: none */
	bool by_rows;    /* threads always divide the product by rows */
	bool in_panels;  /* B is stored in panels, so it need not be packed */
	double effort;   /* time of the product as a multiple of one whose operands are in cache */
	double flops;    /* other arithmetic, in flops of a product that take as long */
	double streamed; /* bytes of weights and optimizer state */
	double passed;   /* bytes of activations */
	double seconds;  /* not shortened by more threads */
	int regions;     /* parallel regions */
};

struct ff_workload {
	struct ff_phase_work phase[FF_N_WORK_PHASES];
	double footprint; /* bytes that the station uses again for every mini-batch */
	double received;  /* bytes of activations that it reads from previous stations */
};

/* Flops of a phase's matrix product. */
static inline double ff_phase_flops(const struct ff_phase_work *phase)
{
	return 2.0 * (double)phase->m * (double)phase->n * (double)phase->k;
}

/* Flops of both products. */
static inline double ff_workload_flops(const struct ff_workload *workload)
{
	return ff_phase_flops(&workload->phase[FF_WORK_HAND_ON]) + ff_phase_flops(&workload->phase[FF_WORK_LEARN]);
}

#endif

/* What a packet asks of a processor, as each station reports it of itself. The planner turns it into seconds
 * (plan/cost.h), a profile adds its flops and bytes up. Plain values. */
#ifndef ENGINE_MODEL_WORKLOAD_H
#define ENGINE_MODEL_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

/* A station works in two phases: it hands a packet on, then it learns from it. */
enum ff_work_phase { FF_WORK_HAND_ON, FF_WORK_LEARN, FF_N_WORK_PHASES };

/* One phase of the work on a packet. */
struct ff_phase_work {
	size_t m, n, k;  /* of its matrix product, C [m x n] = A [m x k] B [k x n]; m = 0: none */
	bool by_rows;    /* threads always share the product out by rows */
	bool in_panels;  /* B is kept in panels, so it need not be packed */
	double effort;   /* time of the product as a multiple of one whose operands are in cache */
	double flops;    /* of other arithmetic, in flops of a product */
	double streamed; /* bytes of weights and optimizer state */
	double passed;   /* bytes of activations */
	double seconds;  /* that more threads do not shorten */
	int regions;     /* parallel regions */
};

struct ff_workload {
	struct ff_phase_work phase[FF_N_WORK_PHASES];
	double footprint; /* bytes that the station comes back to with every batch */
	double received;  /* bytes of activations that it reads from the stations before it */
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

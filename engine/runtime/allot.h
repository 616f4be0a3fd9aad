/* Which leader runs which layers, with how many threads. */
#ifndef ENGINE_RUNTIME_ALLOT_H
#define ENGINE_RUNTIME_ALLOT_H

#include "runtime/graph.h"

/* Microseconds that a batch takes in a layer of I x O with one thread, by a rough model: 2 R I O flops for R rows, those
 * of the forward pass and those of the gradient together; an update that streams the weights and their optimizer state;
 * and a fixed part for what does not grow. */
double ff_layer_cost(size_t inputs, size_t outputs, size_t rows);

/* Shares `threads` out among leaders of consecutive layers with the given costs [n]: every layer has one leader, the
 * leaders' threads add up to `threads`, and the slowest leader is as fast as possible, where a team of more than one
 * thread counts as less than its number. Returns how many leaders it filled in. Exact; O(n^2). */
int ff_allot(const double *costs, int n, int threads, struct ff_leader *leaders);

#endif

#include "runtime/allot.h"

#include <math.h>

/* A core's rate in products, the update's time a weight, and a layer's fixed time; all in microseconds. */
static const double PRODUCT = 1.0 / 50e3, UPDATE = 1.0 / 400, FIXED = 20;

/* What a team of several loses where its threads meet. */
static const double TEAM_LOSS = 1.12;

double ff_layer_cost(size_t inputs, size_t outputs, size_t pairs)
{
	double weights = (double)inputs * (double)outputs;
	return FIXED + weights * (4 * (double)pairs * PRODUCT + UPDATE);
}

/* Threads that a leader needs to take no longer than `time` over `cost`. */
static int threads_for(double cost, double time)
{
	return cost <= time ? 1 : (int)fmin(ceil(TEAM_LOSS * cost / time), 1e6);
}

static double time_of(double cost, int threads)
{
	return threads == 1 ? cost : TEAM_LOSS * cost / threads;
}

/* The fewest threads with which layers [0, n) take no longer than `time`; start[i] is where the leader that ends with
 * layer i begins. */
static int fewest_threads(const double *costs, int n, double time, int *start)
{
	int fewest[FF_MAX_LAYERS + 1] = {0};
	for (int end = 1; end <= n; end++) {
		double cost = 0;
		fewest[end] = INT32_MAX;
		for (int first = end - 1; first >= 0; first--) { /* on a tie the shorter: more leaders overlap more */
			cost += costs[first];
			int threads = fewest[first] + threads_for(cost, time);
			if (threads < fewest[end]) {
				fewest[end] = threads;
				start[end - 1] = first;
			}
		}
	}
	return fewest[n];
}

/* Leaders in order, from where each ends. */
static int read_leaders(const double *costs, int n, double time, const int *start, struct ff_leader *leaders)
{
	int count = 0;
	for (int end = n; end > 0; end = start[end - 1])
		count++;
	int i = count;
	for (int end = n; end > 0; end = start[end - 1]) {
		double cost = 0;
		for (int l = start[end - 1]; l < end; l++)
			cost += costs[l];
		leaders[--i] = (struct ff_leader){start[end - 1], end, threads_for(cost, time)};
	}
	return count;
}

/* Threads that are left over go where the time is longest. */
static void spend(const double *costs, int threads, struct ff_leader *leaders, int n)
{
	double cost[FF_MAX_LAYERS] = {0};
	for (int i = 0; i < n; i++) {
		threads -= leaders[i].threads;
		for (int l = leaders[i].first; l < leaders[i].end; l++)
			cost[i] += costs[l];
	}
	for (; threads > 0; threads--) {
		int slowest = 0;
		for (int i = 1; i < n; i++)
			if (time_of(cost[i], leaders[i].threads) > time_of(cost[slowest], leaders[slowest].threads))
				slowest = i;
		leaders[slowest].threads++;
	}
}

int ff_allot(const double *costs, int n, int threads, struct ff_leader *leaders)
{
	enum { HALVINGS = 60 };
	int start[FF_MAX_LAYERS];
	double low = 0, high = 0;
	for (int l = 0; l < n; l++)
		high += costs[l]; /* one thread for everything */
	high *= 1 + 1e-9;         /* in whichever order it is added up */
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		if (fewest_threads(costs, n, middle, start) <= threads)
			high = middle;
		else
			low = middle;
	}
	(void)fewest_threads(costs, n, high, start);
	int count = read_leaders(costs, n, high, start, leaders);
	spend(costs, threads, leaders, count);
	return count;
}

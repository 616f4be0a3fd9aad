#include "runtime/allot.h"

#include <math.h>

/* A core's rate in products, the update's time a weight, and a layer's fixed time; all in microseconds. */
static const double PRODUCT = 1.0 / 50e3, UPDATE = 1.0 / 400, FIXED = 20;

/* What a team of several loses where its threads meet. */
static const double TEAM_LOSS = 1.12;

double ff_layer_cost(size_t inputs, size_t outputs, size_t rows)
{
	double weights = (double)inputs * (double)outputs;
	return FIXED + weights * ((double)rows * PRODUCT + UPDATE);
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
 * layer i begins. sums[i] is what layers [0, i) cost: a leader's cost is the same difference everywhere, to the bit. */
static int fewest_threads(const double *sums, int n, double time, int *start)
{
	int fewest[FF_MAX_STATIONS + 1] = {0};
	for (int end = 1; end <= n; end++) {
		fewest[end] = INT32_MAX;
		for (int first = end - 1; first >= 0; first--) { /* on a tie the shorter: more leaders overlap more */
			int threads = fewest[first] + threads_for(sums[end] - sums[first], time);
			if (threads < fewest[end]) {
				fewest[end] = threads;
				start[end - 1] = first;
			}
		}
	}
	return fewest[n];
}

/* Leaders in order, from where each ends. */
static int read_leaders(const double *sums, int n, double time, const int *start, struct ff_leader *leaders)
{
	int count = 0;
	for (int end = n; end > 0; end = start[end - 1])
		count++;
	int i = count;
	for (int end = n; end > 0; end = start[end - 1]) {
		int first = start[end - 1];
		leaders[--i] = (struct ff_leader){first, end, threads_for(sums[end] - sums[first], time)};
	}
	return count;
}

static double time_of_leader(const double *sums, const struct ff_leader *leader)
{
	return time_of(sums[leader->end] - sums[leader->first], leader->threads);
}

/* Threads that are left over go where the time is longest. */
static void spend(const double *sums, int threads, struct ff_leader *leaders, int n)
{
	for (int i = 0; i < n; i++)
		threads -= leaders[i].threads;
	for (; threads > 0; threads--) {
		int slowest = 0;
		for (int i = 1; i < n; i++)
			if (time_of_leader(sums, &leaders[i]) > time_of_leader(sums, &leaders[slowest]))
				slowest = i;
		leaders[slowest].threads++;
	}
}

int ff_allot(const double *costs, int n, int threads, struct ff_leader *leaders)
{
	enum { HALVINGS = 60 };
	int start[FF_MAX_STATIONS];
	double sums[FF_MAX_STATIONS + 1] = {0};
	for (int l = 0; l < n; l++)
		sums[l + 1] = sums[l] + costs[l];
	double low = 0, high = sums[n]; /* one thread for everything */
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		if (fewest_threads(sums, n, middle, start) <= threads)
			high = middle;
		else
			low = middle;
	}
	high *= 1 + 1e-6; /* so that equal ways are equal whatever rounding does */
	(void)fewest_threads(sums, n, high, start);
	int count = read_leaders(sums, n, high, start, leaders);
	spend(sums, threads, leaders, count);
	return count;
}

#include "run/work.h"

static double seconds(uint64_t nanoseconds)
{
	return 1e-9 * (double)nanoseconds;
}

/* The waits of a station between edges `in` and `out`, either of which may be -1; 0 without a ring. */
static struct ff_work waits(const struct ff_net *net, int in, int out, int threads)
{
	struct ff_work work = {.threads = threads};
	struct ff_ring_counters counters;
	if (net->graph.pipeline && in >= 0) {
		ff_ring_read_counters(&net->rings[in], &counters);
		work.waiting_input = seconds(counters.empty.nanoseconds);
	}
	if (net->graph.pipeline && out >= 0) {
		ff_ring_read_counters(&net->rings[out], &counters);
		work.waiting_output = seconds(counters.full.nanoseconds);
	}
	return work;
}

/* The leader's busiest station. *total: the time of all its stations. */
static int busiest(const struct ff_result *result, const struct ff_leader *leader, double *total)
{
	int most = leader->first;
	*total = 0;
	for (int l = leader->first; l < leader->end; l++) {
		*total += result->execution.stages[l].busy;
		if (result->execution.stages[l].busy > result->execution.stages[most].busy)
			most = l;
	}
	return most;
}

static int bottleneck(const struct ff_net *net, const struct ff_result *result)
{
	int slowest = -1;
	double longest = result->execution.source.busy;
	for (int i = 0; i < net->graph.n_leaders; i++) {
		double total;
		int layer = busiest(result, &net->graph.leaders[i], &total);
		if (total >= longest) {
			longest = total;
			slowest = layer;
		}
	}
	return result->execution.collector.busy > longest ? net->graph.n_stations : slowest;
}

void ff_work_report(const struct ff_net *net, const struct ff_source *source, struct ff_result *result)
{
	const struct ff_graph *graph = &net->graph;
	result->execution.pipeline = graph->pipeline;
	result->execution.n_layers = net->n_layers;
	result->execution.n_stations = graph->n_stations;
	result->execution.source = waits(net, -1, 0, 1);
	result->execution.source.busy = source->seconds;
	result->execution.collector = waits(net, graph->n_stations, -1, 1);
	result->execution.collector.busy = net->collecting;
	for (int i = 0; i < graph->n_leaders; i++) {
		const struct ff_leader *leader = &graph->leaders[i];
		for (int l = leader->first; l < leader->end; l++) {
			result->execution.leader[l] = i;
			result->execution.stages[l] = waits(net, leader->first, leader->end, leader->threads);
			result->execution.stages[l].busy = net->stations[l]->seconds;
		}
	}
	result->execution.bottleneck = bottleneck(net, result);
}

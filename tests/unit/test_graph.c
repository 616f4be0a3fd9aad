#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/allot.h"
#include "runtime/graph.h"

/* ---- sharing threads out ---- */

static double time_of(const double *costs, const struct ff_leader *leader)
{
	double cost = 0;
	for (int l = leader->first; l < leader->end; l++)
		cost += costs[l];
	return leader->threads == 1 ? cost : 1.12 * cost / leader->threads;
}

static double slowest(const double *costs, const struct ff_leader *leaders, int n)
{
	double most = 0;
	for (int i = 0; i < n; i++)
		most = fmax(most, time_of(costs, &leaders[i]));
	return most;
}

/* The best of all ways to lead layers [first, n) with `threads`, given the slowest leader so far. */
static double best(const double *costs, int first, int n, int threads, double so_far)
{
	double least = INFINITY;
	if (first == n)
		return so_far;
	for (int end = first + 1; end <= n; end++)
		for (int t = 1; t <= threads; t++) {
			struct ff_leader leader = {first, end, t};
			least = fmin(least, best(costs, end, n, threads - t, fmax(so_far, time_of(costs, &leader))));
		}
	return least;
}

static void threads_are_shared_out_as_well_as_can_be(void)
{
	static const double COSTS[][5] = {
	    {1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}, {9, 1, 1, 1, 1}, {1, 1, 1, 1, 9}, {3, 1, 4, 1, 5}, {1, 100, 1, 1, 100},
	};
	struct ff_leader leaders[FF_MAX_LAYERS];
	for (size_t c = 0; c < sizeof COSTS / sizeof *COSTS; c++)
		for (int threads = 1; threads <= 8; threads++) {
			int n = ff_allot(COSTS[c], 5, threads, leaders), sum = 0;
			for (int i = 0; i < n; i++) {
				CHECK_INT(leaders[i].first, i ? leaders[i - 1].end : 0);
				sum += leaders[i].threads;
			}
			CHECK_INT(leaders[n - 1].end, 5);
			CHECK_INT(sum, threads);
			CHECK_NEAR(slowest(COSTS[c], leaders, n), best(COSTS[c], 0, 5, threads, 0), 1e-9);
		}
}

static void large_nets_are_shared_out_too(void)
{
	double costs[FF_MAX_LAYERS], total = 0;
	struct ff_leader leaders[FF_MAX_LAYERS];
	for (int l = 0; l < FF_MAX_LAYERS; l++)
		total += costs[l] = 1 + l % 7;
	for (int threads = 1; threads <= 4096; threads *= 8) {
		int n = ff_allot(costs, FF_MAX_LAYERS, threads, leaders), sum = 0;
		for (int i = 0; i < n; i++)
			sum += leaders[i].threads;
		CHECK_INT(sum, threads);
		CHECK(slowest(costs, leaders, n) < 1.5 * fmax(1.12 * total / threads, threads < 600 ? 7 : 0.3));
	}
}

/* Costs as they are, whose sums are not exact in any order. */
static void the_total_is_met_for_any_costs(void)
{
	struct ff_leader leaders[FF_MAX_LAYERS];
	double costs[64];
	unsigned random = 12345;
	for (int trial = 0; trial < 4000; trial++) {
		int n = 1 + trial % 64, threads = 1 + (trial * 7) % 90, sum = 0;
		size_t inputs = 784;
		for (int l = 0; l < n; l++) {
			random = random * 1664525U + 1013904223U;
			size_t width = trial % 3 ? 8 + (random >> 8) % 3000 : 300;
			costs[l] = ff_layer_cost(inputs, width, 1 + (size_t)trial % 500);
			inputs = width;
		}
		int leading = ff_allot(costs, n, threads, leaders);
		for (int i = 0; i < leading; i++)
			sum += leaders[i].threads;
		CHECK_INT(sum, threads);
	}
}

/* ---- the graph ---- */

static const struct ff_data_shape SHAPE = {.features = 784, .classes = 10, .n = {60000, 0, 10000}};

static struct ff_experiment net(int n, int width)
{
	struct ff_experiment e = {.n_layers = n, .name = "of \"quotes\"", .mode = FF_UNSUPERVISED};
	e.train.batch = 100;
	e.execution.kind = FF_PIPELINE;
	e.execution.threads = e.execution.depth = FF_AUTO;
	for (int l = 0; l < n; l++)
		e.layers[l] = (struct ff_layer_config){.width = width, .threads = FF_AUTO};
	return e;
}

static struct ff_graph *build(const struct ff_experiment *e, int processors)
{
	struct ff_graph *graph = malloc(sizeof *graph);
	ff_graph_build(graph, e, &SHAPE, processors);
	CHECK(ff_graph_lives(graph));
	CHECK_INT(graph->n_edges, e->n_layers + 1);
	CHECK_INT(graph->leaders[0].first, 0);
	CHECK_INT(graph->leaders[graph->n_leaders - 1].end, e->n_layers);
	for (int l = 0; l <= e->n_layers; l++)
		CHECK_INT(graph->edges[l].shape.width, l == 0             ? SHAPE.features
		                                       : l == e->n_layers ? 0
		                                                          : (size_t)e->layers[l - 1].width);
	return graph;
}

static void enough_processors_give_every_layer_a_leader(void)
{
	struct ff_experiment e = net(4, 784);
	struct ff_graph *graph = build(&e, 8);
	CHECK_INT(graph->n_leaders, 4);
	for (int l = 0; l < 4; l++)
		CHECK_INT(graph->leaders[l].threads, 2);
	for (int l = 0; l <= 4; l++) {
		CHECK(graph->edges[l].ring);
		CHECK_INT(graph->edges[l].slots, 2);
	}
	free(graph);
}

static void the_total_is_never_exceeded_unasked(void)
{
	for (int total = 1; total <= 9; total++) {
		struct ff_experiment e = net(6, 300);
		e.execution.threads = total;
		struct ff_graph *graph = build(&e, 64);
		CHECK_INT(graph->threads, total);
		CHECK(graph->n_leaders <= total);
		free(graph);
	}
}

static void given_threads_are_given(void)
{
	struct ff_experiment e = net(3, 784);
	e.layers[1].threads = 5;
	e.execution.depth = 7;
	e.execution.threads = 9;
	struct ff_graph *graph = build(&e, 2);
	CHECK_INT(graph->n_leaders, 3);
	CHECK_INT(graph->leaders[0].threads, 2);
	CHECK_INT(graph->leaders[1].threads, 5);
	CHECK_INT(graph->leaders[2].threads, 2);
	CHECK_INT(graph->edges[1].slots, 7);
	free(graph);
	e.execution.threads = FF_AUTO; /* on two processors nothing is left for the others, who get one each */
	graph = build(&e, 2);
	CHECK_INT(graph->leaders[0].threads, 1);
	CHECK_INT(graph->leaders[1].threads, 5);
	free(graph);
}

static void given_threads_leave_the_rest_to_the_others(void)
{
	for (int total = 4; total <= 12; total++) {
		struct ff_experiment e = net(4, 8);
		e.layers[0].width = 3000;
		e.layers[3].threads = 1;
		e.execution.threads = total;
		struct ff_graph *graph = build(&e, 2);
		CHECK_INT(graph->threads, total);
		CHECK_INT(graph->leaders[3].threads, 1);
		free(graph);
	}
}

static void one_leader_for_what_goes_one_after_the_other(void)
{
	struct ff_experiment e = net(3, 784);
	e.train.order = FF_GREEDY;
	struct ff_graph *graph = build(&e, 6);
	CHECK_INT(graph->n_leaders, 1);
	CHECK_INT(graph->leaders[0].threads, 6);
	CHECK(graph->edges[0].ring && !graph->edges[1].ring && graph->edges[3].ring);
	free(graph);
	e.train.order = FF_TOGETHER;
	e.execution.kind = FF_SEQUENTIAL;
	graph = build(&e, 6);
	CHECK_INT(graph->n_leaders, 1);
	CHECK_INT(graph->leaders[0].threads, 6);
	for (int l = 0; l <= 3; l++)
		CHECK(!graph->edges[l].ring && graph->edges[l].slots == 1);
	free(graph);
}

static void a_graph_that_would_stop_is_told(void)
{
	struct ff_experiment e = net(3, 50);
	struct ff_graph *graph = build(&e, 3);
	graph->edges[2].slots = 0;
	CHECK(!ff_graph_lives(graph));
	graph->edges[2].slots = 1;
	CHECK(ff_graph_lives(graph));
	graph->edges[2].to = 1; /* a circle of packets, empty at the start */
	CHECK(!ff_graph_lives(graph));
	free(graph);
}

/* What is printed, for the caller to free. */
static char *printed(const struct ff_graph *graph, const struct ff_experiment *e, bool dot)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (dot)
		ff_graph_print_dot(graph, e, stream);
	else
		ff_graph_print(graph, e, &SHAPE, stream);
	fclose(stream);
	return text;
}

static void it_is_drawn(void)
{
	struct ff_experiment e = net(2, 300);
	e.layers[0].threads = 3;
	struct ff_graph *graph = build(&e, 4);
	char *text = printed(graph, &e, false);
	CHECK_HAS(text, "layer 1      784 -> 300, 3 threads");
	CHECK_HAS(text, "layer 2      300 -> 300, 1 thread\n");
	CHECK_HAS(text, "ring of 2 slots for 1024 x 300");
	free(text);
	text = printed(graph, &e, true);
	CHECK_HAS(text, "digraph \"of \\\"quotes\\\"\" {");
	CHECK_HAS(text, "n0 -> n1");
	CHECK_HAS(text, "n2 -> n3");
	free(text);
	free(graph);
}

FF_TESTS("graph", {"threads are shared out as well as can be", threads_are_shared_out_as_well_as_can_be},
         {"large nets are shared out too", large_nets_are_shared_out_too},
         {"the total is met for any costs", the_total_is_met_for_any_costs},
         {"enough processors give every layer a leader", enough_processors_give_every_layer_a_leader},
         {"the total is never exceeded unasked", the_total_is_never_exceeded_unasked},
         {"given threads are given", given_threads_are_given},
         {"given threads leave the rest to the others", given_threads_leave_the_rest_to_the_others},
         {"one leader for what goes one after the other", one_leader_for_what_goes_one_after_the_other},
         {"a graph that would stop is told", a_graph_that_would_stop_is_told}, {"it is drawn", it_is_drawn})

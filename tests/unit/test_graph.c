#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plan/forecast.h"
#include "plan/lead.h"

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
	const struct ff_machine_model machine = ff_machine_model_flat(processors, &ff_rates_table);
	struct ff_error error = {0};
	CHECK_INT(ff_graph_plan(graph, e, &SHAPE, &machine, &error), FF_OK);
	CHECK_INT(graph->processors, processors);
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
	for (int total = 1; total <= 40; total++) {
		ff_scenario("6 layers of 300, %d threads in all", total);
		struct ff_experiment e = net(6, 300);
		e.execution.threads = total;
		struct ff_graph *graph = build(&e, 64);
		CHECK(graph->threads <= total);
		CHECK(graph->n_leaders <= total);
		CHECK(total > 7 ||
		      graph->threads >= total - 1); /* one may be the source's; more than 7 need not help */
		free(graph);
	}
}

/* Fewer cores than layers: equal layers in equal parts, a core each. */
static void few_cores_are_shared_in_balance(void)
{
	for (int cores = 1; cores <= 4; cores++)
		for (int each = 2; each <= 6; each++) {
			ff_scenario("%d cores, %d layers for each", cores, each);
			struct ff_experiment e = net(cores * each, 784);
			struct ff_graph *graph = build(&e, cores);
			CHECK_INT(graph->n_leaders, cores);
			for (int i = 0; i < graph->n_leaders; i++) {
				CHECK_INT(graph->leaders[i].threads, 1);
				CHECK_INT(graph->leaders[i].end - graph->leaders[i].first, each);
			}
			free(graph);
		}
}

/* Layers that cannot be divided equally are led by one team: that costs less than waiting for the longest part. */
static void an_odd_layer_is_shared_by_a_team(void)
{
	struct ff_experiment e = net(3, 784);
	struct ff_graph *graph = build(&e, 2);
	CHECK_INT(graph->n_leaders, 1);
	CHECK_INT(graph->leaders[0].threads, 2);
	free(graph);
}

/* The leaders are those of ff_forecast_plan(), for any net and machine. */
static void it_is_led_as_planned(void)
{
	struct ff_forecast *f = malloc(sizeof *f);
	for (int trial = 0; trial < 60; trial++) {
		struct ff_experiment e = net(1 + trial % 7, 30 + 170 * (trial % 11));
		struct ff_machine_model machine =
		    ff_machine_model_flat(1 + trial % 13 * (trial % 3 + 1), &ff_rates_table);
		machine.cache = trial % 2 ? 2 << 20 : 0;
		e.train.batch = 20 + 40 * (trial % 5);
		ff_scenario("%d layers of %d, batch %d, %d cores, cache of %zu bytes", e.n_layers, e.layers[0].width,
		            (int)e.train.batch, machine.cores, (size_t)machine.cache);
		struct ff_graph *graph = malloc(sizeof *graph);
		CHECK_INT(ff_graph_plan(graph, &e, &SHAPE, &machine, NULL), FF_OK);
		CHECK_INT(ff_forecast_plan(&e, &SHAPE, &machine, machine.cores, f, NULL), FF_OK);
		CHECK_INT(graph->n_leaders, f->plan.n_leaders);
		CHECK(memcmp(graph->leaders, f->plan.leaders, (size_t)graph->n_leaders * sizeof *graph->leaders) == 0);
		free(graph);
	}
	free(f);
}

/* Threads are used as far as they help: equal layers get equally many, and the source one of the rest. */
static void the_total_is_shared_out(void)
{
	static const int TOTALS[] = {1, 2, 3, 4, 8};
	struct ff_experiment e = net(4, 1000);
	e.train.batch = 400;
	for (int i = 0; i < 5; i++) {
		const int total = TOTALS[i];
		ff_scenario("4 layers of 1000, %d threads in all", total);
		e.execution.threads = total;
		struct ff_graph *graph = build(&e, 8);
		CHECK(graph->threads <= total);
		CHECK(total == 3 || graph->threads >= total - 1);
		CHECK(total != 4 || (graph->n_leaders == 4 && graph->threads == 4));
		free(graph);
	}
}

/* A run measures the machine only where its plan depends on it. */
static void a_run_looks_only_where_its_plan_depends_on_it(void)
{
	struct ff_experiment e = net(2, 500);
	CHECK(ff_graph_uses_rates(&e));
	e.layers[0].threads = 1;
	CHECK(ff_graph_uses_rates(&e)); /* the second layer gets what is left */
	e.layers[1].threads = 1;
	CHECK(!ff_graph_uses_rates(&e));
	e = net(2, 500);
	e.train.order = FF_GREEDY;
	CHECK(!ff_graph_uses_rates(&e));
	e.train.order = FF_TOGETHER;
	e.execution.kind = FF_SEQUENTIAL;
	CHECK(!ff_graph_uses_rates(&e));
}

/* Every run makes a plan when it starts, so a plan must take milliseconds. */
static void plans_take_no_time(void)
{
	clock_t started = clock();
	for (int layers = 1; layers <= 16; layers *= 2)
		for (int cores = 1; cores <= 256; cores *= 4) {
			struct ff_experiment e = net(layers, 500);
			free(build(&e, cores));
		}
	CHECK((double)(clock() - started) / CLOCKS_PER_SEC < 1);
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
		ff_scenario("%d threads in all", total);
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
	graph->edges[2].to = 1; /* a cycle without a token */
	CHECK(!ff_graph_lives(graph));
	free(graph);
}

/* The printed text; the caller frees it. */
static char *printed(const struct ff_graph *graph, const struct ff_experiment *e, bool dot)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (dot)
		ff_graph_print_dot(graph, e, &SHAPE, stream);
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

FF_TESTS("graph", {"enough processors give every layer a leader", enough_processors_give_every_layer_a_leader},
         {"the total is never exceeded unasked", the_total_is_never_exceeded_unasked},
         {"few cores are shared in balance", few_cores_are_shared_in_balance},
         {"an odd layer is shared by a team", an_odd_layer_is_shared_by_a_team},
         {"the total is shared out", the_total_is_shared_out},
         {"a run looks only where its plan depends on it", a_run_looks_only_where_its_plan_depends_on_it},
         {"it is led as planned", it_is_led_as_planned}, {"plans take no time", plans_take_no_time},
         {"given threads are given", given_threads_are_given},
         {"given threads leave the rest to the others", given_threads_leave_the_rest_to_the_others},
         {"one leader for what goes one after the other", one_leader_for_what_goes_one_after_the_other},
         {"a graph that would stop is told", a_graph_that_would_stop_is_told}, {"it is drawn", it_is_drawn})

#include "pipeline/blueprint.h"

#include <assert.h>
#include <string.h>

#include "pipeline/source.h"
#include "pipeline/station.h"
#include "pipeline/station_kinds.h"

/* ---- leaders ---- */

bool ff_threads_given(const struct ff_experiment *experiment)
{
	for (int l = 0; l < experiment->n_layers; l++)
		if (experiment->layers[l].threads != FF_AUTO)
			return true;
	return false;
}

/* One leader with all threads where only one station works at a time, otherwise one leader per station. */
static void first_leaders(struct ff_graph *graph, const struct ff_experiment *experiment)
{
	int64_t total = experiment->execution.threads;
	bool in_turn = experiment->train.order == FF_GREEDY && !ff_threads_given(experiment);
	if (!graph->pipeline || in_turn) {
		graph->leaders[0] =
		    (struct ff_leader){0, graph->n_stations, total == FF_AUTO ? graph->processors : (int)total};
		graph->n_leaders = 1;
		graph->threads = graph->leaders[0].threads;
		return;
	}
	graph->n_leaders = graph->n_stations;
	for (int s = 0; s < graph->n_stations; s++) {
		int64_t threads = ff_graph_is_layer(graph, s) ? experiment->layers[s].threads : FF_AUTO;
		graph->leaders[s] = (struct ff_leader){s, s + 1, threads == FF_AUTO ? 1 : (int)threads};
		graph->threads += graph->leaders[s].threads;
	}
}

/* ---- edges ---- */

/* The main edges: through all stations, each with the input shape of its kind, to the collector, which reads only what
 * the slots carry. */
static void connect_main(struct ff_graph *graph, const struct ff_experiment *experiment,
                         const struct ff_data_shape *shape)
{
	size_t most = ff_schedule_max_rows(experiment, shape), queries = ff_schedule_max_queries(experiment, shape);
	for (int s = 0; s <= graph->n_stations; s++) {
		bool last = s == graph->n_stations;
		struct ff_slot_shape slot = last ? ff_slot_shape(graph->n_layers, 0, most, queries * shape->classes)
		                                 : graph->stations[s]->input(experiment, shape, s);
		struct ff_edge *edge = ff_graph_add_edge(graph, FF_EDGE_MAIN, s, s + 1, slot);
		edge->slots = edge->ring ? ff_edge_slots(experiment) : 1;
	}
}

/* With early stopping (train.patience) the collector tells the source whether to continue. */
static void connect_verdict(struct ff_graph *graph)
{
	struct ff_slot_shape slot = {.carried_bytes = ff_align_up(sizeof(enum ff_verdict))};
	graph->verdict = graph->n_edges;
	ff_graph_add_edge(graph, FF_EDGE_VERDICT, graph->n_stations + 1, 0, slot)->tokens = 1;
}

static void connect(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	graph->n_edges = 0;
	graph->labels = graph->verdict = -1;
	connect_main(graph, experiment, shape);
	for (int s = 0; s < graph->n_stations; s++)
		if (graph->stations[s]->connect)
			graph->stations[s]->connect(graph, experiment, shape, s);
	if (experiment->train.patience)
		connect_verdict(graph);
	for (int e = 0; e < graph->n_edges; e++) {
		graph->edges[e].ring |= graph->edges[e].tokens > 0; /* a buffer of one slot keeps none */
		if (graph->edges[e].kind == FF_EDGE_LABELS)
			graph->labels = e;
	}
	assert(ff_graph_lives(graph));
}

void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors)
{
	*graph = (struct ff_graph){
	    .n_layers = experiment->n_layers,
	    .pipeline = experiment->execution.kind == FF_PIPELINE,
	    .processors = processors,
	};
	graph->n_stations = ff_station_count(experiment);
	for (int s = 0; s < graph->n_stations; s++)
		graph->stations[s] = ff_station_kind_of(experiment, s);
	first_leaders(graph, experiment);
	connect(graph, experiment, shape);
}

void ff_graph_lead(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                   const struct ff_leader *leaders, int n)
{
	graph->n_leaders = n;
	graph->threads = 0;
	for (int i = 0; i < n; i++) {
		graph->leaders[i] = leaders[i];
		graph->threads += leaders[i].threads;
	}
	connect(graph, experiment, shape);
}

/* ---- names, bytes and work of its nodes ---- */

void ff_node_name(const struct ff_graph *graph, int node, char *text, size_t size)
{
	if (node == 0 || node > graph->n_stations)
		snprintf(text, size, "%s", node == 0 ? "source" : "collector");
	else if (ff_graph_is_layer(graph, node - 1))
		snprintf(text, size, "layer %d", node);
	else
		snprintf(text, size, "%s", graph->stations[node - 1]->name);
}

size_t ff_graph_station_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment,
                              const struct ff_data_shape *shape)
{
	size_t total = 0;
	for (int s = 0; s < graph->n_stations; s++) {
		size_t bytes = ff_station_bytes(graph->stations[s], experiment, shape, s);
		if (__builtin_add_overflow(total, bytes, &total))
			return SIZE_MAX;
	}
	return total;
}

void ff_graph_workload(const struct ff_graph *graph, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape, int node, const struct ff_packet *packet,
                       struct ff_workload *workload)
{
	memset(workload, 0, sizeof *workload);
	if (node == 0)
		ff_source_workload(experiment, shape, packet, workload);
	else if (node <= graph->n_stations)
		graph->stations[node - 1]->workload(experiment, shape, node - 1, packet, workload);
}

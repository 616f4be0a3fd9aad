#include "pipeline/graph.h"

#include <assert.h>

#include "pipeline/readout.h"
#include "pipeline/stage.h"

/* Two: the producer fills one while the consumer works on the other. */
enum { AUTO_SLOTS = 2 };

/* Numbers in a row on main edge e > 0. */
static size_t width_into(const struct ff_experiment *experiment, int e)
{
	int layers = experiment->n_layers;
	bool read = e < layers ||
	            (e == layers && ff_has_head(experiment) && ff_layer_set_has(&experiment->head.layers, layers - 1));
	return read ? (size_t)experiment->layers[e - 1].width : 0;
}

/* ---- leaders ---- */

bool ff_threads_given(const struct ff_experiment *experiment)
{
	for (int l = 0; l < experiment->n_layers; l++)
		if (experiment->layers[l].threads != FF_AUTO)
			return true;
	return false;
}

/* One leader with all threads where only one station works at a time, else one a station. */
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
		int64_t threads = ff_graph_is_readout(graph, s) ? FF_AUTO : experiment->layers[s].threads;
		graph->leaders[s] = (struct ff_leader){s, s + 1, threads == FF_AUTO ? 1 : (int)threads};
		graph->threads += graph->leaders[s].threads;
	}
}

/* ---- edges ---- */

static int leader_of(const struct ff_graph *graph, int station)
{
	int i = 0;
	while (station >= graph->leaders[i].end)
		i++;
	return i;
}

/* Whether the edge between two nodes joins two threads. */
static bool joins_threads(const struct ff_graph *graph, int from, int to)
{
	if (!graph->pipeline)
		return false;
	return from == 0 || to == graph->n_stations + 1 || leader_of(graph, from - 1) != leader_of(graph, to - 1);
}

static struct ff_edge *add_edge(struct ff_graph *graph, int from, int to, struct ff_slot_shape shape)
{
	struct ff_edge *edge = &graph->edges[graph->n_edges++];
	*edge = (struct ff_edge){.from = from, .to = to, .slots = 1, .shape = shape};
	edge->ring = joins_threads(graph, from, to);
	return edge;
}

/* From the source: rows, or in supervised mode images and their labels. */
static void add_first_edge(struct ff_graph *graph, const struct ff_experiment *experiment,
                           const struct ff_data_shape *shape, size_t slots)
{
	struct ff_slot_shape slot = ff_slot_shape(0, shape->features, graph->max_rows, 0);
	if (experiment->mode == FF_SUPERVISED)
		slot = ff_slot_shape_labelled(shape->listed ? 0 : shape->features - shape->classes,
		                              ff_schedule_max_images(experiment, shape));
	struct ff_edge *edge = add_edge(graph, 0, 1, slot);
	edge->slots = edge->ring ? slots : 1;
}

static void add_main_edges(struct ff_graph *graph, const struct ff_experiment *experiment,
                           const struct ff_data_shape *shape, size_t slots)
{
	add_first_edge(graph, experiment, shape, slots);
	for (int e = 1; e <= graph->n_stations; e++) {
		bool last = e == graph->n_stations;
		int layers = e < graph->n_layers ? e : graph->n_layers;
		size_t width = last ? 0 : width_into(experiment, e);
		size_t rows = e > graph->n_layers - 1 ? graph->max_probes : graph->max_rows; /* plain ones */
		struct ff_slot_shape slot =
		    ff_slot_shape(layers, width, graph->max_rows, last ? graph->max_probes * shape->classes : 0);
		slot.max_rows = rows;
		struct ff_edge *edge = add_edge(graph, e, e + 1, slot);
		edge->slots = edge->ring ? slots : 1;
	}
}

/* To the head, with room for what is on the longer way. */
static void add_side_edges(struct ff_graph *graph, const struct ff_experiment *experiment, size_t slots)
{
	for (int l = 0; l < graph->n_layers; l++) {
		graph->side[l] = -1;
		if (!ff_has_head(experiment) || l == graph->n_layers - 1 ||
		    !ff_layer_set_has(&experiment->head.layers, l))
			continue;
		graph->side[l] = graph->n_edges;
		struct ff_slot_shape slot = {(size_t)experiment->layers[l].width, graph->max_probes, 0};
		struct ff_edge *edge = add_edge(graph, l + 1, graph->n_layers + 1, slot);
		size_t longer = (size_t)(graph->n_layers - 1 - l);
		edge->slots = edge->ring ? longer * (slots + 1) + slots : 1;
	}
}

/* A ring to the source, whoever leads: one side's packets are ahead of the other's. Returns its number. */
static int add_answer(struct ff_graph *graph, int from, size_t slots, size_t tokens, size_t bytes)
{
	struct ff_slot_shape shape = {0, 0, ff_align_up(bytes)};
	graph->edges[graph->n_edges] = (struct ff_edge){from, 0, slots, tokens, shape, true};
	return graph->n_edges++;
}

static void add_answers(struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape)
{
	size_t lag = (size_t)ff_schedule_lag(experiment, shape);
	graph->feedback = graph->verdict = -1;
	if (ff_is_adaptive(experiment))
		graph->feedback = add_answer(graph, graph->n_stations, lag + 2, lag + 1, graph->max_probes);
	if (experiment->train.patience)
		graph->verdict = add_answer(graph, graph->n_stations + 1, 1, 1, sizeof(enum ff_verdict));
}

static void join_edges(struct ff_graph *graph, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape)
{
	size_t slots = experiment->execution.depth == FF_AUTO ? AUTO_SLOTS : (size_t)experiment->execution.depth;
	add_main_edges(graph, experiment, shape, slots);
	add_side_edges(graph, experiment, slots);
	add_answers(graph, experiment, shape);
}

void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors)
{
	*graph = (struct ff_graph){
	    .n_layers = experiment->n_layers,
	    .n_stations = experiment->n_layers + ff_readout_needed(experiment),
	    .features = shape->features,
	    .max_rows = ff_schedule_max_rows(experiment, shape),
	    .max_probes = ff_schedule_max_probes(experiment, shape),
	    .pipeline = experiment->execution.kind == FF_PIPELINE,
	    .processors = processors,
	};
	first_leaders(graph, experiment);
	join_edges(graph, experiment, shape);
	assert(ff_graph_lives(graph));
}

void ff_graph_lead(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                   const struct ff_leader *leaders, int n)
{
	graph->n_leaders = n;
	graph->n_edges = graph->threads = 0;
	for (int i = 0; i < n; i++) {
		graph->leaders[i] = leaders[i];
		graph->threads += leaders[i].threads;
	}
	join_edges(graph, experiment, shape);
	assert(ff_graph_lives(graph));
}

/* Removes nodes that no edge without tokens leads to any more, until none is left: then there is no cycle without a
 * token. (An edge back holds the free slots, so a cycle with one has a token if there is at least one slot.) */
bool ff_graph_lives(const struct ff_graph *graph)
{
	int waits[FF_MAX_STATIONS + 2] = {0}, ready[FF_MAX_STATIONS + 2], n_ready = 0, n_nodes = graph->n_stations + 2;
	for (int e = 0; e < graph->n_edges; e++) {
		if (graph->edges[e].slots == 0 || graph->edges[e].tokens > graph->edges[e].slots)
			return false;
		waits[graph->edges[e].to] += graph->edges[e].tokens == 0;
	}
	for (int i = 0; i < n_nodes; i++)
		if (waits[i] == 0)
			ready[n_ready++] = i;
	for (int done = 0; done < n_ready; done++)
		for (int e = 0; e < graph->n_edges; e++) {
			const struct ff_edge *edge = &graph->edges[e];
			if (edge->from == ready[done] && edge->tokens == 0 && --waits[edge->to] == 0)
				ready[n_ready++] = edge->to;
		}
	return n_ready == n_nodes;
}

size_t ff_graph_bytes(const struct ff_graph *graph)
{
	size_t total = 0, bytes;
	for (int e = 0; e < graph->n_edges; e++)
		if (__builtin_mul_overflow(ff_slot_bytes(&graph->edges[e].shape), graph->edges[e].slots, &bytes) ||
		    __builtin_add_overflow(total, bytes, &total))
			return SIZE_MAX;
	return total;
}

size_t ff_graph_station_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment,
                              const struct ff_data_shape *shape)
{
	size_t total = 0;
	for (int s = 0; s < graph->n_stations; s++) {
		size_t bytes = ff_graph_is_readout(graph, s)
		                   ? ff_readout_bytes(experiment, shape->classes, graph->max_probes)
		                   : ff_stage_bytes(experiment, shape, s);
		if (__builtin_add_overflow(total, bytes, &total))
			return SIZE_MAX;
	}
	return total;
}

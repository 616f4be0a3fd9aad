/* Pictures of a graph. */
#include "pipeline/graph.h"

static double mebibytes(size_t bytes)
{
	return (double)bytes / (1 << 20);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void print_edge(const struct ff_edge *edge, FILE *stream)
{
	size_t bytes = ff_slot_bytes(&edge->shape);
	fprintf(stream, "      |      %s of %zu slot%s", edge->ring ? "ring" : "room", edge->slots,
	        plural(edge->slots));
	if (edge->shape.width)
		fprintf(stream, " for %zu x %zu", edge->shape.max_rows, edge->shape.width);
	fprintf(stream, ", %.1f MiB\n", mebibytes(bytes * edge->slots));
}

static void print_leader(const struct ff_graph *graph, const struct ff_leader *leader,
                         const struct ff_experiment *experiment, FILE *stream)
{
	for (int l = leader->first; l < leader->end; l++) {
		char name[24] = "readout";
		if (ff_graph_is_readout(graph, l))
			fprintf(stream, "%-12s %s", name,
			        experiment->head.when != FF_HEAD_NEVER ? "softmax head" : "draws wrong labels");
		else {
			snprintf(name, sizeof name, "layer %d", l + 1);
			fprintf(stream, "%-12s %zu -> %d", name, ff_inputs_of(experiment, graph->features, l),
			        experiment->layers[l].width);
		}
		if (!graph->pipeline)
			fprintf(stream, "\n");
		else if (l > leader->first)
			fprintf(stream, ", by the same thread%s\n", plural((size_t)leader->threads));
		else
			fprintf(stream, ", %d thread%s\n", leader->threads, plural((size_t)leader->threads));
		print_edge(&graph->edges[l + 1], stream);
	}
}

/* The edges beside the main ones. */
static void print_others(const struct ff_graph *graph, FILE *stream)
{
	for (int l = 0; l < graph->n_layers; l++)
		if (graph->side[l] >= 0) {
			const struct ff_edge *edge = &graph->edges[graph->side[l]];
			fprintf(stream, "layer %d to the readout: %s of %zu slot%s for %zu x %zu, %.1f MiB\n", l + 1,
			        edge->ring ? "ring" : "room", edge->slots, plural(edge->slots), edge->shape.max_rows,
			        edge->shape.width, mebibytes(ff_slot_bytes(&edge->shape) * edge->slots));
		}
	if (graph->feedback >= 0)
		fprintf(stream, "readout to source: wrong labels, a lag of %zu\n",
		        graph->edges[graph->feedback].tokens - 1);
	if (graph->verdict >= 0)
		fprintf(stream, "collector to source: the verdict on an epoch\n");
}

void ff_graph_print(const struct ff_graph *graph, const struct ff_experiment *experiment,
                    const struct ff_data_shape *shape, FILE *stream)
{
	fprintf(stream, "%s: %s, %d thread%s for the layers on %d processor%s\n\n", experiment->name,
	        graph->pipeline ? "pipeline" : "sequential", graph->threads, plural((size_t)graph->threads),
	        graph->processors, plural((size_t)graph->processors));
	fprintf(stream, "%-12s %s\n", "source", graph->pipeline ? "a thread of its own" : "the calling thread");
	print_edge(&graph->edges[0], stream);
	for (int i = 0; i < graph->n_leaders; i++)
		print_leader(graph, &graph->leaders[i], experiment, stream);
	fprintf(stream, "%-12s the calling thread\n", "collector");
	print_others(graph, stream);
	fprintf(stream, "\n%.1f MiB in the layers, %.1f MiB between them\n",
	        mebibytes(ff_graph_station_bytes(graph, experiment, shape)), mebibytes(ff_graph_bytes(graph)));
}

/* A quoted string of DOT. */
static void print_quoted(const char *text, FILE *stream)
{
	fputc('"', stream);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}

static void print_leader_dot(const struct ff_graph *graph, int i, const struct ff_experiment *experiment, FILE *stream)
{
	const struct ff_leader *leader = &graph->leaders[i];
	fprintf(stream, "  subgraph cluster_%d {\n    label=\"%d thread%s\"\n", i + 1, leader->threads,
	        plural((size_t)leader->threads));
	for (int l = leader->first; l < leader->end; l++)
		if (ff_graph_is_readout(graph, l))
			fprintf(stream, "    n%d [label=\"readout\"]\n", l + 1);
		else
			fprintf(stream, "    n%d [label=\"layer %d\\n%zu -> %d\"]\n", l + 1, l + 1,
			        ff_inputs_of(experiment, graph->features, l), experiment->layers[l].width);
	fprintf(stream, "  }\n");
}

void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment, FILE *stream)
{
	fprintf(stream, "digraph ");
	print_quoted(experiment->name, stream);
	fprintf(stream, " {\n  rankdir=LR\n  node [shape=box]\n  n0 [label=\"source\"]\n");
	for (int i = 0; i < graph->n_leaders; i++)
		print_leader_dot(graph, i, experiment, stream);
	fprintf(stream, "  n%d [label=\"collector\"]\n", graph->n_stations + 1);
	for (int e = 0; e < graph->n_edges; e++) {
		const struct ff_edge *edge = &graph->edges[e];
		fprintf(stream, "  n%d -> n%d [label=\"%zu x %.1f MiB\"%s]\n", edge->from, edge->to, edge->slots,
		        mebibytes(ff_slot_bytes(&edge->shape)), edge->ring ? "" : ", style=dashed");
	}
	fprintf(stream, "}\n");
}

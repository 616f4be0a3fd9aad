/* Prints a graph as text and in DOT. */
#include "pipeline/blueprint.h"
#include "pipeline/station.h"

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
	fprintf(stream, "      |      %s of %zu slot%s", edge->ring ? "ring" : "buffer", edge->slots,
	        plural(edge->slots));
	if (edge->shape.width)
		fprintf(stream, " for %zu x %zu", edge->shape.max_rows, edge->shape.width);
	fprintf(stream, ", %.1f MiB\n", mebibytes(bytes * edge->slots));
}

/* The station's description for people, such as "784 -> 500". */
static const char *describe(const struct ff_graph *graph, const struct ff_experiment *experiment,
                            const struct ff_data_shape *shape, int station, char *text, size_t size)
{
	graph->stations[station]->describe(experiment, shape, station, text, size);
	return text;
}

static void print_leader(const struct ff_graph *graph, const struct ff_leader *leader,
                         const struct ff_experiment *experiment, const struct ff_data_shape *shape, FILE *stream)
{
	char name[24], text[64];
	for (int s = leader->first; s < leader->end; s++) {
		ff_node_name(graph, s + 1, name, sizeof name);
		fprintf(stream, "%-12s %s", name, describe(graph, experiment, shape, s, text, sizeof text));
		if (!graph->pipeline)
			fprintf(stream, "\n");
		else if (s > leader->first)
			fprintf(stream, ", by the same thread%s\n", plural((size_t)leader->threads));
		else
			fprintf(stream, ", %d thread%s\n", leader->threads, plural((size_t)leader->threads));
		print_edge(&graph->edges[s + 1], stream);
	}
}

/* Prints all but the main edges. */
static void print_others(const struct ff_graph *graph, FILE *stream)
{
	char from[24], to[24];
	for (int e = graph->n_stations + 1; e < graph->n_edges; e++) {
		const struct ff_edge *edge = &graph->edges[e];
		ff_node_name(graph, edge->from, from, sizeof from);
		ff_node_name(graph, edge->to, to, sizeof to);
		if (edge->kind == FF_EDGE_LABELS)
			fprintf(stream, "%s to %s: wrong labels, a lag of %zu\n", from, to, edge->tokens - 1);
		else if (edge->kind == FF_EDGE_VERDICT)
			fprintf(stream, "%s to %s: the verdict on an epoch\n", from, to);
		else
			fprintf(stream, "%s to %s%s: %s of %zu slot%s for %zu x %zu, %.1f MiB\n", from,
			        edge->kind == FF_EDGE_SIDE ? "the " : "", to, edge->ring ? "ring" : "buffer",
			        edge->slots, plural(edge->slots), edge->shape.max_rows, edge->shape.width,
			        mebibytes(ff_slot_bytes(&edge->shape) * edge->slots));
	}
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
		print_leader(graph, &graph->leaders[i], experiment, shape, stream);
	fprintf(stream, "%-12s the calling thread\n", "collector");
	print_others(graph, stream);
	fprintf(stream, "\n%.1f MiB in the layers, %.1f MiB between them\n",
	        mebibytes(ff_graph_station_bytes(graph, experiment, shape)), mebibytes(ff_graph_bytes(graph)));
}

/* Prints a quoted string of DOT. */
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

static void print_leader_dot(const struct ff_graph *graph, int i, const struct ff_experiment *experiment,
                             const struct ff_data_shape *shape, FILE *stream)
{
	const struct ff_leader *leader = &graph->leaders[i];
	char name[24], text[64];
	fprintf(stream, "  subgraph cluster_%d {\n    label=\"%d thread%s\"\n", i + 1, leader->threads,
	        plural((size_t)leader->threads));
	for (int s = leader->first; s < leader->end; s++) {
		ff_node_name(graph, s + 1, name, sizeof name);
		fprintf(stream, "    n%d [label=\"%s\\n%s\"]\n", s + 1, name,
		        describe(graph, experiment, shape, s, text, sizeof text));
	}
	fprintf(stream, "  }\n");
}

void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, FILE *stream)
{
	fprintf(stream, "digraph ");
	print_quoted(experiment->name, stream);
	fprintf(stream, " {\n  rankdir=LR\n  node [shape=box]\n  n0 [label=\"source\"]\n");
	for (int i = 0; i < graph->n_leaders; i++)
		print_leader_dot(graph, i, experiment, shape, stream);
	fprintf(stream, "  n%d [label=\"collector\"]\n", graph->n_stations + 1);
	for (int e = 0; e < graph->n_edges; e++) {
		const struct ff_edge *edge = &graph->edges[e];
		fprintf(stream, "  n%d -> n%d [label=\"%zu x %.1f MiB\"%s]\n", edge->from, edge->to, edge->slots,
		        mebibytes(ff_slot_bytes(&edge->shape)), edge->ring ? "" : ", style=dashed");
	}
	fprintf(stream, "}\n");
}

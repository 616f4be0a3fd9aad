/* Builds the graph that trains an experiment. */
#ifndef ENGINE_PIPELINE_BLUEPRINT_H
#define ENGINE_PIPELINE_BLUEPRINT_H

#include <stdio.h>

#include "model/workload.h"
#include "pipeline/graph.h"
#include "pipeline/schedule.h"

/* Builds the graph for the experiment, a dataset's shape and `processors`, before threads are distributed (plan/lead.h
 * does that). There is one leader with all threads where only one station works at a time (sequential execution, and
 * greedy training without given threads); otherwise one leader per station, with the number of threads that its layer
 * was given, or one. */
void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors);

/* Whether any layer was given a number of threads (execution.threads.per_stage or the layer's `threads`). */
bool ff_threads_given(const struct ff_experiment *experiment);

/* Replaces the leaders of a pipeline's graph by leaders [n] and rebuilds its edges. */
void ff_graph_lead(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                   const struct ff_leader *leaders, int n);

/* Bytes of all stations of the graph; SIZE_MAX on overflow. */
size_t ff_graph_station_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment,
                              const struct ff_data_shape *shape);

/* The work of a node (the source or a station) on a packet. The collector's is 0. */
void ff_graph_workload(const struct ff_graph *graph, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape, int node, const struct ff_packet *packet,
                       struct ff_workload *workload);

/* Writes "source", "layer 2", "readout" or "collector". */
void ff_node_name(const struct ff_graph *graph, int node, char *text, size_t size);

/* Writes the graph as text, or in Graphviz's DOT language. */
void ff_graph_print(const struct ff_graph *graph, const struct ff_experiment *experiment,
                    const struct ff_data_shape *shape, FILE *stream);
void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, FILE *stream);

#endif

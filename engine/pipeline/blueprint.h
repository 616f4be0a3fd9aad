/* From an experiment to the graph that trains it. */
#ifndef ENGINE_PIPELINE_BLUEPRINT_H
#define ENGINE_PIPELINE_BLUEPRINT_H

#include <stdio.h>

#include "model/workload.h"
#include "pipeline/graph.h"
#include "pipeline/schedule.h"

/* Builds the graph for the experiment, a dataset's shape and `processors`, before threads are shared out (plan/lead.h
 * does that): one leader with all threads where stations work in turn (sequential execution; greedy training without
 * given threads), else a leader a station, with its own number of threads or one. */
void ff_graph_build(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                    int processors);

/* Whether a layer has a number of threads of its own (execution.threads.per_stage or its `threads`). */
bool ff_threads_given(const struct ff_experiment *experiment);

/* Gives a pipeline's graph other leaders [n] and joins its nodes anew. */
void ff_graph_lead(struct ff_graph *graph, const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                   const struct ff_leader *leaders, int n);

/* Bytes of all stations on it; SIZE_MAX if they cannot be counted. */
size_t ff_graph_station_bytes(const struct ff_graph *graph, const struct ff_experiment *experiment,
                              const struct ff_data_shape *shape);

/* The work of a node on a packet: the source, or a station; none of the collector. */
void ff_graph_workload(const struct ff_graph *graph, const struct ff_experiment *experiment,
                       const struct ff_data_shape *shape, int node, const struct ff_packet *packet,
                       struct ff_workload *workload);

/* Writes the graph as a drawing in text, or in Graphviz's language DOT. */
void ff_graph_print(const struct ff_graph *graph, const struct ff_experiment *experiment,
                    const struct ff_data_shape *shape, FILE *stream);
void ff_graph_print_dot(const struct ff_graph *graph, const struct ff_experiment *experiment,
                        const struct ff_data_shape *shape, FILE *stream);

#endif

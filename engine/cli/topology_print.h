/* A topology as text and as JSON. */
#ifndef ENGINE_CLI_TOPOLOGY_PRINT_H
#define ENGINE_CLI_TOPOLOGY_PRINT_H

#include <stdio.h>

#include <jansson.h>

#include "machine/topology.h"

/* The parts as an indented tree; equal neighbours are one line, "8 x L3 32 MiB: 8 cores each". */
void ff_topology_print_tree(const struct ff_topology *topology, FILE *stream);

/* A line for each thing that leaves the process less than the machine, or one that says that nothing does. */
void ff_topology_print_limits(const struct ff_topology *topology, FILE *stream);

/* The processors in the order of their places, a | between cache domains; 0-7 and 0-14:2 are runs, as taskset reads
 * them. */
void ff_topology_print_order(const struct ff_topology *topology, FILE *stream);

/* All of it; `name` is the machine's. A new reference, NULL without memory. */
json_t *ff_topology_to_json(const struct ff_topology *topology, const char *name);

#endif

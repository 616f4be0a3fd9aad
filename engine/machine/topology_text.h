/* Reads the description of a machine, such as "package:2 l3:8 core:8 pu:2". */
#ifndef ENGINE_MACHINE_TOPOLOGY_TEXT_H
#define ENGINE_MACHINE_TOPOLOGY_TEXT_H

#include <stddef.h>

#include "base/error.h"

enum { FF_MAX_DESCRIBED = 4096 }; /* processors of a described machine */

/* Examples of descriptions, for hints and help. */
#define FF_TOPOLOGY_EXAMPLES "'core:4', 'package:2 l3:8 core:8 pu:2' or 'numa:2 l3:1(size=32MiB) core:16'"

/* Checks a description (see ff_topology_init()) and writes it to text (size bytes) as hwloc reads it, with omitted
 * levels filled in. Errors: FF_ERROR_USAGE, naming the description, the word and what is wrong with it. */
FF_NODISCARD ff_status ff_topology_text(const char *description, char *text, size_t size, struct ff_error *error);

#endif

/* What the control group of this process (a container's, a batch job's) leaves it of the machine. Thread-safe. */
#ifndef ENGINE_MACHINE_CGROUP_H
#define ENGINE_MACHINE_CGROUP_H

#include <stddef.h>

/* Bytes of memory the process may still take before a limit of its group or of a group above is reached, page cache
 * that can be given back counted as free; SIZE_MAX without a limit. */
size_t ff_cgroup_memory(void);

/* Processors' worth of time that the group may use, such as 1.5; infinity without a limit. */
double ff_cgroup_quota(void);

/* The same rounded up to whole processors; INT_MAX without a limit, at least 1. */
int ff_cgroup_processors(void);

#endif

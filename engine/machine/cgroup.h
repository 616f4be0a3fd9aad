/* Limits of this process's control group (a container's or a batch job's). Thread-safe. */
#ifndef ENGINE_MACHINE_CGROUP_H
#define ENGINE_MACHINE_CGROUP_H

#include <stddef.h>

/* Bytes of memory that the process may still allocate before its group or a parent group reaches its limit; reclaimable
 * page cache counts as free. SIZE_MAX without a limit. */
size_t ff_cgroup_memory(void);

/* CPU time that the group may use, in processors, such as 1.5; infinity without a limit. */
double ff_cgroup_quota(void);

/* The same rounded up to whole processors; INT_MAX without a limit, at least 1. */
int ff_cgroup_processors(void);

#endif

/* How much memory is available, so that a run that cannot fit is rejected before it starts. */
#ifndef ENGINE_MACHINE_MEMORY_H
#define ENGINE_MACHINE_MEMORY_H

#include <stddef.h>

#include "base/error.h"

/* Bytes that this process may still allocate: the minimum of the machine's available memory, what its control group
 * leaves, and its address-space limit; SIZE_MAX if none of them can be read. Thread-safe. */
size_t ff_memory_available(void);

/* Advises the kernel to use huge pages for the whole huge pages within the bytes at `base`: large arrays then cause a
 * five-hundredth of the page faults. Thread-safe. */
void ff_memory_huge(void *base, size_t bytes);

/* FF_OK if `bytes` for `what` fit into the available memory, otherwise FF_ERROR_MEMORY with both sizes. */
FF_NODISCARD ff_status ff_memory_check(size_t bytes, const char *what, struct ff_error *error);

#endif

/* How much memory there is, so that a run which cannot fit is refused before it starts. */
#ifndef ENGINE_MACHINE_MEMORY_H
#define ENGINE_MACHINE_MEMORY_H

#include <stddef.h>

#include "base/error.h"

/* Bytes this process may still take: the least of the machine's available memory, what its control group leaves, and
 * its address-space limit; SIZE_MAX where none can be read. Thread-safe. */
size_t ff_memory_available(void);

/* Advises the kernel to back what lies in whole huge pages of the bytes at `base` with such: large arrays then cost a
 * five-hundredth of the page faults. Thread-safe. */
void ff_memory_huge(void *base, size_t bytes);

/* FF_OK if `bytes` for `what` fit into the available memory, else FF_ERROR_MEMORY with both sizes. */
FF_NODISCARD ff_status ff_memory_check(size_t bytes, const char *what, struct ff_error *error);

#endif

/* One aligned slab of memory. It is measured first, then allocated, then handed out in the same order:
 *
 *     struct ff_arena arena = {0};            // measuring: takes return NULL and only count
 *     layout(&arena, thing);
 *     FF_TRY(ff_arena_init(&arena, error));   // allocates what was counted, counts from 0 again
 *     layout(&arena, thing);                  // now the pointers are real
 *
 * The slab's pages are zero and not touched before their first write, so the team that writes first decides on which
 * NUMA node they lie. Not thread-safe. The arena owns what it hands out. */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { FF_ALIGN = 64 }; /* a cache line, and the widest vector */

/* Bytes rounded up to whole cache lines. */
static inline size_t ff_align_up(size_t bytes)
{
	return (bytes + FF_ALIGN - 1) / FF_ALIGN * FF_ALIGN;
}

struct ff_arena {
	char *base; /* NULL while measuring */
	size_t size, used;
};

/* Returns the next `count` objects of `size` bytes, 64-byte aligned; NULL while measuring. Counts saturate at
 * SIZE_MAX. */
void *ff_arena_take(struct ff_arena *arena, size_t count, size_t size);

/* Allocates the measured bytes. Errors: FF_ERROR_MEMORY. */
FF_NODISCARD ff_status ff_arena_init(struct ff_arena *arena, struct ff_error *error);

/* In debug builds, a sealed thread must not initialise an arena: a running stage allocates nothing. */
void ff_arena_seal(bool sealed);

void ff_arena_fini(struct ff_arena *arena);

#endif

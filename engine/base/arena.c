#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

/* Of this thread; only an assertion reads it. */
static _Thread_local bool thread_sealed;

void ff_arena_seal(bool sealed)
{
	thread_sealed = sealed;
}

/* Rounded up to whole cache lines, so that no two arrays share one. */
static size_t lines(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - FF_ALIGN)
		return SIZE_MAX;
	return ff_align_up(bytes);
}

void *ff_arena_take(struct ff_arena *arena, size_t count, size_t size)
{
	size_t bytes = lines(count, size);
	char *taken = arena->base ? arena->base + arena->used : NULL;
	if (__builtin_add_overflow(arena->used, bytes, &arena->used))
		arena->used = SIZE_MAX;
	assert(!arena->base || arena->used <= arena->size);
	return taken;
}

static void *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Uses whole huge pages. A page shared with another arena would lie on the node of whichever team wrote first. */
static void *map_huge(size_t *size)
{
	*size = (*size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	char *all = map(*size + HUGE_PAGE);
	if (all == MAP_FAILED)
		return MAP_FAILED;
	size_t before = (HUGE_PAGE - (uintptr_t)all % HUGE_PAGE) % HUGE_PAGE;
	if (before)
		munmap(all, before);
	if (before < HUGE_PAGE)
		munmap(all + before + *size, HUGE_PAGE - before);
	return all + before;
}

ff_status ff_arena_init(struct ff_arena *arena, struct ff_error *error)
{
	assert(!thread_sealed);
	size_t size = arena->used ? arena->used : FF_ALIGN;
	void *base = size > PTRDIFF_MAX - 2 * (size_t)HUGE_PAGE ? MAP_FAILED
	             : size < HUGE_PAGE                         ? map(size)
	                                                        : map_huge(&size);
	if (base == MAP_FAILED)
		return ff_fail_at(error, FF_ERROR_MEMORY, NULL, "use narrower layers or a smaller batch",
		                  "cannot allocate %.1f MiB", (double)size / (1 << 20));
	(void)madvise(base, size, MADV_HUGEPAGE); /* only advice: a kernel without huge pages may refuse */
	*arena = (struct ff_arena){.base = base, .size = size};
	return FF_OK;
}

void ff_arena_fini(struct ff_arena *arena)
{
	if (arena && arena->base)
		munmap(arena->base, arena->size);
	if (arena)
		*arena = (struct ff_arena){0};
}

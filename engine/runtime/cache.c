#include "runtime/cache.h"

#include <string.h>

#include "base/gemm.h"
#include "base/memory.h"
#include "runtime/schedule.h"

/* `execution.memory.budget: auto`, in bytes. */
enum { DEFAULT_BUDGET = 256 << 20 };

static size_t allowed(const struct ff_experiment *experiment)
{
	return experiment->execution.memory == FF_AUTO ? DEFAULT_BUDGET : (size_t)experiment->execution.memory;
}

static size_t budget_of(const struct ff_experiment *experiment, size_t reserved)
{
	size_t budget = allowed(experiment);
	size_t available = ff_memory_available(); /* the reserved part is not touched yet, so it counts as free */
	size_t half = available > reserved ? (available - reserved) / 2 : 0; /* the rest is for others */
	return budget < half ? budget : half;
}

/* How many of n images' rows to keep: whole tiles of an epoch that is not shuffled, all or none of one that is. */
static size_t images_to_keep(const struct ff_experiment *experiment, size_t n, size_t width, size_t budget)
{
	bool full = ff_schedule_full_batch(experiment, n);
	size_t fit = budget / (2 * width * sizeof(float)), tile = ff_schedule_most_pairs(experiment);
	if (fit >= n)
		return n;
	return full ? fit / tile * tile : 0;
}

/* Decides what each layer keeps; numbers of a side of all pairs, for the layer that keeps most. */
static size_t plan(struct ff_cache *cache, const struct ff_experiment *experiment, size_t n, size_t budget)
{
	size_t most = 0;
	*cache = (struct ff_cache){.in_order = ff_schedule_full_batch(experiment, n)};
	if (experiment->train.order != FF_GREEDY || experiment->negatives.redraw != FF_REDRAW_ONCE ||
	    !ff_gemm_rows_alone() || experiment->train.epochs == 1 || experiment->augment.shift > 0 ||
	    ff_schedule_any_dropout(experiment))
		return 0;
	for (int l = 1; l < experiment->n_layers; l++) {
		size_t width = (size_t)experiment->layers[l - 1].width;
		cache->kept[l] = images_to_keep(experiment, n, width, budget);
		most = cache->kept[l] * width > most ? cache->kept[l] * width : most;
	}
	return most;
}

size_t ff_cache_bytes(const struct ff_experiment *experiment, size_t n)
{
	struct ff_cache cache;
	return 2 * sizeof(float) * plan(&cache, experiment, n, allowed(experiment));
}

void ff_cache_init(struct ff_cache *cache, const struct ff_experiment *experiment, size_t n, size_t reserved)
{
	size_t most = plan(cache, experiment, n, budget_of(experiment, reserved));
	(void)ff_arena_take(&cache->arena, 2 * most, sizeof(float));
	if (most == 0 || ff_arena_init(&cache->arena, NULL) != FF_OK)
		*cache = (struct ff_cache){0};
	else
		cache->rows = ff_arena_take(&cache->arena, 2 * most, sizeof(float));
}

void ff_cache_fini(struct ff_cache *cache)
{
	ff_arena_fini(&cache->arena);
	*cache = (struct ff_cache){0};
}

/* Rows between a tile and the cache. */
struct copy_work {
	const uint32_t *images; /* [n] */
	size_t n, width;
	const float *from; /* the tile, or the cache */
	float *to;         /* the other */
	bool keep;         /* to the cache */
};

static void copy_rows(void *context, size_t begin, size_t end)
{
	const struct copy_work *work = context;
	size_t width = work->width;
	for (size_t p = begin; p < end; p++)
		for (size_t side = 0; side < 2; side++) {
			size_t kept = (2 * (size_t)work->images[p] + side) * width, tile = (side * work->n + p) * width;
			memcpy(work->to + (work->keep ? kept : tile), work->from + (work->keep ? tile : kept),
			       width * sizeof(float));
		}
}

/* Where the tile that begins with an image lies. */
static float *tile_of(const struct ff_cache *cache, uint32_t image, size_t width)
{
	return cache->rows + 2 * (size_t)image * width;
}

void ff_cache_store(struct ff_cache *cache, const struct ff_team *team, const uint32_t *images, size_t n, size_t width,
                    const float *x)
{
	struct copy_work work = {images, n, width, x, cache->rows, true};
	if (cache->in_order)
		memcpy(tile_of(cache, images[0], width), x, 2 * n * width * sizeof *x);
	else
		ff_team_for(team, n, ff_team_grain(2 * width), copy_rows, &work);
}

const float *ff_cache_fetch(const struct ff_cache *cache, const struct ff_team *team, const uint32_t *images, size_t n,
                            size_t width, float *x)
{
	struct copy_work work = {images, n, width, cache->rows, x, false};
	if (cache->in_order)
		return tile_of(cache, images[0], width);
	ff_team_for(team, n, ff_team_grain(2 * width), copy_rows, &work);
	return x;
}

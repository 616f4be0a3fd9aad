#include "pipeline/input_cache.h"

#include <string.h>

#include "machine/memory.h"
#include "pipeline/sizes.h"

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
	size_t share = available > reserved ? (available - reserved) / 2 : 0; /* leaves the rest to other processes */
	return budget < share ? budget : share;
}

/* How many of n images to cache, each of so many floats: whole tiles if the epochs are not shuffled, otherwise all or
 * none. */
static size_t images_to_keep(const struct ff_experiment *experiment, size_t n, size_t numbers, size_t budget)
{
	bool full = ff_schedule_full_batch(experiment, n);
	size_t fit = budget / (numbers * sizeof(float)), tile = ff_schedule_max_samples(experiment);
	if (fit >= n)
		return n;
	return full ? fit / tile * tile : 0;
}

/* Whether the inputs of greedy layers are the same in every epoch, and those of a head that trains after the layers.
 * The head's rows contain no negatives and no dropout. */
static bool layers_repeat(const struct ff_experiment *e)
{
	return e->train.order == FF_GREEDY && e->train.epochs > 1 && e->negatives.redraw == FF_REDRAW_ONCE &&
	       !ff_schedule_any_dropout(e);
}
static bool head_repeats(const struct ff_experiment *e)
{
	return e->head.when == FF_HEAD_AFTER && e->head.epochs > 1;
}

/* Floats of one image at the input of greedy stage `alone`: all its rows for a layer, its plain row for the head (stage
 * L). */
static size_t numbers_of(const struct ff_experiment *e, int alone)
{
	size_t numbers = 0;
	if (alone < e->n_layers)
		return ff_schedule_sides(e) * (size_t)e->layers[alone - 1].width;
	for (int l = 0; l < e->n_layers; l++)
		numbers += ff_layer_set_has(&e->head.layers, l) ? (size_t)e->layers[l].width : 0;
	return numbers;
}

/* Decides what is cached in each greedy stage; returns the floats that the largest stage needs. */
static size_t plan(struct ff_input_cache *cache, const struct ff_experiment *e, size_t n, size_t budget)
{
	size_t most = 0;
	*cache = (struct ff_input_cache){.in_order = ff_schedule_full_batch(e, n)};
	if (e->augment.shift > 0)
		return 0;
	for (int alone = 1; alone <= e->n_layers; alone++) {
		if (alone < e->n_layers ? !layers_repeat(e) : !head_repeats(e))
			continue;
		size_t numbers = numbers_of(e, alone);
		cache->kept[alone] = images_to_keep(e, n, numbers, budget);
		most = cache->kept[alone] * numbers > most ? cache->kept[alone] * numbers : most;
	}
	return most;
}

size_t ff_input_cache_bytes(const struct ff_experiment *experiment, size_t n)
{
	struct ff_input_cache cache;
	return sizeof(float) * plan(&cache, experiment, n, allowed(experiment));
}

void ff_input_cache_init(struct ff_input_cache *cache, const struct ff_experiment *experiment, size_t n,
                         size_t reserved)
{
	size_t most = plan(cache, experiment, n, budget_of(experiment, reserved));
	(void)ff_arena_take(&cache->arena, most, sizeof(float));
	if (most == 0 || ff_arena_init(&cache->arena, NULL) != FF_OK)
		*cache = (struct ff_input_cache){0};
	else
		cache->rows = ff_arena_take(&cache->arena, most, sizeof(float));
}

void ff_input_cache_fini(struct ff_input_cache *cache)
{
	ff_arena_fini(&cache->arena);
	*cache = (struct ff_input_cache){0};
}

/* A copy of rows between a tile and the cache. */
struct copy_work {
	const struct ff_input_cache_rows *rows;
	const float *from; /* the tile, or the cache */
	float *to;         /* the other */
	bool keep;         /* from the tile to the cache */
};

static void copy_rows(void *context, size_t begin, size_t end)
{
	const struct copy_work *work = context;
	const struct ff_input_cache_rows *rows = work->rows;
	size_t width = rows->width;
	for (size_t p = begin; p < end; p++)
		for (size_t side = 0; side < rows->sides; side++) {
			size_t kept = (rows->sides * (size_t)rows->images[p] + side) * width;
			size_t tile = (side * rows->n + p) * width;
			memcpy(work->to + (work->keep ? kept : tile), work->from + (work->keep ? tile : kept),
			       width * sizeof(float));
		}
}

static void copy(const struct ff_team *team, struct copy_work *work)
{
	size_t grain = ff_team_grain(work->rows->sides * work->rows->width);
	ff_team_for(team, work->rows->n, grain, copy_rows, work);
}

/* For images in order: where the rows of the tile's first image are. */
static float *tile_of(const struct ff_input_cache *cache, const struct ff_input_cache_rows *rows)
{
	return cache->rows + rows->before + rows->sides * (size_t)rows->images[0] * rows->width;
}

void ff_input_cache_store(struct ff_input_cache *cache, const struct ff_team *team,
                          const struct ff_input_cache_rows *rows, const float *x)
{
	struct copy_work work = {rows, x, cache->rows + rows->before, true};
	if (cache->in_order)
		memcpy(tile_of(cache, rows), x, rows->sides * rows->n * rows->width * sizeof *x);
	else
		copy(team, &work);
}

const float *ff_input_cache_fetch(const struct ff_input_cache *cache, const struct ff_team *team,
                                  const struct ff_input_cache_rows *rows, float *x)
{
	struct copy_work work = {rows, cache->rows + rows->before, x, false};
	if (cache->in_order)
		return tile_of(cache, rows);
	copy(team, &work);
	return x;
}

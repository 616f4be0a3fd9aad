#include "runtime/cache.h"

#include <string.h>

#include "base/memory.h"

/* `execution.memory.budget: auto`, in bytes. */
enum { DEFAULT_BUDGET = 256 << 20 };

/* Streams a packet from the source through the frozen layers. */
static const float *stream(const struct ff_cache *cache, const struct ff_source *source, struct ff_net *net,
                           const struct ff_packet *packet)
{
	ff_source_pairs(source, &net->team, packet, net->input);
	return ff_net_infer(net, 2 * packet->pairs, cache->layer);
}

/* How many training images' rows to keep: whole tiles of an epoch that is not shuffled, all or none of one that is. */
static size_t images_to_keep(const struct ff_experiment *experiment, const struct ff_source *source, size_t width)
{
	if (experiment->negatives.redraw != FF_REDRAW_ONCE)
		return 0;
	size_t budget = experiment->execution.memory == FF_AUTO ? DEFAULT_BUDGET : (size_t)experiment->execution.memory;
	size_t half =
	    ff_memory_available() / 2; /* the rest is for others; what is streamed instead has the same bits */
	budget = budget < half ? budget : half;
	size_t fit = budget / (2 * width * sizeof(float));
	if (fit >= source->n)
		return source->n;
	return source->batch == source->n ? fit / FF_TILE_PAIRS * FF_TILE_PAIRS : 0;
}

/* Where a copy between the cache and a tile stands. */
struct copy_work {
	const struct ff_cache *cache;
	const uint32_t *samples; /* [pairs], their numbers in the cache */
	size_t pairs;
	float *tile; /* [2 pairs x I] */
	bool keep;   /* into the cache, or out of it */
};

static void copy_rows(void *context, size_t begin, size_t end)
{
	const struct copy_work *work = context;
	size_t width = work->cache->width, bytes = width * sizeof(float);
	for (size_t p = begin; p < end; p++)
		for (size_t side = 0; side < 2; side++) {
			float *kept = work->cache->rows + (2 * work->samples[p] + side) * width;
			float *row = work->tile + (side * work->pairs + p) * width;
			memcpy(work->keep ? kept : row, work->keep ? row : kept, bytes);
		}
}

/* Between the cache and the buffer below the layer, which holds the packet's rows or takes them. */
static float *copy(const struct ff_cache *cache, const struct ff_source *source, struct ff_net *net,
                   const struct ff_packet *packet, bool keep)
{
	struct copy_work work = {
	    .cache = cache,
	    .samples = source->order + packet->at,
	    .pairs = packet->pairs,
	    .tile = net->activation[cache->layer - 1],
	    .keep = keep,
	};
	ff_team_for(&net->team, packet->pairs, ff_team_grain(2 * cache->width), copy_rows, &work);
	return work.tile;
}

/* With a shuffled order everything is kept, else the first tiles: either way positions [0, kept) are what to keep. */
static void fill(const struct ff_cache *cache, struct ff_source *source, struct ff_net *net)
{
	struct ff_packet packet;
	ff_source_begin(source, 1);
	while (source->at < cache->kept && ff_source_next(source, &packet)) {
		(void)stream(cache, source, net, &packet);
		(void)copy(cache, source, net, &packet, true);
	}
}

void ff_cache_init(struct ff_cache *cache, const struct ff_experiment *experiment, struct ff_source *source,
                   struct ff_net *net, int layer)
{
	*cache = (struct ff_cache){.layer = layer};
	if (layer == 0)
		return;
	cache->width = net->stages[layer].layer.inputs;
	cache->kept = images_to_keep(experiment, source, cache->width);
	if (cache->kept == 0)
		return;
	(void)ff_arena_take(&cache->arena, 2 * cache->kept, cache->width * sizeof(float));
	if (ff_arena_init(&cache->arena, NULL) != FF_OK) {
		cache->kept = 0;
		return;
	}
	cache->rows = ff_arena_take(&cache->arena, 2 * cache->kept, cache->width * sizeof(float));
	fill(cache, source, net);
}

void ff_cache_fini(struct ff_cache *cache)
{
	ff_arena_fini(&cache->arena);
	*cache = (struct ff_cache){0};
}

const float *ff_cache_rows(const struct ff_cache *cache, const struct ff_source *source, struct ff_net *net,
                           const struct ff_packet *packet)
{
	if (packet->at + packet->pairs > cache->kept)
		return stream(cache, source, net, packet);
	return copy(cache, source, net, packet, false);
}

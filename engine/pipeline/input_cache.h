/* Caches the inputs of the one station that trains: a greedy layer, or the head after the layers. These inputs are
 * constant while the layers below are frozen and the rows are drawn once. In the first epoch of a greedy stage as many
 * rows are stored as the budget allows; the others pass through the frozen layers again in every epoch. Caching does
 * not change a bit, because a row's forward pass does not depend on its neighbours (product/gemm.h).
 *
 * All greedy stages use the same memory, one after another: only the station that trains writes it, and the next one
 * starts to when it gets its first packet, after the last one of the previous stage. */
#ifndef ENGINE_PIPELINE_INPUT_CACHE_H
#define ENGINE_PIPELINE_INPUT_CACHE_H

#include "base/arena.h"
#include "ffengine/experiment.h"
#include "machine/team.h"

struct ff_input_cache {
	size_t kept[FF_MAX_LAYERS + 1]; /* per greedy stage (packet.h): rows of training images [0, kept) are cached */
	bool in_order; /* epochs are not shuffled: tiles are stored in the order of the epoch and read in place */
	float *rows;   /* otherwise image by image; owned */
	struct ff_arena arena;
};

/* Rows of a tile, x [sides n x width], one side after another. */
struct ff_input_cache_rows {
	const uint32_t *images; /* [n] */
	size_t n, sides, width; /* sides: the objective's rows per sample; 1 for the head's inputs */
	size_t before;          /* floats in the cache before them, from the head's other parts */
};

/* Decides how many of n images to cache and allocates memory for them: at most the experiment's budget, and at most
 * half of the memory that is available once the net has taken `reserved` bytes. Nothing is cached for the first layer
 * (making its rows costs no more than copying them), when negatives or images change from epoch to epoch, when the
 * epochs are shuffled and not all rows fit, or when the memory cannot be allocated. */
void ff_input_cache_init(struct ff_input_cache *cache, const struct ff_experiment *experiment, size_t n,
                         size_t reserved);

/* Bytes that it would cache for n images if memory were unlimited. */
size_t ff_input_cache_bytes(const struct ff_experiment *experiment, size_t n);

/* Fine on a zero struct. */
void ff_input_cache_fini(struct ff_input_cache *cache);

/* Stores the rows of a tile, or fetches them. Fetch copies them to x, or leaves x untouched and returns a pointer into
 * the cache, valid until the cache is filled again. */
void ff_input_cache_store(struct ff_input_cache *cache, const struct ff_team *team,
                          const struct ff_input_cache_rows *rows, const float *x);
const float *ff_input_cache_fetch(const struct ff_input_cache *cache, const struct ff_team *team,
                                  const struct ff_input_cache_rows *rows, float *x);

#endif

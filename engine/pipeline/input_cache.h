/* Inputs of what trains alone, a greedy layer or the head behind the layers: constant while the layers below are frozen
 * and the rows are drawn once. So in its first epoch as many are kept as the budget holds; the others go through the
 * frozen layers in every epoch anew. Kept or not, the bits are the same, since a row's forward pass does not depend on
 * its neighbours; nothing is kept where it does (ff_gemm_rows_alone()).
 *
 * All greedy stages use the same memory, one after another: only the station that trains writes it, and the next one
 * begins to when it gets its first packet, behind the last of the stage before. */
#ifndef ENGINE_PIPELINE_INPUT_CACHE_H
#define ENGINE_PIPELINE_INPUT_CACHE_H

#include "base/arena.h"
#include "ffengine/experiment.h"
#include "machine/team.h"

struct ff_input_cache {
	size_t kept[FF_MAX_LAYERS + 1]; /* by greedy stage (packet.h): training images [0, kept) have their rows kept */
	bool in_order; /* epochs are not shuffled: a tile's rows lie as they come, and are read where they lie */
	float *rows;   /* else those of image i one after another; owned */
	struct ff_arena arena;
};

/* Rows of a tile, x [sides n x width], side by side. */
struct ff_input_cache_rows {
	const uint32_t *images; /* [n] */
	size_t n, sides, width; /* sides: the objective's; 1 of the head's inputs */
	size_t before;          /* numbers in memory before them: of the head's other parts */
};

/* Decides how many of n images to keep and allocates memory for them: within the experiment's budget, and half of the memory
 * that is available when `reserved` bytes of it are taken by the net. Nothing is kept for the first layer (making its
 * rows costs no more than copying them), when negatives or images change from epoch to epoch, when the epochs are
 * shuffled and not all rows fit, or when the memory is not to be had. */
void ff_input_cache_init(struct ff_input_cache *cache, const struct ff_experiment *experiment, size_t n,
                         size_t reserved);

/* Bytes that it keeps of n images where memory is no concern. */
size_t ff_input_cache_bytes(const struct ff_experiment *experiment, size_t n);

/* Fine on a zero struct. */
void ff_input_cache_fini(struct ff_input_cache *cache);

/* Keeps the rows of a tile; or gives them: in x, or, x then being untouched, where the cache has them, until it is
 * filled anew. */
void ff_input_cache_store(struct ff_input_cache *cache, const struct ff_team *team,
                          const struct ff_input_cache_rows *rows, const float *x);
const float *ff_input_cache_fetch(const struct ff_input_cache *cache, const struct ff_team *team,
                                  const struct ff_input_cache_rows *rows, float *x);

#endif

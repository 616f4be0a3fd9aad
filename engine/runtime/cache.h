/* Inputs of the greedy layer that trains: constant while the layers below are frozen and the negatives are drawn once,
 * so as many as the budget holds are kept, and the others streamed again through the frozen layers. Kept or streamed,
 * the bits are the same (a row's forward does not depend on its neighbours: base/gemm.h). */
#ifndef ENGINE_RUNTIME_CACHE_H
#define ENGINE_RUNTIME_CACHE_H

#include "base/arena.h"
#include "runtime/net.h"
#include "runtime/source.h"

struct ff_cache {
	int layer;    /* whose inputs, from 0 */
	size_t width; /* I of that layer */
	size_t kept;  /* training images whose rows are kept: [0, kept) */
	float *rows;  /* [2 kept x I]: image i's positive row at 2 i, its negative at 2 i + 1 */
	struct ff_arena arena;
};

/* Decides how much to keep and computes it. Nothing is kept for the first layer (making its rows costs no more than
 * copying them), when negatives change from epoch to epoch, when the epochs are shuffled and not all rows fit, or when
 * the memory is not to be had. Uses net->input and the buffers of the layers below. */
void ff_cache_init(struct ff_cache *cache, const struct ff_experiment *experiment, struct ff_source *source,
                   struct ff_net *net, int layer);

/* Fine on a zero struct. */
void ff_cache_fini(struct ff_cache *cache);

/* The layer's inputs for the packet: [2 pairs x I], positives then negatives; valid until the next call. */
const float *ff_cache_rows(const struct ff_cache *cache, const struct ff_source *source, struct ff_net *net,
                           const struct ff_packet *packet);

#endif

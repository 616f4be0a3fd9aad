#include "support/rings.h"

#include <stdlib.h>

struct ff_ring *ring_create(size_t slots, size_t slot_bytes, uint64_t spin)
{
	struct ff_ring *ring = aligned_alloc(FF_ALIGN, sizeof *ring);
	void *memory = aligned_alloc(FF_ALIGN, ff_ring_bytes(slots, slot_bytes));
	if (!ring || !memory)
		abort();
	ff_ring_init(ring, memory, slots, slot_bytes, spin);
	return ring;
}

void ring_destroy(struct ff_ring *ring)
{
	free(ring->slots);
	free(ring);
}

void ring_fence_each(struct ff_ring *ring)
{
	ring->producer.sleeper.fences = ring->consumer.sleeper.fences = false;
}

struct ff_ring_counters counters_of(const struct ff_ring *ring)
{
	struct ff_ring_counters counters;
	ff_ring_read_counters(ring, &counters);
	return counters;
}

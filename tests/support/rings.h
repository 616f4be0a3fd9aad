/* Rings for tests: in memory of their own, on the heap. */
#ifndef TESTS_SUPPORT_RINGS_H
#define TESTS_SUPPORT_RINGS_H

#include "pipeline/ring.h"

/* In memory that ends where the ring says, for the address sanitizer to watch. Ends the program without memory. */
struct ff_ring *ring_create(size_t slots, size_t slot_bytes, uint64_t spin);
void ring_destroy(struct ff_ring *ring);

/* Before its use: has each side of the ring fence for itself, as where the kernel has no membarrier. */
void ring_fence_each(struct ff_ring *ring);

struct ff_ring_counters counters_of(const struct ff_ring *ring);

#endif

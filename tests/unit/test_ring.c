#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "support/rings.h"

static const size_t CAPACITIES[] = {1, 2, 3, 4, 64};
enum { N_CAPACITIES = sizeof CAPACITIES / sizeof *CAPACITIES, SLOT = 96 };

static const uint64_t STARTS[] = {UINT32_MAX - 70ULL, UINT64_MAX - 70, UINT64_MAX, (uint64_t)INT64_MAX - 70};
enum { N_STARTS = sizeof STARTS / sizeof *STARTS };

/* Puts a number into the ring, or takes one out, without waiting; false if it refuses. */
static bool put(struct ff_ring *ring, uint64_t number)
{
	uint64_t *slot = ff_ring_try_reserve(ring);
	if (!slot)
		return false;
	*slot = number;
	ff_ring_commit(ring);
	return true;
}

static bool get(struct ff_ring *ring, uint64_t *number)
{
	const uint64_t *slot = ff_ring_try_peek(ring);
	if (!slot)
		return false;
	*number = *slot;
	ff_ring_release(ring);
	return true;
}

static void sizes_are_whole_lines(void)
{
	CHECK_INT(ff_ring_bytes(1, 1), 64);
	CHECK_INT(ff_ring_bytes(3, 64), 192);
	CHECK_INT(ff_ring_bytes(5, 65), 640);
	CHECK(ff_ring_bytes(SIZE_MAX / 2, 64) == SIZE_MAX);
	CHECK(ff_ring_bytes(1, SIZE_MAX - 3) == SIZE_MAX);
	CHECK(ff_ring_bytes(2, SIZE_MAX - 3) == SIZE_MAX);
}

static size_t line_of(size_t offset)
{
	return offset / FF_ALIGN;
}

/* What each side writes lies on cache lines of its own, with a line between: processors may prefetch neighbours. */
static void sides_have_lines_of_their_own(void)
{
	size_t lines[] = {
	    line_of(offsetof(struct ff_ring, state)),
	    line_of(offsetof(struct ff_ring, producer.count)),
	    line_of(offsetof(struct ff_ring, producer.sleeper)),
	    line_of(offsetof(struct ff_ring, producer.slot)),
	    line_of(offsetof(struct ff_ring, producer.gap)),
	    line_of(offsetof(struct ff_ring, consumer.count)),
	    line_of(offsetof(struct ff_ring, consumer.sleeper)),
	    line_of(offsetof(struct ff_ring, consumer.slot)),
	    line_of(offsetof(struct ff_ring, consumer.gap)),
	    line_of(sizeof(struct ff_ring)),
	};
	CHECK_INT(alignof(struct ff_ring), FF_ALIGN);
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		CHECK_INT(lines[i], i);
	CHECK_INT(line_of(offsetof(struct ff_ring, slots)), lines[0]);
	CHECK_INT(line_of(offsetof(struct ff_ring, producer.nanoseconds)), lines[3]);
	CHECK_INT(line_of(offsetof(struct ff_ring, consumer.nanoseconds)), lines[7]);
}

/* Writes every slot completely. With the guard bytes behind, that shows that slots neither overlap nor exceed the
 * memory. */
static void slots_lie_apart_and_within_the_memory(void)
{
	for (size_t i = 0; i < N_CAPACITIES; i++) {
		size_t slots = CAPACITIES[i], bytes = ff_ring_bytes(slots, SLOT);
		char *memory = aligned_alloc(FF_ALIGN, bytes + FF_ALIGN);
		struct ff_ring ring;
		ff_ring_init(&ring, memory, slots, SLOT, 0);
		memset(memory, 0, bytes);
		memset(memory + bytes, 0x5a, FF_ALIGN);
		for (size_t s = 0; s < slots; s++) {
			char *slot = ff_ring_try_reserve(&ring);
			CHECK(slot >= memory && slot + SLOT <= memory + bytes);
			CHECK_INT((uintptr_t)slot % FF_ALIGN, 0);
			CHECK(slot == ff_ring_reserve(&ring)); /* the same one until it is committed */
			CHECK_INT(slot[0] + slot[SLOT - 1], 0);
			memset(slot, (int)(s + 1), SLOT);
			ff_ring_commit(&ring);
		}
		for (size_t s = 0; s < slots; s++) {
			const char *slot = ff_ring_peek(&ring);
			CHECK(slot == ff_ring_try_peek(&ring));
			for (size_t b = 0; b < SLOT; b++)
				if (!CHECK_INT(slot[b], s + 1))
					break;
			ff_ring_release(&ring);
		}
		for (size_t b = 0; b < FF_ALIGN; b++)
			CHECK_INT(memory[bytes + b], 0x5a);
		free(memory);
	}
}

static void full_and_empty_refuse(void)
{
	for (size_t i = 0; i < N_CAPACITIES; i++) {
		uint64_t slots = CAPACITIES[i], got = 0;
		ff_scenario("%d slots", (int)slots);
		struct ff_ring *ring = ring_create(slots, 8, 0);
		CHECK(!get(ring, &got));
		for (uint64_t turn = 0; turn < 5; turn++) { /* fill it, then empty all but turn % slots */
			uint64_t kept = counters_of(ring).occupancy, first = counters_of(ring).pops;
			for (uint64_t s = kept; s < slots; s++)
				CHECK(put(ring, first + s));
			CHECK(!put(ring, 99));
			CHECK_INT(counters_of(ring).occupancy, slots);
			for (uint64_t s = 0; s < slots - turn % slots; s++)
				CHECK(get(ring, &got) && CHECK_INT(got, first + s));
			CHECK_INT(counters_of(ring).occupancy, turn % slots);
		}
		while (get(ring, &got))
			;
		CHECK_INT(got, counters_of(ring).pushes - 1);
		CHECK(!ff_ring_try_peek(ring));
		struct ff_ring_counters c = counters_of(ring);
		CHECK_INT(c.pushes, c.pops);
		CHECK_INT(c.full.waits + c.empty.waits + c.full.parks + c.empty.parks, 0);
		ring_destroy(ring);
	}
}

static void counts_wrap(void)
{
	for (size_t s = 0; s < N_STARTS; s++)
		for (size_t i = 0; i < N_CAPACITIES; i++) {
			struct ff_ring *ring = ring_create(CAPACITIES[i], 8, 0);
			uint64_t got = 0, slots = CAPACITIES[i];
			ff_scenario("%d slots, counts from %#llx", (int)slots, (unsigned long long)STARTS[s]);
			ff_ring_start_at(ring, STARTS[s]);
			CHECK(!get(ring, &got));
			for (uint64_t n = 0; n < 200; n++) {
				CHECK(put(ring, n));
				if (n + 1 < slots)
					continue;
				CHECK(!put(ring, n));
				CHECK_INT(counters_of(ring).occupancy, slots);
				CHECK(get(ring, &got) && CHECK_INT(got, n + 1 - slots));
			}
			CHECK_INT(counters_of(ring).pushes, 200);
			ring_destroy(ring);
		}
}

static void closed_rings_drain(void)
{
	uint64_t got = 0;
	struct ff_ring *ring = ring_create(4, 8, 0);
	CHECK(put(ring, 1) && put(ring, 2));
	CHECK(ff_ring_reserve(ring) != NULL);
	CHECK_INT(ff_ring_state(ring), FF_RING_OPEN);
	ff_ring_close(ring);
	ff_ring_close(ring);
	CHECK_INT(ff_ring_state(ring), FF_RING_CLOSED);
	CHECK(ff_ring_reserve(ring) == NULL);
	CHECK(!put(ring, 3));
	CHECK(ff_ring_peek(ring) != NULL);
	CHECK(get(ring, &got) && CHECK_INT(got, 1));
	CHECK(get(ring, &got) && CHECK_INT(got, 2));
	CHECK(ff_ring_peek(ring) == NULL);
	CHECK(ff_ring_peek(ring) == NULL);
	ring_destroy(ring);
}

static void a_slot_in_hand_may_be_committed_after_the_end(void)
{
	uint64_t got = 0;
	struct ff_ring *ring = ring_create(1, 8, 0);
	uint64_t *slot = ff_ring_reserve(ring);
	ff_ring_close(ring);
	*slot = 5;
	ff_ring_commit(ring);
	CHECK(get(ring, &got) && CHECK_INT(got, 5));
	ring_destroy(ring);
}

static void aborted_rings_drop(void)
{
	struct ff_ring *ring = ring_create(4, 8, 0);
	CHECK(put(ring, 1) && put(ring, 2));
	CHECK(ff_ring_peek(ring) != NULL);
	ff_ring_abort(ring);
	ff_ring_close(ring); /* must not undo the abort */
	CHECK_INT(ff_ring_state(ring), FF_RING_ABORTED);
	ff_ring_release(ring);
	CHECK(ff_ring_peek(ring) == NULL);
	CHECK(ff_ring_try_peek(ring) == NULL);
	CHECK(ff_ring_reserve(ring) == NULL);
	CHECK(ff_ring_try_reserve(ring) == NULL);
	CHECK_INT(counters_of(ring).occupancy, 1);
	ring_destroy(ring);
}

FF_TESTS("ring", {"sizes are whole lines", sizes_are_whole_lines},
         {"both sides have lines of their own", sides_have_lines_of_their_own},
         {"slots lie apart and within the memory", slots_lie_apart_and_within_the_memory},
         {"full and empty refuse", full_and_empty_refuse}, {"counts wrap", counts_wrap},
         {"closed rings drain", closed_rings_drain},
         {"a slot in hand may be committed after the end", a_slot_in_hand_may_be_committed_after_the_end},
         {"aborted rings drop", aborted_rings_drop})

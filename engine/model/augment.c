#include "model/augment.h"

#include <string.h>

#include "base/rng.h"

struct ff_shift ff_shift_of(uint64_t seed, uint32_t sample, uint32_t epoch, int most)
{
	uint32_t side = 2 * (uint32_t)most + 1;
	struct ff_random random = ff_random_at(seed, FF_PURPOSE_SHIFT, 0, epoch, sample);
	uint32_t drawn = ff_random_below(random, side * side);
	return (struct ff_shift){(int)(drawn / side) - most, (int)(drawn % side) - most};
}

/* Along an axis of n pixels shifted by `by`: where reading and writing start, and how many pixels stay inside. */
struct span {
	size_t from, to, n;
};

static struct span span_of(int by, size_t n)
{
	size_t far = by < 0 ? (size_t) - (int64_t)by : (size_t)by;
	if (far >= n)
		return (struct span){0, 0, 0};
	return by < 0 ? (struct span){far, 0, n - far} : (struct span){0, far, n - far};
}

void ff_shift_image(struct ff_shift shift, const uint8_t *image, size_t height, size_t width, size_t channels,
                    uint8_t *out)
{
	struct span rows = span_of(shift.down, height), columns = span_of(shift.right, width);
	size_t line = width * channels;
	memset(out, 0, height * line);
	for (size_t y = 0; y < rows.n && columns.n; y++)
		memcpy(out + (rows.to + y) * line + columns.to * channels,
		       image + (rows.from + y) * line + columns.from * channels, columns.n * channels);
}

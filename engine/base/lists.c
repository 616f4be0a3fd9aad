#include "base/lists.h"

#include <string.h>

size_t ff_lists_count(const uint8_t *bytes, size_t rows, size_t stride, size_t width)
{
	size_t all = 0;
	for (size_t r = 0; r < rows; r++) {
		const uint8_t *row = bytes + r * stride;
		uint32_t zeros = 0;
		for (size_t j = 0; j < width; j++)
			zeros += row[j] == 0;
		all += width - zeros;
	}
	return all;
}

/* Where the next eight bytes are all 0, as most of an image's margin is. */
static bool all_zero(const uint8_t *bytes, size_t left)
{
	uint64_t eight = 1;
	if (left >= sizeof eight)
		memcpy(&eight, bytes, sizeof eight);
	return eight == 0;
}

void ff_lists_fill(const uint8_t *bytes, size_t rows, size_t stride, size_t width, uint32_t *start, uint16_t *column,
                   uint8_t *byte)
{
	enum { AT_ONCE = 8 };
	size_t n = 0;
	for (size_t r = 0; r < rows; r++) {
		const uint8_t *row = bytes + r * stride;
		start[r] = (uint32_t)n;
		for (size_t at = 0; at < width; at += AT_ONCE) {
			size_t end = width - at < AT_ONCE ? width : at + AT_ONCE;
			if (all_zero(row + at, width - at))
				continue;
			for (size_t j = at; j < end; j++) { /* written in any case: a branch would be hard to foresee */
				column[n] = (uint16_t)j;
				byte[n] = row[j];
				n += row[j] != 0;
			}
		}
	}
	start[rows] = (uint32_t)n;
}

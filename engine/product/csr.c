#include "product/csr.h"

#include <string.h>

/* What jobs count or write. */
struct conversion {
	const struct ff_byte_rows *from;
	struct ff_csr_parts parts;
	size_t counted[FF_MOST_JOBS];
	uint32_t *start;
	uint16_t *column;
	uint8_t *byte;
};

static void count_part(void *context, size_t i)
{
	struct conversion *to = context;
	const struct ff_byte_rows *from = to->from;
	size_t all = 0;
	for (size_t r = to->parts.row[i]; r < to->parts.row[i + 1]; r++) {
		const uint8_t *row = from->bytes + r * from->stride;
		uint32_t zeros = 0;
		for (size_t j = 0; j < from->width; j++)
			zeros += row[j] == 0;
		all += from->width - zeros;
	}
	to->counted[i] = all;
}

struct ff_csr_parts ff_csr_count(const struct ff_byte_rows *from)
{
	enum { GRAIN = 1 << 20 }; /* bytes that are worth a thread */
	struct conversion to = {.from = from};
	struct ff_csr_parts *parts = &to.parts;
	parts->n = ff_jobs_of(from->rows * from->width, GRAIN);
	for (size_t i = 0; i <= parts->n; i++)
		parts->row[i] = from->rows * i / parts->n;
	ff_jobs_do(parts->n, count_part, &to);
	for (size_t i = 0; i < parts->n; i++)
		parts->number[i + 1] = parts->number[i] + to.counted[i];
	return *parts;
}

/* Where the next eight bytes are all 0, as most of an image's margin is. */
static bool all_zero(const uint8_t *bytes, size_t left)
{
	uint64_t eight = 1;
	if (left >= sizeof eight)
		memcpy(&eight, bytes, sizeof eight);
	return eight == 0;
}

static void fill_part(void *context, size_t i)
{
	enum { AT_ONCE = 8 };
	const struct conversion *to = context;
	const struct ff_byte_rows *from = to->from;
	size_t n = to->parts.number[i], stop = to->parts.number[i + 1];
	for (size_t r = to->parts.row[i]; r < to->parts.row[i + 1]; r++) {
		const uint8_t *row = from->bytes + r * from->stride;
		to->start[r] = (uint32_t)n;
		for (size_t at = 0; at < from->width; at += AT_ONCE) {
			size_t end = from->width - at < AT_ONCE ? from->width : at + AT_ONCE;
			if (all_zero(row + at, from->width - at))
				continue;
			for (size_t j = at; j < end && n < stop;
			     j++) { /* a branch on the byte would be hard to foresee */
				to->column[n] = (uint16_t)j;
				to->byte[n] = row[j];
				n += row[j] != 0;
			}
		}
	}
}

void ff_csr_fill(const struct ff_byte_rows *from, const struct ff_csr_parts *parts, uint32_t *start, uint16_t *column,
                 uint8_t *byte)
{
	struct conversion to = {.from = from, .parts = *parts, .start = start, .column = column, .byte = byte};
	ff_jobs_do(parts->n, fill_part, &to);
	start[from->rows] = (uint32_t)parts->number[parts->n];
}

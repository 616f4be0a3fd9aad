/* A matrix as lists: of each row, the numbers that are not 0 and their columns (compressed sparse rows). Numbers are
 * multiples of bytes, as images are stored, so a list of digits takes a seventh of the row's memory. */
#ifndef ENGINE_BASE_LISTS_H
#define ENGINE_BASE_LISTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Number j of row r is value[byte[j]] in column[j], for j in [start[r], start[r + 1]); columns ascend. */
struct ff_lists {
	uint32_t *start; /* [rows + 1] */
	uint16_t *column;
	uint8_t *byte;
	float value[UINT8_MAX + 1]; /* of each byte, a multiple of it */
};

/* The columns that a list can name. */
enum { FF_LISTS_COLUMNS = UINT16_MAX + 1 };

/* Rows chosen from the lists: row i is list row[i], times factor[i]. */
struct ff_listed {
	const struct ff_lists *lists;
	const uint32_t *row;
	const float *factor;
};

/* Of list r, the first number in `column` or behind it: where it stands, or the list's end. Without branches that hang on
 * the columns, which no processor foresees. */
static inline size_t ff_lists_find(const struct ff_lists *lists, size_t r, size_t column)
{
	const uint16_t *at = lists->column + lists->start[r];
	size_t n = lists->start[r + 1] - lists->start[r];
	if (column == 0 || n == 0)
		return lists->start[r];
	for (; n > 1; n -= n / 2) /* it stands in [at, at + n] */
		at += at[n / 2 - 1] < column ? n / 2 : 0;
	return (size_t)(at - lists->column) + (*at < column);
}

/* Lists of the rows of a matrix of bytes: row r begins at bytes + r stride and has `width` columns, at most
 * FF_LISTS_COLUMNS. First how many numbers they have, at most UINT32_MAX; then start [rows + 1], and column and byte,
 * which need room for one number more. */
size_t ff_lists_count(const uint8_t *bytes, size_t rows, size_t stride, size_t width);
void ff_lists_fill(const uint8_t *bytes, size_t rows, size_t stride, size_t width, uint32_t *start, uint16_t *column,
                   uint8_t *byte);

#endif

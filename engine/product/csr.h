/* A matrix as lists: of each row, the numbers that are not 0 and their columns (compressed sparse rows). Numbers are
 * multiples of bytes, as images are stored, so a list of digits takes a seventh of the row's memory. */
#ifndef ENGINE_PRODUCT_CSR_H
#define ENGINE_PRODUCT_CSR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/threads.h"

/* The same numbers once more, of FF_CSC_ROWS rows at a time column by column, so that sums over rows stay in
 * registers. Number j of block b's column c is value[byte[j]] in the block's row row[j], for j in [start[i], start[i +
 * 1]) with i = b columns + c; rows ascend. */
enum { FF_CSC_ROWS = 64 };
struct ff_csc {
	uint32_t *start; /* [blocks columns + 1]; NULL: the lists have not been turned */
	uint8_t *row, *byte;
	size_t rows, columns; /* of the matrix */
};

/* Number j of row r is value[byte[j]] in column[j], for j in [start[r], start[r + 1]); columns ascend. */
struct ff_csr {
	uint32_t *start; /* [rows + 1] */
	uint16_t *column;
	uint8_t *byte;
	float value[UINT8_MAX + 1]; /* of each byte, a multiple of it */
	struct ff_csc turned;
};

/* The columns that a list can name. */
enum { FF_CSR_COLUMNS = UINT16_MAX + 1 };

/* Rows chosen from the lists: row i is list row[i], times factor[i]. */
struct ff_csr_rows {
	const struct ff_csr *lists;
	const uint32_t *row;
	const float *factor;
};

/* Of list r, the first number in `column` or behind it: where it stands, or the list's end. Without branches that hang
 * on the columns, which no processor foresees. */
static inline size_t ff_csr_find(const struct ff_csr *lists, size_t r, size_t column)
{
	const uint16_t *at = lists->column + lists->start[r];
	size_t n = lists->start[r + 1] - lists->start[r];
	if (column == 0 || n == 0)
		return lists->start[r];
	for (; n > 1; n -= n / 2) /* it stands in [at, at + n] */
		at += at[n / 2 - 1] < column ? n / 2 : 0;
	return (size_t)(at - lists->column) + (*at < column);
}

/* A matrix of bytes: row r begins at bytes + r stride and has `width` columns, at most FF_CSR_COLUMNS. */
struct ff_byte_rows {
	const uint8_t *bytes;
	size_t rows, stride, width;
};

/* Rows that a job works on, and the numbers before them: part i is rows [row[i], row[i + 1]), numbers likewise. */
struct ff_csr_parts {
	size_t n, row[FF_MOST_JOBS + 1], number[FF_MOST_JOBS + 1];
};

/* How many numbers the rows have: number[n], at most UINT32_MAX. */
struct ff_csr_parts ff_csr_count(const struct ff_byte_rows *from);

/* Then their lists: start [rows + 1], column and byte [numbers]. */
void ff_csr_fill(const struct ff_byte_rows *from, const struct ff_csr_parts *parts, uint32_t *start, uint16_t *column,
                 uint8_t *byte);

/* How many blocks, and how many starts, the lists of such a matrix have when they are turned. */
static inline size_t ff_csc_blocks(size_t rows)
{
	return (rows + FF_CSC_ROWS - 1) / FF_CSC_ROWS;
}
static inline size_t ff_csc_starts(size_t rows, size_t columns)
{
	return ff_csc_blocks(rows) * columns + 1;
}

/* Turns the lists: fills what turned->start [ff_csc_starts(rows, columns)], row and byte [numbers] point to, by its
 * rows and columns. */
void ff_csr_to_csc(const struct ff_csr *lists, const struct ff_csc *turned);

#endif

/* A matrix in compressed sparse rows (CSR): of each row, the non-zeros and their columns. Numbers are
 * multiples of bytes, as images are stored, so a row of digits takes a seventh of what it takes as floats. */
#ifndef ENGINE_PRODUCT_CSR_H
#define ENGINE_PRODUCT_CSR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/threads.h"

/* Non-zero j of row r is value[byte[j]] in column[j], for j in [start[r], start[r + 1]); columns ascend. */
struct ff_csr {
	uint32_t *start; /* [rows + 1] */
	uint16_t *column;
	uint8_t *byte;
	float value[UINT8_MAX + 1]; /* of each byte, a multiple of it */
};

/* The columns that a CSR row can name. */
enum { FF_CSR_COLUMNS = UINT16_MAX + 1 };

/* Rows chosen from a matrix: row i is its row row[i], times factor[i]. */
struct ff_csr_rows {
	const struct ff_csr *matrix;
	const uint32_t *row;
	const float *factor;
};

/* Of row r, the first non-zero in `column` or behind it: where it stands, or the row's end. Without branches that depend
 * on the columns, which no processor predicts. */
static inline size_t ff_csr_find(const struct ff_csr *csr, size_t r, size_t column)
{
	const uint16_t *at = csr->column + csr->start[r];
	size_t n = csr->start[r + 1] - csr->start[r];
	if (column == 0 || n == 0)
		return csr->start[r];
	for (; n > 1; n -= n / 2) /* it stands in [at, at + n] */
		at += at[n / 2 - 1] < column ? n / 2 : 0;
	return (size_t)(at - csr->column) + (*at < column);
}

/* A matrix of bytes: row r begins at bytes + r stride and has `width` columns, at most FF_CSR_COLUMNS. */
struct ff_byte_rows {
	const uint8_t *bytes;
	size_t rows, stride, width;
};

/* Rows that a job works on, and the non-zeros before them: part i is rows [row[i], row[i + 1]), non-zeros likewise. */
struct ff_csr_parts {
	size_t n, row[FF_MOST_JOBS + 1], number[FF_MOST_JOBS + 1];
};

/* How many non-zeros the rows have: number[n], at most UINT32_MAX. */
struct ff_csr_parts ff_csr_count(const struct ff_byte_rows *from);

/* Then the rows themselves: start [rows + 1], column and byte [non-zeros]. */
void ff_csr_fill(const struct ff_byte_rows *from, const struct ff_csr_parts *parts, uint32_t *start, uint16_t *column,
                 uint8_t *byte);

#endif

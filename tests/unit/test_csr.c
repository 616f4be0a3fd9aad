/* Matrices in CSR. */
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "product/csr.h"

enum { ROWS = 40, STRIDE = 33, WIDTH = 30, FIRST = 3 };

static uint8_t bytes[ROWS * STRIDE];

/* Rows that are empty, full and in between. */
static void fill_bytes(void)
{
	for (uint32_t i = 0; i < ROWS * STRIDE; i++) {
		uint32_t word = ff_random_at(5, FF_PURPOSE_BIAS, 0, 0, i).word[0];
		bytes[i] = word % ROWS < i / STRIDE ? (uint8_t)(1 + (word >> 24) % 255) : 0;
	}
}

/* The CSR rows, made in parts, have the bytes that are not 0, in order, and no more is written. */
static void check_rows(const struct ff_byte_rows *from, const struct ff_csr_parts *parts)
{
	size_t n = parts->number[parts->n], at = 0;
	uint32_t *start = malloc((from->rows + 1) * sizeof *start);
	uint16_t *column = malloc((n + 1) * sizeof *column);
	uint8_t *byte = malloc(n + 1);
	column[n] = 12345, byte[n] = 99;
	ff_csr_fill(from, parts, start, column, byte);
	for (size_t r = 0; r < from->rows; r++) {
		CHECK_INT(start[r], at);
		for (size_t j = 0; j < from->width; j++) {
			uint8_t wanted = from->bytes[r * from->stride + j];
			if (wanted && (column[at] != j || byte[at] != wanted))
				CHECK_INT(column[at], j);
			at += wanted != 0;
		}
	}
	CHECK_INT(start[from->rows], at);
	CHECK_INT(n, at);
	CHECK_INT(column[n], 12345);
	CHECK_INT(byte[n], 99);
	free(start), free(column), free(byte);
}

static void rows_are_the_matrix(void)
{
	fill_bytes();
	const struct ff_byte_rows from = {bytes + FIRST, ROWS, STRIDE, WIDTH};
	const struct ff_csr_parts parts = ff_csr_count(&from);
	check_rows(&from, &parts);
}

/* However the rows are shared out, empty ones at a part's end and parts of none among them. */
static void parts_are_the_whole(void)
{
	static const size_t CUTS[][4] = {{0, 13, 27, ROWS}, {0, 1, 2, ROWS}, {0, ROWS, ROWS, ROWS}, {0, 0, 20, ROWS}};
	fill_bytes();
	memset(bytes + 12 * STRIDE, 0, STRIDE);
	memset(bytes + 25 * STRIDE, 0, 2 * STRIDE);
	const struct ff_byte_rows from = {bytes, ROWS, STRIDE, WIDTH};
	for (size_t c = 0; c < sizeof CUTS / sizeof *CUTS; c++) {
		struct ff_csr_parts parts = {.n = 3};
		for (size_t i = 0; i <= 3; i++)
			parts.row[i] = CUTS[c][i];
		for (size_t i = 0; i < 3; i++) {
			const struct ff_byte_rows part = {bytes + parts.row[i] * STRIDE,
			                                  parts.row[i + 1] - parts.row[i], STRIDE, WIDTH};
			const struct ff_csr_parts counted = ff_csr_count(&part);
			parts.number[i + 1] = parts.number[i] + counted.number[counted.n];
		}
		check_rows(&from, &parts);
	}
}

/* Enough of them for several jobs. */
static void many_rows_are_shared_out(void)
{
	enum { MANY = 8000, WIDE = 784 };
	uint8_t *many = calloc(MANY, WIDE);
	for (uint32_t i = 0; i < MANY * WIDE; i++)
		many[i] = i * 2654435761U >> 24 < 50 ? (uint8_t)(i % 256) : 0;
	const struct ff_byte_rows from = {many, MANY, WIDE, WIDE};
	const struct ff_csr_parts parts = ff_csr_count(&from);
	CHECK_INT(parts.n, ff_jobs_of((size_t)MANY * WIDE, 1 << 20));
	check_rows(&from, &parts);
	free(many);
}

static void find_gives_the_first_at_or_behind_a_column(void)
{
	fill_bytes();
	uint32_t start[ROWS + 1];
	uint16_t column[ROWS * WIDTH + 1];
	uint8_t byte[ROWS * WIDTH + 1];
	const struct ff_byte_rows from = {bytes, ROWS, STRIDE, WIDTH};
	const struct ff_csr_parts parts = ff_csr_count(&from);
	ff_csr_fill(&from, &parts, start, column, byte);
	struct ff_csr csr = {.start = start, .column = column, .byte = byte};
	for (size_t r = 0; r < ROWS; r++)
		for (size_t j = 0; j <= WIDTH; j++) {
			size_t wanted = start[r];
			while (wanted < start[r + 1] && column[wanted] < j)
				wanted++;
			CHECK_INT(ff_csr_find(&csr, r, j), wanted);
		}
}

FF_TESTS("csr", {"rows are the matrix", rows_are_the_matrix}, {"parts are the whole", parts_are_the_whole},
         {"many rows are shared out", many_rows_are_shared_out},
         {"find gives the first at or behind a column", find_gives_the_first_at_or_behind_a_column})

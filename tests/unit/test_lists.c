/* Matrices as lists of what is not 0. */
#include "support/harness.h"

#include <stdlib.h>

#include "base/lists.h"
#include "base/rng.h"

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

static void lists_are_the_matrix(void)
{
	fill_bytes();
	size_t n = ff_lists_count(bytes + FIRST, ROWS, STRIDE, WIDTH), at = 0;
	uint32_t start[ROWS + 1];
	uint16_t *column = malloc((n + 1) * sizeof *column);
	uint8_t *byte = malloc(n + 1);
	ff_lists_fill(bytes + FIRST, ROWS, STRIDE, WIDTH, start, column, byte);
	for (size_t r = 0; r < ROWS; r++) {
		CHECK_INT(start[r], at);
		for (size_t j = 0; j < WIDTH; j++)
			if (bytes[r * STRIDE + FIRST + j]) {
				CHECK_INT(column[at], j);
				CHECK_INT(byte[at], bytes[r * STRIDE + FIRST + j]);
				at++;
			}
	}
	CHECK_INT(start[ROWS], at);
	CHECK_INT(n, at);
	free(column), free(byte);
}

static void find_gives_the_first_at_or_behind_a_column(void)
{
	fill_bytes();
	uint32_t start[ROWS + 1];
	uint16_t column[ROWS * WIDTH + 1];
	uint8_t byte[ROWS * WIDTH + 1];
	ff_lists_fill(bytes, ROWS, STRIDE, WIDTH, start, column, byte);
	struct ff_lists lists = {.start = start, .column = column, .byte = byte};
	for (size_t r = 0; r < ROWS; r++)
		for (size_t j = 0; j <= WIDTH; j++) {
			size_t wanted = start[r];
			while (wanted < start[r + 1] && column[wanted] < j)
				wanted++;
			CHECK_INT(ff_lists_find(&lists, r, j), wanted);
		}
}

FF_TESTS("lists", {"lists are the matrix", lists_are_the_matrix},
         {"find gives the first at or behind a column", find_gives_the_first_at_or_behind_a_column})

/* Which columns of a matrix have numbers at all, block of rows by block of rows.
 *
 * A third to a half of a layer's units may be dead: behind its ReLU they are 0 for every row, and so are their deltas.
 * What a gradient sums of those is 0, and need not be summed.
 *
 *     words [blocks][ff_live_words(n)]    bit j % 16 of word j / 16: column j is not 0 in some row of the block */
#ifndef ENGINE_PRODUCT_LIVE_H
#define ENGINE_PRODUCT_LIVE_H

#include <stddef.h>
#include <stdint.h>

enum { FF_LIVE_ROWS = 64, FF_LIVE_COLUMNS = 16 };

/* Words of a block of rows of n columns. */
static inline size_t ff_live_words(size_t n)
{
	return (n + FF_LIVE_COLUMNS - 1) / FF_LIVE_COLUMNS;
}

static inline size_t ff_live_blocks(size_t rows)
{
	return (rows + FF_LIVE_ROWS - 1) / FF_LIVE_ROWS;
}

/* words = which of the n columns are not 0 in `live`. */
static inline void ff_live_pack(const uint32_t *live, size_t n, uint16_t *words)
{
	for (size_t j = 0; j < n; j += FF_LIVE_COLUMNS, words++) {
		*words = 0;
		for (size_t bit = 0; bit < FF_LIVE_COLUMNS && j + bit < n; bit++)
			*words = (uint16_t)(*words | (live[j + bit] != 0) << bit);
	}
}

/* The word of columns [column, column + 16) of a matrix of n columns, for the blocks that rows [first, last] are in:
 * what else those blocks have may be in it. */
static inline uint32_t ff_live_word(const uint16_t *words, size_t n, size_t first, size_t last, size_t column)
{
	uint32_t word = 0;
	words += column / FF_LIVE_COLUMNS;
	for (size_t block = first / FF_LIVE_ROWS; block <= last / FF_LIVE_ROWS; block++)
		word |= words[block * ff_live_words(n)];
	return word;
}

#endif

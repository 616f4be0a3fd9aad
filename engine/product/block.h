/* Blocks of a product that is handed on while it is in cache, and who takes them, such as the optimizer. */
#ifndef ENGINE_PRODUCT_BLOCK_H
#define ENGINE_PRODUCT_BLOCK_H

#include <stddef.h>

/* A block of C: row i is c + i stride. */
struct ff_block {
	size_t row, rows, column, columns;
	float *c;
	size_t stride;
};

/* Where the rows of a block stand in matrices like C: row i at matrix[..] + i stride. */
enum { FF_MOST_TOUCHED = 3 };
struct ff_touched {
	const float *matrix[FF_MOST_TOUCHED];
	int matrices;
	size_t stride;
};

/* What is to be done with C block by block. Both functions are called from the team's threads. */
struct ff_block_user {
	void *context;
	/* C is for matrices in panels, as ff_gemm_panel() says: no block has columns of two. 0: for row-major ones. */
	size_t panel;
	/* A block is about to be computed; returns what `take` will touch, which is fetched meanwhile. */
	struct ff_touched (*ahead)(void *context, size_t row, size_t rows, size_t column, size_t columns);
	/* Here it is; the block may be overwritten, and is gone afterwards. */
	void (*take)(void *context, const struct ff_block *block);
};

/* Of `left` columns from this one on, how many the user takes with it in one block. */
static inline size_t ff_block_width(const struct ff_block_user *user, size_t column, size_t left)
{
	size_t panel = user->panel ? user->panel - column % user->panel : left;
	return left < panel ? left : panel;
}

/* Has the user take a block, of any columns, panel by panel. */
void ff_block_give(const struct ff_block_user *user, const struct ff_block *block);

#endif

#include "product/block.h"

void ff_block_give(const struct ff_block_user *user, const struct ff_block *block)
{
	size_t end = block->column + block->columns;
	for (size_t j = block->column, width; j < end; j += width) {
		width = ff_block_width(user, j, end - j);
		user->take(user->context, &(struct ff_block){block->row, block->rows, j, width,
		                                             block->c + (j - block->column), block->stride});
	}
}

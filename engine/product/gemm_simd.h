/* The matrix product by one thread in code of our own, for processors with AVX2 and FMA or with AVX-512.
 *
 * A layer's products have few rows: a library packs the weights anew at every call, at 4 bytes for some hundred
 * flops, and stores a gradient that the optimizer then reads again. Here a panel of B is read where it stands, or
 * packed straight into the cache where it is used, and a block of C can be handed on while it is in cache.
 *
 * Bits: every element of C is a sum of fused multiply-adds in the order of k, in sections that ff_simd_section()
 * fixes and that are added up in order. So they hang neither on the instruction set nor on how C is split, and equal
 * those of BLIS's kernels for AVX-512, which sums the same way. */
#ifndef ENGINE_PRODUCT_GEMM_SIMD_H
#define ENGINE_PRODUCT_GEMM_SIMD_H

#include "product/block.h"
#include "product/product.h"

enum {
	FF_SIMD_SECTION = 384,      /* values of k summed in registers at a time */
	FF_SIMD_LAST_SECTION = 480, /* or up to so many if no others are left */
	FF_SIMD_ROW_GRAIN = 12,     /* a share of C of a multiple of so many rows wastes no register */
	FF_SIMD_COLUMN_GRAIN = 32,
	FF_SIMD_LIVE_COLUMNS = 128, /* if B has fewer, all are multiplied, live or not */
};

/* What a thread packs into, and where it sums up what does not go straight into C. */
enum {
	FF_SIMD_ROWS = 336, /* of C at a time: a section of A stays in the second-level cache */
	FF_SIMD_A_ROW =
	    FF_SIMD_LAST_SECTION + 16, /* no power of two, so that rows do not share their sets of the cache */
	FF_SIMD_TILE = FF_SIMD_ROW_GRAIN * FF_PANEL + 16,
	FF_SPARSE_DEPTH = 64, /* values of k whose rows of B stay in the first-level cache */
	FF_SPARSE_BLOCKS = (FF_SIMD_LAST_SECTION + FF_SPARSE_DEPTH - 1) / FF_SPARSE_DEPTH,
	FF_SPARSE_COLUMNS = 128, /* of C at a time */
};
struct ff_simd_workspace {
	_Alignas(64) float a[FF_SIMD_ROWS * FF_SIMD_A_ROW];
	_Alignas(64) float b[FF_SIMD_LAST_SECTION * FF_SPARSE_COLUMNS];
	_Alignas(64) float c[FF_SIMD_TILE];

	/* Without the zeros: `a` holds the other values of each row, `at` where in the packed block of B their row
	 * begins, `before` how many of them come before each block. */
	_Alignas(64) uint32_t at[FF_SIMD_ROWS * FF_SIMD_A_ROW];
	_Alignas(64) float sums[FF_SIMD_ROWS * FF_SPARSE_COLUMNS];
	uint16_t before[FF_SIMD_ROWS][FF_SPARSE_BLOCKS + 1];
};

/* The calling thread's workspace, 1.8 MiB: allocated when it first multiplies, freed when it ends. Without memory for
 * it the program ends with a message, as it does when BLIS has none for its own. */
struct ff_simd_workspace *ff_simd_workspace(void);

/* The length of the section of k that begins where `left` values are left. */
static inline size_t ff_simd_section(size_t left)
{
	return left <= FF_SIMD_LAST_SECTION ? left : FF_SIMD_SECTION;
}

struct ff_simd_gemm {
	const char *name; /* of the instruction set */

	/* Rows [row, row + rows) and columns [column, column + columns) of C; a panel of B's begins at `column`.
	 *
	 * With a user, of C = A^T B (beta 0, k <= FF_SIMD_LAST_SECTION), all columns: blocks that together are those
	 * rows go to the user, and product->c is not touched. */
	void (*multiply)(const struct ff_product *product, size_t row, size_t rows, size_t column, size_t columns,
	                 const struct ff_block_user *user);
};

#endif

/* Where the numbers of a matrix stand that is kept some columns at a time.
 *
 *     panel c   [rows][columns]: of the matrix, columns [c panel, (c + 1) panel), or of the last what is left
 *
 * Panels stand one behind the other and take no more memory than row-major does, which is the case of one panel of all
 * columns. Products compute C in tiles of few columns, and so does a step over weights whose gradient is such a
 * product: in panels both go through memory from front to back, where row-major they go along a dozen rows at once. */
#ifndef ENGINE_PRODUCT_PANELS_H
#define ENGINE_PRODUCT_PANELS_H

#include <stddef.h>

enum { FF_PANEL = 32 }; /* columns: two vectors of AVX-512, four of AVX2 */

struct ff_panels {
	size_t rows, columns;
	size_t panel; /* columns kept together, at least 1; `columns`: row-major */
};

/* Columns of the panel that has this one: what its rows are apart. */
static inline size_t ff_panel_width(struct ff_panels of, size_t column)
{
	size_t left = of.columns - column / of.panel * of.panel;
	return left < of.panel ? left : of.panel;
}

static inline size_t ff_panel_at(struct ff_panels of, size_t row, size_t column)
{
	size_t in = column % of.panel;
	return (column - in) * of.rows + row * ff_panel_width(of, column) + in;
}

/* Columns from this one on to the end of its panel. */
static inline size_t ff_panel_left(struct ff_panels of, size_t column)
{
	return ff_panel_width(of, column) - column % of.panel;
}

#endif

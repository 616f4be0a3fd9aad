/* The first layer of a supervised net, on rows that share an image and differ in their label alone.
 *
 * Such a row is r (x + v e_c): the image x, whose C label inputs are 0, with the one-hot label e_c of value v, and a
 * factor r that is 1 but for the neutral label, sum over c of e_c / C, whose row has another norm. So
 *
 *     z = r (x W + v W[c]) + b                    x W once an image, not once a row
 *     grad W = x^T (sum of the image's deltas),   grad W[c] = sum over the rows with label c of v delta
 *
 * Standardised, the black of an image is not 0. So that its zeros can be left out all the same, x comes as p + o 1,
 * with an offset o of the image's own that all its features have besides:
 *
 *     x W = p W + o (sum of W's rows),            grad W = p^T (...) + the same row for all features, sum of o delta
 *
 * which is the same algebra as of the rows written out, with sums in another order. Of W [I x O], the rows [0, C)
 * belong to the label, the others to the image; what an image brings is I - C numbers.
 *
 * Images come as rows of numbers, or as CSR rows of their set (product/csr.h): the same bits either way. A row's forward
 * pass does not depend on other images. W is row-major, as its rows are added one by one. */
#ifndef ENGINE_MODEL_LABELLED_H
#define ENGINE_MODEL_LABELLED_H

#include "model/layer.h"
#include "product/csr.h"

/* The labels of a tile: n samples, each an image with a label on every side, and m images that are queried, with every
 * label in turn (scored), with the neutral label, or both. Rows, in this order: S n of the samples, side by side; m C
 * scored (row i C + c); m neutral. Images: the samples', then the queried ones. */
struct ff_labels {
	size_t samples, sides; /* n, S */
	size_t queries;        /* m */
	size_t classes;        /* C */
	bool scored, neutral;
	uint32_t *label; /* [S n] of each side of the samples */
	float *value;    /* [n + m] v of each image */
	float *ratio;    /* [m] r of each queried image's neutral row */
	float *offset;   /* [n + m] o of each image */

	const struct ff_csr *csr; /* the images of their set; NULL: they come as rows of numbers */
	const uint32_t *image;    /* [n + m] which of its rows, and */
	float *factor;            /* [n + m] what times it the image is */
};

static inline size_t ff_labels_images(const struct ff_labels *labels)
{
	return labels->samples + labels->queries;
}
static inline size_t ff_labels_rows(const struct ff_labels *labels)
{
	size_t of_query = (labels->scored ? labels->classes : 0) + labels->neutral;
	return labels->sides * labels->samples + labels->queries * of_query;
}

extern const struct ff_layer_kind ff_labelled_kind;

#endif

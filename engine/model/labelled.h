/* The first layer of a supervised net, whose rows share an image and differ only in their label.
 *
 * Such a row is r (x + v e_c): the image x, whose C label inputs are 0, plus the one-hot label e_c with value v, times
 * a factor r. r is 1 except for the neutral label, sum over c of e_c / C, whose row has another norm. So
 *
 *     z = r (x W + v W[c]) + b                    x W once per image, not once per row
 *     grad W = x^T (sum of the image's deltas),   grad W[c] = sum over the rows with label c of v delta
 *
 * In standardised data a black pixel is not 0. To skip these pixels all the same, x is given as p + o 1, where o is an
 * offset of the image that is added to all its features:
 *
 *     x W = p W + o (sum of W's rows),            grad W = p^T (...) + the same row for all features, sum of o delta
 *
 * This is the same algebra as for the rows written out, with sums in another order. Rows [0, C) of W [I x O] belong to
 * the label, the others to the image; an image has I - C numbers.
 *
 * Images come as dense rows or as CSR rows of their set (product/csr.h), with the same bits. A row's forward pass does
 * not depend on other images. W is row-major, because single rows of it are added. */
#ifndef ENGINE_MODEL_LABELLED_H
#define ENGINE_MODEL_LABELLED_H

#include "model/layer.h"
#include "product/csr.h"

/* The labels of a tile: n samples, each an image with a label on every side; and m queries, each an image with every
 * label (scored), with the neutral label, or both. Rows, in this order: S n of the samples, one side after another; m C
 * scored (row i C + c); m neutral. Images: those of the samples, then those of the queries. */
struct ff_labels {
	size_t samples, sides; /* n, S */
	size_t queries;        /* m */
	size_t classes;        /* C */
	bool scored, neutral;
	uint32_t *label; /* [S n] label of each row of the samples */
	float *value;    /* [n + m] v of each image */
	float *ratio;    /* [m] r of each query's neutral row */
	float *offset;   /* [n + m] o of each image */

	const struct ff_csr *csr; /* the images of their set; NULL: they come as dense rows */
	const uint32_t *image;    /* [n + m] index of each image's CSR row */
	float *factor;            /* [n + m] factor on each image's CSR row */
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

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
 * Images come as rows of numbers, or as lists of what is not 0, by their numbers in a set: the same bits either way.
 *
 * As in layer.h, every function works with the whole team and gives the same bits for any number of threads; a row's
 * forward does not depend on other images. */
#ifndef ENGINE_MODEL_LABELLED_H
#define ENGINE_MODEL_LABELLED_H

#include "model/layer.h"
#include "product/csr.h"

/* The labels of a tile: n images with a right and a wrong label (pairs), and m images (probes) with every label in
 * turn (scored), with the neutral label, or both. Rows, in this order: n positives, n negatives, m C scored (row i C +
 * c), m neutral. */
struct ff_labels {
	size_t pairs, probes, classes; /* n, m, C */
	bool scored, neutral;
	uint32_t *label; /* [2 n] of the positives, then of the negatives */
	float *value;    /* [n + m] v of each image */
	float *ratio;    /* [m] r of each probe's neutral row */
	float *offset;   /* [n + m] o of each image */

	const struct ff_csr *lists; /* the images of their set; NULL: they come as rows */
	const uint32_t *image;      /* [n + m] which of the lists, and */
	float *factor;              /* [n + m] times that list is its row */
};

static inline size_t ff_labels_images(const struct ff_labels *labels)
{
	return labels->pairs + labels->probes;
}
static inline size_t ff_labels_rows(const struct ff_labels *labels)
{
	return 2 * labels->pairs + labels->probes * ((labels->scored ? labels->classes : 0) + labels->neutral);
}

static inline struct ff_csr_rows ff_labels_listed(const struct ff_labels *labels)
{
	return (struct ff_csr_rows){labels->lists, labels->image, labels->factor};
}

/* Scratch of the layer for up to max_images at a time. */
struct ff_labelled_room {
	float *image_part; /* [max_images x O], x W */
	float *label_mean; /* [O], mean of the rows of W that belong to the label */
	float *row_sum;    /* [O], sum of its other rows; where an image has an offset */
};

/* Lays the scratch out in the arena. */
void ff_labelled_layout(struct ff_labelled_room *room, struct ff_arena *arena, size_t max_images, size_t outputs);

/* y [R x O], sum_square [R] and goodness [R] of the rows R, as ff_layer_forward() gives them; images [n + m x I - C]
 * (NULL where they come as lists), pairs before probes. known: the images are those of the last call and W is what it
 * was, so x W is in the room. W is row-major. */
void ff_labelled_forward(const struct ff_layer *layer, const struct ff_team *team, const struct ff_labels *labels,
                         const float *images, bool known, const struct ff_labelled_room *room, float *y,
                         float *sum_square, float *goodness);

/* Of the tile's share of the layer's gradient, over its pairs, all but the image's: grad W[c] of the labels, grad b,
 * and what the offsets add (the layer's offset_gradient). delta [2 n x O], positives and then negatives: the positives'
 * part becomes the sums over each image, whose product with the images is the rest. `first` starts a batch's sums. */
void ff_labelled_fold(struct ff_layer *layer, const struct ff_team *team, const struct ff_labels *labels, float *delta,
                      bool first);

/* Sum of the positives' inputs, sum [I] (+)=, without the p of images that come as rows: v at each label, o at each
 * feature. */
void ff_labelled_input_sum(const struct ff_labels *labels, size_t inputs, bool first, float *sum);

#endif

/* Classification by goodness (Hinton 2022, section 3.3): every image runs with every label in turn; the label whose
 * goodness, summed over the chosen layers, is greatest is the answer (the lowest such label on a tie). */
#ifndef ENGINE_RUN_EVALUATE_H
#define ENGINE_RUN_EVALUATE_H

#include "ffengine/run.h"
#include "runtime/net.h"
#include "runtime/source.h"

/* Called now and then with the images done so far; may be NULL. */
typedef void ff_evaluated_fn(void *user, size_t done, size_t n);

/* Classifies all images with the first `layers` layers of the net (those of evaluate.layers among them; and by each
 * single one) and counts; evaluation->error is NaN without images, or if none of evaluate.layers is among the first
 * `layers`. Overwrites net->input and the stages' scratch.
 * Errors: FF_ERROR_NUMERIC if a goodness is not finite: the net classifies nothing then, it only seems to. */
FF_NODISCARD ff_status ff_evaluate(struct ff_net *net, const struct ff_source *source, const struct ff_images *images,
                                   int layers, ff_evaluated_fn *progress, void *user, struct ff_evaluation *evaluation,
                                   struct ff_error *error);

#endif

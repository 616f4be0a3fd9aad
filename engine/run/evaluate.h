/* Classification (Hinton 2022, section 3.3): turns the results of inference packets into answers and counts them.
 *
 *     by goodness   each image runs once with each label; the answer is the label with the greatest goodness, summed over
 *                   the chosen layers (the least, if positives have low goodness)
 *     by head       the class with the greatest logit of the head, from one neutral or plain row
 *
 * On a tie the lowest label wins. */
#ifndef ENGINE_RUN_EVALUATE_H
#define ENGINE_RUN_EVALUATE_H

#include "data/dataset.h"
#include "ffengine/run.h"
#include "pipeline/slot.h"

/* The evaluation of one set of images while it runs. */
struct ff_tally {
	struct ff_evaluation *evaluation; /* borrowed */
	int64_t wrong[FF_MAX_LAYERS];     /* answers of each single layer */
	int64_t wrong_goodness, wrong_head;
};

/* Counts an inference packet's answers: by those of evaluate.layers that the packet has, by each single layer, and by
 * the head. A set's first packet restarts the evaluation and its last one completes it; until then evaluation->n is 0.
 * An error is NaN if its classifier does not exist or has not trained yet, or if the packet has none of evaluate.layers.
 * Errors: FF_ERROR_NUMERIC if a goodness or a logit is not finite, since the answers would be meaningless. */
FF_NODISCARD ff_status ff_tally_add(struct ff_tally *tally, const struct ff_experiment *experiment,
                                    const struct ff_dataset *dataset, const struct ff_slot *slot,
                                    struct ff_error *error);

#endif

/* Classification (Hinton 2022, section 3.3): what inference packets bring is turned into answers and counted.
 *
 *     by goodness   every image runs with every label in turn; the label whose goodness, summed over the chosen layers,
 *                   is greatest is the answer (least, if positives have low goodness)
 *     by head       the class with the greatest logit of the head, from one neutral or plain row
 *
 * The lowest such label on a tie. */
#ifndef ENGINE_RUN_EVALUATE_H
#define ENGINE_RUN_EVALUATE_H

#include "data/dataset.h"
#include "ffengine/run.h"
#include "pipeline/slot.h"

/* The evaluation of one set of images under way. */
struct ff_tally {
	struct ff_evaluation *evaluation; /* borrowed */
	int64_t wrong[FF_MAX_LAYERS];     /* answers of each single layer */
	int64_t wrong_goodness, wrong_head;
};

/* Adds an inference packet's answers: by evaluate.layers among the packet's layers, by each single one, and by the
 * head. A set's first packet starts the evaluation anew, its last completes it; until then evaluation->n is 0. An error
 * is NaN if its classifier does not exist or has not begun to train, or none of evaluate.layers is among the packet's.
 * Errors: FF_ERROR_NUMERIC if a goodness is not finite: the net classifies nothing then, it only seems to. */
FF_NODISCARD ff_status ff_tally_add(struct ff_tally *tally, const struct ff_experiment *experiment,
                                    const struct ff_dataset *dataset, const struct ff_slot *slot,
                                    struct ff_error *error);

#endif

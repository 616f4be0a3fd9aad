/* Training: a net through all the epochs of its experiment, in either order.
 *
 *     together   each mini-batch through all layers; one epoch trains the whole net
 *     greedy     layer by layer, each for all its epochs on the frozen layers below it (the PyTorch seed's order)
 */
#ifndef ENGINE_RUN_TRAIN_H
#define ENGINE_RUN_TRAIN_H

#include "ffengine/run.h"
#include "runtime/net.h"
#include "runtime/source.h"

/* What a training run needs and reports to. Borrowed throughout. */
struct ff_training {
	const struct ff_experiment *experiment;
	const struct ff_dataset *dataset;
	struct ff_net *net;
	struct ff_source *source;
	void *user;
	/* Progress after each tile; an epoch's metrics, whose failure ends the training. Neither may be NULL. */
	void (*progress)(void *user, const struct ff_progress *progress);
	ff_status (*epoch)(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error);
	/* The last evaluation of each set of images; n = 0 where it is not one of the present weights. */
	struct ff_evaluation *train, *validation, *test;
};

/* What it took. */
struct ff_training_totals {
	int64_t epochs; /* summed over greedy layers */
	int64_t pairs;
	double seconds; /* of training, without evaluation */
};

/* Trains until the experiment's epochs are done. Errors: FF_ERROR_NUMERIC, or what `epoch` returned;
 * totals are true up to there. */
FF_NODISCARD ff_status ff_train(const struct ff_training *training, struct ff_training_totals *totals,
                                struct ff_error *error);

#endif

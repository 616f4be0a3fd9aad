/* Executes a run's schedule from the first packet to the last, and reports progress, the metrics of each epoch, the
 * trained weights and the errors on the sets of images. */
#ifndef ENGINE_RUN_TRAIN_H
#define ENGINE_RUN_TRAIN_H

#include "ffengine/run.h"
#include "pipeline/execute.h"

/* The amount of training done. */
struct ff_training_totals {
	int64_t epochs;      /* complete epochs, summed over greedy layers, including the head's */
	int64_t head_epochs; /* those in which only the head trained */
	int64_t pairs;
	int64_t head_images; /* images on which only the head trained */
	int64_t best_epoch;  /* the epoch whose weights were kept as the best; 0: none */
	int layers;          /* the first layers, that have begun to train */
	double seconds;      /* of training, without evaluation */
	double head_seconds; /* the part in which only the head trained */
	bool interrupted;    /* `stop` ended it early */
};

/* The state of a training between two epochs, without the stations' state (pipeline/checkpoint.h). */
struct ff_training_state {
	int64_t epoch;        /* the next epoch */
	double least_error;   /* on the validation images so far; infinite before the first evaluation */
	int64_t without_gain; /* evaluations since the least error */
	double seconds;       /* wall-clock time since the beginning */
	struct ff_training_totals totals;
	int alone;       /* of the next epoch, as in a packet */
	bool restorable; /* the stations keep the best weights so far */
};

/* What a training needs and whom it reports to; all borrowed. All calls except `stop` and `due` come from the thread
 * that called ff_train(). */
struct ff_training {
	const struct ff_experiment *experiment;
	const struct ff_dataset *dataset;
	struct ff_net *net;
	struct ff_source *source;
	void *user;
	void (*progress)(void *user, const struct ff_progress *progress); /* after each packet with rows */
	/* `epoch`: an epoch has ended, with these metrics. `trained`: the weights are final. A failure of either ends
	 * the training. */
	ff_status (*epoch)(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error);
	void (*begun)(void *user); /* the first packet has passed through the net; may be NULL */
	ff_status (*trained)(void *user, struct ff_error *error); /* may be NULL */
	ff_stop_fn *stop;                                         /* end early? from any thread; may be NULL */
	/* The last evaluation of each set of images, by enum ff_set; n = 0 if the final weights were not evaluated. */
	struct ff_evaluation *sets[FF_N_SETS];
	struct ff_binding *binding;   /* NULL: threads are not bound */
	bool training_only;           /* no evaluation at the end */
	struct ff_profile *profile;   /* of the net's graph; NULL: nothing is recorded */
	const struct ff_probe *probe; /* only tests have one; may be NULL */

	/* Checkpoints; NULL: none. `due` is asked after each epoch but the last, from any thread. `checkpoint`: every
	 * station has written its state; commit the rest under the packet's number. */
	struct ff_checkpoint_writer *writer;
	ff_due_fn *due;
	void (*checkpoint)(void *user, uint64_t number, const struct ff_training_state *state);
	/* Where to resume, both from one checkpoint; NULL: from the beginning. */
	const struct ff_checkpoint *resume;
	const struct ff_training_state *state;
};

/* Trains until the experiment's epochs are done or `stop` ends it, and evaluates. *totals includes the training before
 * the checkpoint, and is right after an error too. Errors: FF_ERROR_NUMERIC, FF_ERROR_MEMORY, FF_ERROR_DATA (this
 * experiment's training has no such state), or what `epoch` or `trained` returned. */
FF_NODISCARD ff_status ff_train(const struct ff_training *training, struct ff_training_totals *totals,
                                struct ff_error *error);

#endif

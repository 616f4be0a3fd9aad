/* Training: a run's schedule from its first packet to its last, with what it gives on the way: progress, the metrics of
 * each epoch, the trained weights, the errors on the sets of images. */
#ifndef ENGINE_RUN_TRAIN_H
#define ENGINE_RUN_TRAIN_H

#include "ffengine/run.h"
#include "pipeline/execute.h"

/* What it took. */
struct ff_training_totals {
	int64_t epochs;      /* whole ones, summed over greedy layers; with the head's */
	int64_t head_epochs; /* of these, the head's where it trained alone */
	int64_t pairs;
	int64_t head_images; /* that the head trained on alone */
	int64_t best_epoch;  /* whose weights were kept as the best; 0: none */
	int layers;          /* that trained, or began to: the first ones */
	double seconds;      /* of training, without evaluation */
	double head_seconds; /* of these, the head's alone */
	bool interrupted;    /* it ended early, as `stop` wished */
};

/* Where a training is between two epochs, but for the stations' state (pipeline/checkpoint.h). */
struct ff_training_state {
	int64_t epoch;        /* the next one */
	double least_error;   /* on the validation images so far; infinite before any */
	int64_t without_gain; /* evaluations since */
	double seconds;       /* wall clock since the beginning */
	struct ff_training_totals totals;
	int alone;       /* of the next epoch, as in a packet */
	bool restorable; /* the best weights so far are kept */
};

/* What a training run needs and reports to. Borrowed throughout. All calls but `stop` come from the thread that called
 * ff_train(). */
struct ff_training {
	const struct ff_experiment *experiment;
	const struct ff_dataset *dataset;
	struct ff_net *net;
	struct ff_source *source;
	void *user;
	void (*progress)(void *user, const struct ff_progress *progress); /* after each packet with rows */
	/* The metrics of an epoch that ended; and the weights are final, no layer will change them. A failure of either
	 * ends the training. */
	ff_status (*epoch)(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error);
	void (*begun)(void *user); /* the first packet has come through the net; may be NULL */
	ff_status (*trained)(void *user, struct ff_error *error); /* may be NULL */
	ff_stop_fn *stop;                                         /* shall it end early? from any thread; may be NULL */
	/* The last evaluation of each set of images, by enum ff_set; n = 0 where it is not one of the final weights. */
	struct ff_evaluation *sets[FF_N_SETS];
	struct ff_binding *binding;   /* NULL: no thread is bound */
	bool training_only;           /* nothing is evaluated at the end */
	struct ff_profile *profile;   /* of the net's graph; NULL: nothing is recorded */
	const struct ff_probe *probe; /* NULL but in tests */

	/* Checkpoints; NULL: none. `due` is asked behind each epoch but the last, from any thread. `checkpoint`:
	 * every station has written its state, the rest is to be committed, under the packet's number. */
	struct ff_checkpoint_writer *writer;
	ff_due_fn *due;
	void (*checkpoint)(void *user, uint64_t number, const struct ff_training_state *state);
	/* Where to go on, both of one checkpoint; NULL: from the beginning. */
	const struct ff_checkpoint *resume;
	const struct ff_training_state *state;
};

/* Trains until the experiment's epochs are done or it is stopped, and evaluates. Errors: FF_ERROR_NUMERIC,
 * FF_ERROR_MEMORY, FF_ERROR_DATA (no such place in this experiment's training), or what `epoch` or `trained`
 * returned; totals are true up to there, and count what was done before the checkpoint that it goes on from. */
FF_NODISCARD ff_status ff_train(const struct ff_training *training, struct ff_training_totals *totals,
                                struct ff_error *error);

#endif

/* A small experiment on synthetic images with all it runs on, for the tests of source, stages and training. */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "data/dataset.h"
#include "run/train.h"

struct world {
	struct ff_experiment experiment;
	struct ff_dataset dataset;
	struct ff_source source;
	struct ff_net net;
	/* Of its training; NULL: none. */
	const struct ff_probe *probe;
	ff_stop_fn *stop; /* gets the epochs */
	struct ff_binding *binding;
	struct ff_profile *profile;
	bool training_only;
	struct ff_checkpoint_writer *writer;
	int at; /* epochs, behind which a checkpoint is due */
	const struct ff_checkpoint *resume;
	const struct ff_training_state *state;
};

/* Keeps the metrics of each epoch, up to 16. */
struct epochs {
	int n;
	struct ff_epoch_metrics metrics[16];
	int asked;   /* for a stop of the test's own */
	int begun;   /* times it was told that a packet has come through */
	int trained; /* times it was told that the weights are final */
	struct ff_training_totals totals;
	struct ff_evaluation train, validation, test; /* the last ones */
	struct ff_checkpoint_writer *writer;
	int ends;                       /* epoch ends at which it was asked for a checkpoint */
	int at;                         /* the one where it is due */
	struct ff_training_state state; /* of the checkpoint */
	int checkpoints;
};

/* With `threads` in all (0: auto): 230 images of 6 x 6, layers of 24, 20 and 12 units, batches of 50, two epochs; n
 * overrides change it. Fails a check and returns false if it cannot be had; end it with world_close() otherwise. */
bool world_open(struct world *w, int threads, const char *const overrides[], int n);
void world_close(struct world *w);

/* Trains to the experiment's end or w->stop's; *epochs starts anew. Once for each world. */
ff_status world_train(struct world *w, struct epochs *epochs, struct ff_error *error);

/* Checks that two trained worlds have the same weights and optimizer state, bit for bit. */
void world_check_same(const struct world *a, const struct world *b);

/* Checks that two trainings gave the same, but for times. */
void epochs_check_same(const struct epochs *a, const struct epochs *b);

/* Rows and what is carried, in memory of the world's net that is free before it trains: an edge inside the pipeline. */
struct ff_slot world_slot(struct world *w, int edge);

#endif

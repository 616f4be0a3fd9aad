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
	const struct ff_probe *probe; /* of its training; NULL: none */
};

/* Keeps the metrics of each epoch, up to 16. */
struct epochs {
	int n;
	struct ff_epoch_metrics metrics[16];
	struct ff_evaluation train, validation, test; /* the last ones */
};

/* With `threads` in all: 230 images of 6 x 6, layers of 24, 20 and 12 units, batches of 50, two epochs; n overrides change it. Fails a check and
 * returns false if it cannot be had; end it with world_close() otherwise. */
bool world_open(struct world *w, int threads, const char *const overrides[], int n);
void world_close(struct world *w);

/* Trains to the experiment's end; *epochs starts anew. */
ff_status world_train(struct world *w, struct epochs *epochs, struct ff_error *error);

#endif

/* A whole training run on synthetic images, through the engine's runtime and on the clock. */
#ifndef TESTS_BENCH_TRAINING_H
#define TESTS_BENCH_TRAINING_H

#include <stdbool.h>

#include "run/train.h"
#include "run/work.h"

struct bench_training;

/* Sees each packet before node `node` (ff_edge's numbers) works on it, on that node's thread. */
typedef void bench_look_fn(struct bench_training *training, int node, const struct ff_packet *packet);

struct bench_training {
	struct ff_experiment experiment;
	struct ff_dataset dataset;
	struct ff_source source;
	struct ff_net net;
	struct ff_training_totals totals;
	struct ff_result result; /* its evaluations and its execution */
	struct ff_error error;
	ff_status status;
	double started; /* on the clock: before the weights were drawn */
	double first;   /* the first stage got its first packet, written by its thread; 0: not yet */
	double ended;   /* the last packet of training has passed all stations, written by the collector's thread */
	bench_look_fn *look;
	struct ff_profile profile;          /* of a profiled one */
	double counts[FF_MAX_STATIONS + 2]; /* for `look`: a number of each node's own */
};

/* Who leads what, instead of the plan. */
struct bench_leaders {
	int n;
	struct ff_leader leaders[FF_MAX_STATIONS];
};

/* Trains an experiment of `n` "KEY=VALUE" on `processors`, on a thread of its own, which has no OpenMP threads yet:
 * training finds what it finds in a new process. Any failure ends the program with exit status 1 and a
 * message that begins with `what`. leaders and look may be NULL. The caller ends the training with
 * bench_training_free(). */
struct bench_training *bench_train(const char *what, const char *const overrides[], int n, int processors,
                                   const struct bench_leaders *leaders, bench_look_fn *look);

/* The same with a profile of so many slices a thread, or none if that is 0. */
struct bench_training *bench_train_profiled(const char *what, const char *const overrides[], int n, int processors,
                                            const struct bench_leaders *leaders, size_t slices);

void bench_training_free(struct bench_training *training);

/* Seconds of training, the filling of the pipeline and its draining included, the drawing of weights not; and both. */
double bench_training_seconds(const struct bench_training *training);
double bench_training_whole(const struct bench_training *training);

/* Whether both have trained, and to the same weights byte for byte. */
bool bench_same_weights(const struct bench_training *a, const struct bench_training *b);

#endif

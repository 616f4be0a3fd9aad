/* An experiment: everything that decides the result of a training run, as plain values.
 *
 * A struct ff_experiment owns nothing and holds no pointers: copy it freely. It is filled by
 * ff_experiment_load() from YAML and is constant from then on. Every key of an experiment file, its default,
 * its range and its meaning stand in one table (config/schema.c; `ffengine help experiment` prints it). */
#ifndef FFENGINE_EXPERIMENT_H
#define FFENGINE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "ffengine/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	FF_MAX_LAYERS = 128,
	FF_MAX_NAME = 64,
	FF_MAX_PATH = 1024,
	FF_MAX_THREADS = 4096,
	FF_AUTO = -1, /* an integer or size key whose value is the word `auto`, `all` or `full` */
};

/* Words that stand for a number in a real-valued key. */
#define FF_THRESHOLD_WIDTH (-1.0)  /* objective.threshold: width */
#define FF_STRENGTH_MAX    (-1.0)  /* label.strength: max (the largest input of the dataset) */
#define FF_STATISTIC_AUTO  (-1e30) /* dataset.mean, dataset.std: auto (from the training images) */
#define FF_CHECKPOINT_AUTO (-1.0)  /* execution.checkpoint: auto (300 s) */

enum ff_mode { FF_SUPERVISED, FF_UNSUPERVISED };
enum ff_norm { FF_NORM_L2, FF_NORM_RMS };
enum ff_init { FF_INIT_NORMAL, FF_INIT_UNIFORM };
enum ff_goodness_kind { FF_MEAN_SQUARE, FF_SUM_SQUARE, FF_TOP_K };
enum ff_loss_kind { FF_LOGISTIC, FF_SYMBA, FF_SWISH };
enum ff_reduce { FF_REDUCE_PAIRS, FF_REDUCE_ROWS };
enum ff_direction { FF_MAXIMISE, FF_MINIMISE };
enum ff_negatives_kind { FF_WRONG_LABEL, FF_HYBRID };
enum ff_draw { FF_DRAW_UNIFORM, FF_DRAW_HEAD, FF_DRAW_GOODNESS };
enum ff_redraw { FF_REDRAW_ONCE, FF_REDRAW_EPOCH, FF_REDRAW_BATCH };
enum ff_optimizer_kind { FF_ADAM, FF_SGD };
enum ff_rate_schedule { FF_CONSTANT, FF_COOLDOWN, FF_COSINE };
enum ff_order { FF_TOGETHER, FF_GREEDY };
enum ff_execution_kind { FF_SEQUENTIAL, FF_PIPELINE };
enum ff_bind { FF_BIND_AUTO, FF_BIND_ALWAYS, FF_BIND_NONE };
enum ff_when { FF_WHEN_NEVER, FF_WHEN_END, FF_WHEN_EPOCH };
enum ff_classifier { FF_BY_AUTO, FF_BY_GOODNESS, FF_BY_HEAD }; /* auto is settled when the file is loaded */
enum ff_head_when { FF_HEAD_NEVER, FF_HEAD_TOGETHER, FF_HEAD_AFTER };

/* A set of layers: bit l of the set is layer l, counted from 0 (YAML counts from 1). */
struct ff_layer_set {
	uint64_t bits[FF_MAX_LAYERS / 64];
};

/* One layer, with every default of `layers`, `objective` and `optimizer` already applied. */
struct ff_layer_config {
	int width;              /* units O */
	enum ff_norm normalize; /* of this layer's input */
	double eps;             /* added to the norm before the division */
	enum ff_init init;
	double threshold; /* theta, or FF_THRESHOLD_WIDTH */
	double peer;      /* lambda of peer normalisation; 0 = off */
	double dropout;
	double rate;  /* learning rate before its schedule */
	double decay; /* weight decay; biases have none */
	int threads;  /* of the layer's stage, or FF_AUTO */
};

struct ff_experiment {
	char name[FF_MAX_NAME];
	enum ff_mode mode;
	uint64_t seed;

	struct {
		char name[FF_MAX_NAME]; /* mnist, fashion-mnist, synthetic or files */
		char train_images[FF_MAX_PATH], train_labels[FF_MAX_PATH];
		char test_images[FF_MAX_PATH], test_labels[FF_MAX_PATH];
		int64_t train; /* images to train on, the first of the file; or FF_AUTO: all that validation leaves */
		int64_t validation; /* images held out, the last of the file */
		int64_t test;       /* images to test on, or FF_AUTO: all */
		int64_t classes;    /* or FF_AUTO: as the dataset says */
		bool standardize;
		double mean, std; /* of a pixel scaled to 0..1, or FF_STATISTIC_AUTO */
		struct {
			int64_t height, width;
			double noise; /* standard deviation of a pixel, 0..1 */
		} synthetic;
	} dataset;

	struct {
		double strength; /* of the one-hot label, or FF_STRENGTH_MAX */
	} label;

	int n_layers;
	struct ff_layer_config layers[FF_MAX_LAYERS];

	struct {
		enum ff_goodness_kind goodness;
		enum ff_loss_kind loss;
		double alpha; /* of symba and swish */
		int64_t k;    /* of top_k: units whose squares are averaged */
		enum ff_reduce reduce;
		enum ff_direction direction;
	} objective;

	struct {
		enum ff_negatives_kind kind;
		enum ff_draw draw;
		enum ff_redraw redraw;
		int64_t lag;  /* batches, or FF_AUTO */
		int64_t blur; /* passes over a hybrid mask */
	} negatives;

	struct {
		enum ff_optimizer_kind kind;
		double beta1, beta2, epsilon; /* adam */
		double momentum;              /* sgd */
		enum ff_rate_schedule schedule;
	} optimizer;

	struct {
		int64_t shift; /* pixels */
	} augment;

	/* The softmax head; there is none unless `when` says so. */
	struct {
		enum ff_head_when when; /* trained with the layers, or after them on what they hand on then */
		struct ff_layer_set layers;
		enum ff_optimizer_kind optimizer;
		double rate, decay;
		int64_t epochs; /* with FF_HEAD_AFTER */
	} head;

	struct {
		enum ff_order order;
		int64_t batch; /* pairs, or FF_AUTO: full */
		int64_t epochs;
		int64_t patience; /* evaluations without improvement before stopping; 0 = never stop early */
	} train;

	struct {
		enum ff_classifier by;
		struct ff_layer_set layers;
		int64_t every;                  /* epochs between evaluations on the validation images */
		enum ff_when test, train_split; /* `evaluate.train` is the error on the training images */
	} evaluate;

	/* How the experiment is executed; none of it changes a bit of the result. */
	struct {
		enum ff_execution_kind kind;
		int64_t threads;   /* in all, or FF_AUTO: the processors this process may use */
		int64_t memory;    /* bytes for cached layer inputs, or FF_AUTO */
		int64_t depth;     /* slots of a ring, or FF_AUTO */
		enum ff_bind bind; /* a pipeline's threads to processors */
		double checkpoint; /* seconds of training between two, or FF_CHECKPOINT_AUTO; 0: none */
	} execution;
};

/* All faults of an experiment file, in the order of their places. A plain value of the caller's (some 75 KB: keep it
 * off small stacks). `count` may exceed FF_MAX_DIAGNOSTICS; items then holds the first ones only. */
enum { FF_MAX_DIAGNOSTICS = 50 };
struct ff_diagnostics {
	int count;
	struct ff_error items[FF_MAX_DIAGNOSTICS];
};

/* Reads the YAML file `path`, applies `overrides` ("key.path=value", as --set takes them, later ones win), fills in
 * defaults and checks everything that can be checked without the data.
 * On success *experiment is complete. On failure *experiment is untouched and *diagnostics names every fault
 * found, each with file:line:column, the offending text and, for a misspelt key, the nearest known one; the
 * status is that of the first. `path` may be NULL: then only the overrides count.
 * Errors: FF_ERROR_CONFIG, FF_ERROR_IO, FF_ERROR_MEMORY. Thread-safe. */
FF_API FF_NODISCARD ff_status ff_experiment_load(const char *path, const char *const overrides[], int n_overrides,
                                                 struct ff_experiment *experiment, struct ff_diagnostics *diagnostics);

/* Writes the experiment as YAML with every key spelt out; loading that text gives the same experiment. */
FF_API FF_NODISCARD ff_status ff_experiment_print(const struct ff_experiment *experiment, FILE *stream,
                                                  struct ff_error *error);

/* Writes the table of all keys: type, default, range, meaning. */
FF_API void ff_experiment_print_keys(FILE *stream);

/* True if layer l (from 0) is in the set. */
static inline bool ff_layer_set_has(const struct ff_layer_set *set, int l)
{
	return (set->bits[l / 64] >> (l % 64)) & 1U;
}

#ifdef __cplusplus
}
#endif
#endif

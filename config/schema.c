#include "config/schema.h"

#include <string.h>

#define FIELD(member)                                                                                                  \
	.offset = offsetof(struct ff_experiment, member), .size = sizeof(((struct ff_experiment *)NULL)->member)
#define LAYER(member)                                                                                                  \
	.in_layer = true, .offset = offsetof(struct ff_layer_config, member),                                          \
	.size = sizeof(((struct ff_layer_config *)NULL)->member)
#define WORDS(...)                                                                                                     \
	.words = (const struct ff_word[])                                                                              \
	{                                                                                                              \
		__VA_ARGS__,                                                                                           \
		{                                                                                                      \
			0                                                                                              \
		}                                                                                                      \
	}
#define RANGE(low, top) .min = (low), .max = (top)
#define OR(word, value) .special = (word), .sentinel = (value)
#define AUTO            OR("auto", FF_AUTO)
#define MANY            1e9    /* images, epochs and the like */
#define MOST_BYTES      0x1p62 /* of a memory budget */

/* clang-format off */
/* In the order in which an experiment is printed; the keys of a section stand together. */
const struct ff_key ff_schema[] = {
	{"name", FF_KEY_NAME, FIELD(name),
	 .doc = "names the run's folder; by default the file's name without its ending"},
	{"mode", FF_KEY_WORD, FIELD(mode), .initial = "supervised",
	 WORDS({"supervised", FF_SUPERVISED, false}, {"unsupervised", FF_UNSUPERVISED, false}),
	 .doc = "whether the layers see labels"},
	{"seed", FF_KEY_SEED, FIELD(seed), .initial = "1",
	 .doc = "of every random number: same experiment and seed, same weights, bit for bit"},

	{"dataset.name", FF_KEY_CHOICE, FIELD(dataset.name), .initial = "mnist",
	 WORDS({"mnist", 0, false}, {"fashion-mnist", 1, false}, {"synthetic", 2, false}, {"files", 3, false},
	       {"cifar-10", 4, true}, {"npy", 5, true}),
	 .doc = "which images; files: the four paths below"},
	{"dataset.train_images", FF_KEY_FILE, FIELD(dataset.train_images),
	 .doc = "IDX file, plain or .gz; a relative path starts from the working folder"},
	{"dataset.train_labels", FF_KEY_FILE, FIELD(dataset.train_labels), .doc = "IDX file, plain or .gz"},
	{"dataset.test_images", FF_KEY_FILE, FIELD(dataset.test_images), .doc = "IDX file, plain or .gz"},
	{"dataset.test_labels", FF_KEY_FILE, FIELD(dataset.test_labels), .doc = "IDX file, plain or .gz"},
	{"dataset.train", FF_KEY_INTEGER, FIELD(dataset.train), .initial = "all", RANGE(1, MANY), OR("all", FF_AUTO),
	 .doc = "images to train on, from the start of the file; all: those that validation leaves"},
	{"dataset.validation", FF_KEY_INTEGER, FIELD(dataset.validation), .initial = "0", RANGE(0, MANY),
	 .doc = "images held out for validation, from the end of the training file"},
	{"dataset.test", FF_KEY_INTEGER, FIELD(dataset.test), .initial = "all", RANGE(1, MANY), OR("all", FF_AUTO),
	 .doc = "images to test on, from the start of the test file"},
	{"dataset.classes", FF_KEY_INTEGER, FIELD(dataset.classes), .initial = "auto", RANGE(2, 256), AUTO,
	 .doc = "classes C; auto: as many as the dataset has"},
	{"dataset.standardize", FF_KEY_BOOL, FIELD(dataset.standardize), .initial = "false",
	 .doc = "subtract the mean from each pixel and divide by the standard deviation"},
	{"dataset.mean", FF_KEY_REAL, FIELD(dataset.mean), .initial = "auto", RANGE(-1e6, 1e6),
	 OR("auto", FF_STATISTIC_AUTO), .doc = "of a pixel scaled to 0..1; auto: from the training images"},
	{"dataset.std", FF_KEY_REAL, FIELD(dataset.std), .initial = "auto", RANGE(1e-6, 1e6),
	 OR("auto", FF_STATISTIC_AUTO), .doc = "standard deviation of a pixel scaled to 0..1; auto: from the training images"},
	{"dataset.synthetic.height", FF_KEY_INTEGER, FIELD(dataset.synthetic.height), .initial = "28", RANGE(1, 4096),
	 .doc = "of a synthetic image, in pixels"},
	{"dataset.synthetic.width", FF_KEY_INTEGER, FIELD(dataset.synthetic.width), .initial = "28", RANGE(1, 4096),
	 .doc = "of a synthetic image, in pixels"},
	{"dataset.synthetic.noise", FF_KEY_REAL, FIELD(dataset.synthetic.noise), .initial = "0.3", RANGE(0, 1),
	 .doc = "standard deviation of the noise on a pixel"},

	{"label.strength", FF_KEY_REAL, FIELD(label.strength), .initial = "1", RANGE(1e-6, 1e6),
	 OR("max", FF_STRENGTH_MAX), .doc = "of the one-hot label in the first inputs; max: the dataset's largest input"},

	{"layers.widths", FF_KEY_WIDTHS, RANGE(1, 1e6),
	 .doc = "units of each layer; may be left out if each entry of layers.each has a width"},
	{"layers.normalize", FF_KEY_WORD, LAYER(normalize), .initial = "rms", .each = "normalize",
	 WORDS({"l2", FF_NORM_L2, false}, {"rms", FF_NORM_RMS, false}),
	 .doc = "of a layer's input x: l2 x / (||x|| + eps), rms x / (sqrt(mean x^2) + eps)"},
	{"layers.eps", FF_KEY_REAL, LAYER(eps), .initial = "0.0001", RANGE(1e-30, 1), .each = "eps",
	 .doc = "added to the norm before the division"},
	{"layers.init", FF_KEY_WORD, LAYER(init), .initial = "normal", .each = "init",
	 WORDS({"normal", FF_INIT_NORMAL, false}, {"uniform", FF_INIT_UNIFORM, false}),
	 .doc = "of the I inputs' weights: normal N(0, 1/I), biases 0; uniform within +-1/sqrt(I), biases too"},
	{"layers.peer", FF_KEY_REAL, LAYER(peer), .initial = "0", RANGE(0, 1e6), .each = "peer",
	 .doc = "lambda of peer normalisation; 0 is off"},
	{"layers.dropout", FF_KEY_REAL, LAYER(dropout), .initial = "0", RANGE(0, 1), .below_max = true,
	 .each = "dropout", .doc = "share of units dropped in training"},
	{"layers.each", FF_KEY_EACH,
	 .doc = "what differs from the defaults, layer by layer; the keys of an entry stand below"},
	{"layers.each[].width", FF_KEY_INTEGER, LAYER(width), RANGE(1, 1e6), .each = "width",
	 .doc = "units of this layer"},

	{"objective.goodness", FF_KEY_WORD, .initial = "mean_square", FIELD(objective.goodness),
	 WORDS({"mean_square", FF_MEAN_SQUARE, false}, {"sum_square", FF_SUM_SQUARE, false},
	       {"top_k", FF_TOP_K, false}),
	 .doc = "g of a layer's activations y: mean or sum of y^2, or the mean of its k greatest"},
	{"objective.loss", FF_KEY_WORD, .initial = "logistic", FIELD(objective.loss),
	 WORDS({"logistic", FF_LOGISTIC, false}, {"symba", FF_SYMBA, false}, {"swish", FF_SWISH, false}),
	 .doc = "of a pair g+, g-: logistic softplus(theta - g+) + softplus(g- - theta), symba softplus(-alpha (g+ - g-)), "
		"swish silu(-alpha (g+ - g-))"},
	{"objective.threshold", FF_KEY_REAL, .initial = "2", LAYER(threshold), RANGE(0, 1e9), .each = "threshold",
	 OR("width", FF_THRESHOLD_WIDTH), .doc = "theta of the logistic loss; width: the layer's number of units"},
	{"objective.alpha", FF_KEY_REAL, .initial = "4", FIELD(objective.alpha), RANGE(0, 1e6),
	 .doc = "of symba and swish"},
	{"objective.k", FF_KEY_INTEGER, .initial = "10", FIELD(objective.k), RANGE(1, 1e6), .doc = "of top_k"},
	{"objective.reduce", FF_KEY_WORD, .initial = "pairs", FIELD(objective.reduce),
	 WORDS({"pairs", FF_REDUCE_PAIRS, false}, {"rows", FF_REDUCE_ROWS, false}),
	 .doc = "loss of a batch of B pairs: sum / B, or sum / 2B"},
	{"objective.direction", FF_KEY_WORD, .initial = "maximise", FIELD(objective.direction),
	 WORDS({"maximise", FF_MAXIMISE, false}, {"minimise", FF_MINIMISE, false}),
	 .doc = "what to do with the goodness of positives"},

	{"negatives.kind", FF_KEY_WORD, .initial = "wrong_label", FIELD(negatives.kind),
	 WORDS({"wrong_label", FF_WRONG_LABEL, false}, {"hybrid", FF_HYBRID, false}), .doc = "what a negative row is"},
	{"negatives.draw", FF_KEY_WORD, .initial = "uniform", FIELD(negatives.draw),
	 WORDS({"uniform", FF_DRAW_UNIFORM, false}, {"head", FF_DRAW_HEAD, false}, {"goodness", FF_DRAW_GOODNESS, false}),
	 .doc = "how a wrong label is drawn"},
	{"negatives.redraw", FF_KEY_WORD, .initial = "epoch", FIELD(negatives.redraw),
	 WORDS({"once", FF_REDRAW_ONCE, false}, {"epoch", FF_REDRAW_EPOCH, false}, {"batch", FF_REDRAW_BATCH, false}),
	 .doc = "how often negatives are drawn anew; an epoch sees each image in one batch, so with uniform draws batch "
		"gives what epoch does"},
	{"negatives.lag", FF_KEY_INTEGER, .initial = "auto", FIELD(negatives.lag), RANGE(0, 1e6), AUTO,
	 .doc = "batches between a draw that asks the net and the weights it uses; 0: none, but a pipeline waits; auto: "
		"layers + 2, less in short epochs"},
	{"negatives.blur", FF_KEY_INTEGER, .initial = "10", FIELD(negatives.blur), RANGE(0, 1000),
	 .doc = "passes over the mask of a hybrid image"},

	{"optimizer.kind", FF_KEY_WORD, .initial = "adam", FIELD(optimizer.kind),
	 WORDS({"adam", FF_ADAM, false}, {"sgd", FF_SGD, false}),
	 .doc = "sgd smooths the gradient: v = momentum v + (1 - momentum) gradient"},
	{"optimizer.rate", FF_KEY_REAL, .initial = "0.001", LAYER(rate), RANGE(0, 1e6), .each = "rate",
	 .doc = "learning rate before its schedule"},
	{"optimizer.beta1", FF_KEY_REAL, .initial = "0.9", FIELD(optimizer.beta1), RANGE(0, 1), .below_max = true,
	 .doc = "of adam"},
	{"optimizer.beta2", FF_KEY_REAL, .initial = "0.999", FIELD(optimizer.beta2), RANGE(0, 1), .below_max = true,
	 .doc = "of adam"},
	{"optimizer.epsilon", FF_KEY_REAL, .initial = "1e-08", FIELD(optimizer.epsilon), RANGE(1e-30, 1),
	 .doc = "of adam"},
	{"optimizer.momentum", FF_KEY_REAL, .initial = "0.9", FIELD(optimizer.momentum), RANGE(0, 1), .below_max = true,
	 .doc = "of sgd"},
	{"optimizer.decay", FF_KEY_REAL, .initial = "0", LAYER(decay), RANGE(0, 1e6), .each = "decay",
	 .doc = "weight decay; biases have none"},
	{"optimizer.schedule", FF_KEY_WORD, .initial = "constant", FIELD(optimizer.schedule),
	 WORDS({"constant", FF_CONSTANT, false}, {"cooldown", FF_COOLDOWN, false}, {"cosine", FF_COSINE, false}),
	 .doc = "of the learning rate; cooldown: constant for the first half, then linear to zero"},

	{"augment.shift", FF_KEY_INTEGER, .initial = "0", FIELD(augment.shift), RANGE(0, 4096),
	 .doc = "training images move by up to so many pixels"},

	{"train.order", FF_KEY_WORD, .initial = "together", FIELD(train.order),
	 WORDS({"together", FF_TOGETHER, false}, {"greedy", FF_GREEDY, false}),
	 .doc = "together: every batch trains all layers; greedy: layer by layer, each to its end"},
	{"train.batch", FF_KEY_INTEGER, .initial = "100", FIELD(train.batch), RANGE(1, MANY), OR("full", FF_AUTO),
	 .doc = "pairs in a batch; full: all training images"},
	{"train.epochs", FF_KEY_INTEGER, .initial = "10", FIELD(train.epochs), RANGE(1, 1e6),
	 .doc = "passes over the training images; with greedy, for each layer"},
	{"train.patience", FF_KEY_INTEGER, .initial = "0", FIELD(train.patience), RANGE(0, 1e6),
	 .doc = "evaluations without improvement before training stops; 0: never stop early. The validation images "
		"decide, so in unsupervised mode their labels choose the weights"},

	{"head.when", FF_KEY_WORD, .initial = "never", FIELD(head.when),
	 WORDS({"never", FF_HEAD_NEVER, false}, {"together", FF_HEAD_TOGETHER, false}, {"after", FF_HEAD_AFTER, false}),
	 .doc = "when the softmax head trains: with the layers, or after them"},
	{"head.layers", FF_KEY_LAYER_SET, .initial = "auto", FIELD(head.layers),
	 .doc = "layers whose normalised activations the head reads, from 1; auto: all but the first"},
	{"head.optimizer", FF_KEY_WORD, .initial = "adam", FIELD(head.optimizer),
	 WORDS({"adam", FF_ADAM, false}, {"sgd", FF_SGD, false}),
	 .doc = "of the head; its constants are those of the section optimizer"},
	{"head.rate", FF_KEY_REAL, .initial = "0.001", FIELD(head.rate), RANGE(0, 1e6),
	 .doc = "learning rate of the head before the schedule"},
	{"head.decay", FF_KEY_REAL, .initial = "0", FIELD(head.decay), RANGE(0, 1e6), .doc = "weight decay of the head"},
	{"head.epochs", FF_KEY_INTEGER, .initial = "10", FIELD(head.epochs), RANGE(1, 1e6),
	 .doc = "passes over the training images for a head that trains after the layers"},

	{"evaluate.by", FF_KEY_WORD, .initial = "auto", FIELD(evaluate.by),
	 WORDS({"auto", FF_BY_AUTO, false}, {"goodness", FF_BY_GOODNESS, false}, {"head", FF_BY_HEAD, false}),
	 .doc = "whose error is the net's; both are measured where they exist. auto: goodness, or head if unsupervised"},
	{"evaluate.layers", FF_KEY_LAYER_SET, .initial = "all", FIELD(evaluate.layers),
	 .doc = "layers whose goodness counts, from 1: all, N, N.., N..M or a list of these"},
	{"evaluate.every", FF_KEY_INTEGER, .initial = "1", FIELD(evaluate.every), RANGE(1, 1e6),
	 .doc = "epochs between evaluations (of validation, and what else is measured by epoch); the last always is one"},
	{"evaluate.test", FF_KEY_WORD, .initial = "end", FIELD(evaluate.test),
	 WORDS({"end", FF_WHEN_END, false}, {"epoch", FF_WHEN_EPOCH, false}),
	 .doc = "when the test images are read: once, at the end, or at every evaluation"},
	{"evaluate.train", FF_KEY_WORD, .initial = "end", FIELD(evaluate.train_split),
	 WORDS({"never", FF_WHEN_NEVER, false}, {"end", FF_WHEN_END, false}, {"epoch", FF_WHEN_EPOCH, false}),
	 .doc = "when the error on the training images is measured"},

	{"execution.kind", FF_KEY_WORD, .initial = "pipeline", FIELD(execution.kind),
	 WORDS({"pipeline", FF_PIPELINE, false}, {"sequential", FF_SEQUENTIAL, false}),
	 .doc = "pipeline: all layers at once, each on threads of its own; sequential: one after the other. Nothing in this "
		"section changes a bit of the result"},
	{"execution.threads.total", FF_KEY_INTEGER, .initial = "auto", FIELD(execution.threads), RANGE(1, FF_MAX_THREADS), AUTO,
	 .doc = "threads in all, at most; auto: the cores this process may use"},
	{"execution.threads.per_stage", FF_KEY_INTEGER, LAYER(threads), .initial = "auto", RANGE(1, FF_MAX_THREADS), AUTO,
	 .each = "threads",
	 .doc = "threads of each layer's stage in a pipeline; auto: by a plan as `ffengine plan` prints it, in which layers in a "
		"row may share threads"},
	{"execution.memory.budget", FF_KEY_BYTES, .initial = "auto", FIELD(execution.memory), RANGE(0, MOST_BYTES), AUTO,
	 .doc = "bytes for the kept inputs of a greedy layer, or of a head that trains after the layers, such as 512MiB (KiB MiB GiB KB MB "
		"GB); auto: 256MiB"},
	{"execution.depth", FF_KEY_INTEGER, .initial = "auto", FIELD(execution.depth), RANGE(1, 4096), AUTO,
	 .doc = "slots of a ring between two stages; auto: 2. More only evens out stages whose speed varies, and takes memory"},

	{"execution.bind", FF_KEY_WORD, .initial = "auto", FIELD(execution.bind),
	 WORDS({"auto", FF_BIND_AUTO, false}, {"always", FF_BIND_ALWAYS, false}, {"none", FF_BIND_NONE, false}),
	 .doc = "a pipeline's threads each to a core, those of a stage side by side. auto: if all cores that this process may "
		"use are used and threads.total is not less, or it was given cores of its own (taskset, a batch system, a "
		"sweep); always: some of them too, for a run that is alone on the machine; none: never"},

	{"execution.checkpoint", FF_KEY_REAL, .initial = "auto", FIELD(execution.checkpoint), RANGE(0, MANY),
	 OR("auto", FF_CHECKPOINT_AUTO),
	 .doc = "seconds at least between two checkpoints, from which `ffengine run --resume DIR` goes on; each is written at the "
		"end of an epoch. auto: 300; 0: none"},

	{"execution.place", FF_KEY_RESERVED, .doc = "processors of each stage"},

	{"sweep.grid", FF_KEY_SWEEP,
	 .doc = "keys with lists of values, such as {train.batch: [50, 100], layers.widths: [[64], [128, 64]]}: a point for "
		"each combination. `sweep: off` is no sweep"},
	{"sweep.list", FF_KEY_SWEEP,
	 .doc = "points one by one, such as [{train.batch: 50}, {train.batch: 100, optimizer.rate: 0.002}]"},
	{"sweep.random", FF_KEY_SWEEP,
	 .doc = "so many points, drawn from choices and ranges with the experiment's seed, such as {points: 20, train.batch: "
		"[50, 100], optimizer.rate: {min: 1e-4, max: 1e-2, scale: log}}; scale: linear or log"},
	{"sweep.seeds", FF_KEY_SWEEP, .doc = "each point with each of these seeds, such as [1, 2, 3]"},
	{"sweep.parallel", FF_KEY_SWEEP,
	 .doc = "points that run at once, each on processors of its own, 1 or more; auto, the default: as many as the "
		"processors and the memory allow"},
};
/* clang-format on */

enum { N_KEYS = sizeof ff_schema / sizeof *ff_schema };
_Static_assert(sizeof ff_schema <= FF_MAX_KEYS * sizeof *ff_schema, "raise FF_MAX_KEYS");
const int ff_schema_size = N_KEYS;

int ff_schema_find(const char *path)
{
	for (int i = 0; i < N_KEYS; i++)
		if (strcmp(ff_schema[i].path, path) == 0 && !strchr(path, '['))
			return i;
	return -1;
}

const struct ff_key *ff_schema_find_each(const char *name)
{
	for (int i = 0; i < N_KEYS; i++)
		if (ff_schema[i].each && strcmp(ff_schema[i].each, name) == 0)
			return &ff_schema[i];
	return NULL;
}

bool ff_schema_is_section(const char *path)
{
	size_t n = strlen(path);
	for (int i = 0; i < N_KEYS; i++)
		if (strncmp(ff_schema[i].path, path, n) == 0 && ff_schema[i].path[n] == '.')
			return strchr(path, '[') == NULL;
	return false;
}

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
	 .doc = "Name of the experiment, and the start of its run folder's name. By default the name of the file "
		"without its ending."},
	{"mode", FF_KEY_WORD, FIELD(mode), .initial = "supervised",
	 WORDS({"supervised", FF_SUPERVISED, false}, {"unsupervised", FF_UNSUPERVISED, false}),
	 .doc = "supervised: positives carry their label and negatives a wrong one. unsupervised: the layers see no "
		"labels, and a head classifies."},
	{"seed", FF_KEY_SEED, FIELD(seed), .initial = "1",
	 .doc = "Seed of every random number. The same experiment and seed give the same weights, bit for bit."},

	{"dataset.name", FF_KEY_CHOICE, FIELD(dataset.name), .initial = "mnist",
	 WORDS({"mnist", 0, false}, {"fashion-mnist", 1, false}, {"synthetic", 2, false}, {"files", 3, false},
	       {"cifar-10", 4, true}, {"npy", 5, true}),
	 .doc = "The images. files: the four paths below."},
	{"dataset.train_images", FF_KEY_FILE, FIELD(dataset.train_images),
	 .doc = "IDX file, plain or .gz. A relative path starts from the working folder."},
	{"dataset.train_labels", FF_KEY_FILE, FIELD(dataset.train_labels),
	 .doc = "IDX file, plain or .gz."},
	{"dataset.test_images", FF_KEY_FILE, FIELD(dataset.test_images),
	 .doc = "IDX file, plain or .gz."},
	{"dataset.test_labels", FF_KEY_FILE, FIELD(dataset.test_labels),
	 .doc = "IDX file, plain or .gz."},
	{"dataset.train", FF_KEY_INTEGER, FIELD(dataset.train), .initial = "all", RANGE(1, MANY), OR("all", FF_AUTO),
	 .doc = "Number of training images, from the start of the file. all: as many as dataset.validation leaves."},
	{"dataset.validation", FF_KEY_INTEGER, FIELD(dataset.validation), .initial = "0", RANGE(0, MANY),
	 .doc = "Number of images held out for validation, from the end of the training file."},
	{"dataset.test", FF_KEY_INTEGER, FIELD(dataset.test), .initial = "all", RANGE(1, MANY), OR("all", FF_AUTO),
	 .doc = "Number of test images, from the start of the test file."},
	{"dataset.classes", FF_KEY_INTEGER, FIELD(dataset.classes), .initial = "auto", RANGE(2, 256), AUTO,
	 .doc = "Number of classes C. auto: as many as the dataset has."},
	{"dataset.standardize", FF_KEY_BOOL, FIELD(dataset.standardize), .initial = "false",
	 .doc = "Subtract the mean from each pixel and divide by the standard deviation."},
	{"dataset.mean", FF_KEY_REAL, FIELD(dataset.mean), .initial = "auto", RANGE(-1e6, 1e6),
	 OR("auto", FF_STATISTIC_AUTO),
	 .doc = "Mean of the pixels, scaled to 0..1. auto: that of the training images."},
	{"dataset.std", FF_KEY_REAL, FIELD(dataset.std), .initial = "auto", RANGE(1e-6, 1e6),
	 OR("auto", FF_STATISTIC_AUTO),
	 .doc = "Standard deviation of the pixels, scaled to 0..1. auto: that of the training images."},
	{"dataset.synthetic.height", FF_KEY_INTEGER, FIELD(dataset.synthetic.height), .initial = "28", RANGE(1, 4096),
	 .doc = "Height of a synthetic image in pixels."},
	{"dataset.synthetic.width", FF_KEY_INTEGER, FIELD(dataset.synthetic.width), .initial = "28", RANGE(1, 4096),
	 .doc = "Width of a synthetic image in pixels."},
	{"dataset.synthetic.noise", FF_KEY_REAL, FIELD(dataset.synthetic.noise), .initial = "0.3", RANGE(0, 1),
	 .doc = "Standard deviation of the noise on a pixel of a synthetic image."},

	{"label.strength", FF_KEY_REAL, FIELD(label.strength), .initial = "1", RANGE(1e-6, 1e6),
	 OR("max", FF_STRENGTH_MAX),
	 .doc = "Value of the one-hot label, which replaces the first C inputs. max: the largest input of the "
		"dataset."},

	{"layers.widths", FF_KEY_WIDTHS, RANGE(1, 1e6),
	 .doc = "Units of each layer. May be left out if each entry of layers.each has a width."},
	{"layers.normalize", FF_KEY_WORD, LAYER(normalize), .initial = "rms", .each = "normalize",
	 WORDS({"l2", FF_NORM_L2, false}, {"rms", FF_NORM_RMS, false}),
	 .doc = "How the input x of a layer is normalised. l2: x / (||x|| + eps). rms: x / (sqrt(mean x^2) + eps)."},
	{"layers.eps", FF_KEY_REAL, LAYER(eps), .initial = "0.0001", RANGE(1e-30, 1), .each = "eps",
	 .doc = "Added to the norm before the division."},
	{"layers.init", FF_KEY_WORD, LAYER(init), .initial = "normal", .each = "init",
	 WORDS({"normal", FF_INIT_NORMAL, false}, {"uniform", FF_INIT_UNIFORM, false}),
	 .doc = "Initial weights of a layer with I inputs. normal: N(0, 1/I), biases 0. uniform: within +-1/sqrt(I), "
		"biases too."},
	{"layers.peer", FF_KEY_REAL, LAYER(peer), .initial = "0", RANGE(0, 1e6), .each = "peer",
	 .doc = "Strength lambda of peer normalisation. 0: off."},
	{"layers.dropout", FF_KEY_REAL, LAYER(dropout), .initial = "0", RANGE(0, 1), .below_max = true,
	 .each = "dropout",
	 .doc = "Share of the units that are dropped in training."},
	{"layers.each", FF_KEY_EACH,
	 .doc = "What differs from the defaults, one map per layer. The keys of such a map are listed at the end."},
	{"layers.each[].width", FF_KEY_INTEGER, LAYER(width), RANGE(1, 1e6), .each = "width",
	 .doc = "Units of this layer."},

	{"objective.goodness", FF_KEY_WORD, .initial = "mean_square", FIELD(objective.goodness),
	 WORDS({"mean_square", FF_MEAN_SQUARE, false}, {"sum_square", FF_SUM_SQUARE, false},
	       {"top_k", FF_TOP_K, false}),
	 .doc = "Goodness g of a layer with activations y = ReLU(x W + b): the mean or the sum of y^2, or the mean "
		"of the k largest y^2."},
	{"objective.loss", FF_KEY_WORD, .initial = "logistic", FIELD(objective.loss),
	 WORDS({"logistic", FF_LOGISTIC, false}, {"symba", FF_SYMBA, false}, {"swish", FF_SWISH, false}),
	 .doc = "Loss of a pair with goodness g+ and g-. logistic: softplus(theta - g+) + softplus(g- - theta). "
		"symba: softplus(-alpha (g+ - g-)). swish: silu(-alpha (g+ - g-))."},
	{"objective.threshold", FF_KEY_REAL, .initial = "2", LAYER(threshold), RANGE(0, 1e9), .each = "threshold",
	 OR("width", FF_THRESHOLD_WIDTH),
	 .doc = "Threshold theta of the logistic loss. width: the number of units of the layer."},
	{"objective.alpha", FF_KEY_REAL, .initial = "4", FIELD(objective.alpha), RANGE(0, 1e6),
	 .doc = "Scale alpha of symba and swish."},
	{"objective.k", FF_KEY_INTEGER, .initial = "10", FIELD(objective.k), RANGE(1, 1e6),
	 .doc = "Number of units that count with goodness: top_k."},
	{"objective.reduce", FF_KEY_WORD, .initial = "pairs", FIELD(objective.reduce),
	 WORDS({"pairs", FF_REDUCE_PAIRS, false}, {"rows", FF_REDUCE_ROWS, false}),
	 .doc = "Loss of a mini-batch of B pairs. pairs: sum / B. rows: sum / 2B."},
	{"objective.direction", FF_KEY_WORD, .initial = "maximise", FIELD(objective.direction),
	 WORDS({"maximise", FF_MAXIMISE, false}, {"minimise", FF_MINIMISE, false}),
	 .doc = "Whether the goodness of positives is maximised or minimised."},

	{"negatives.kind", FF_KEY_WORD, .initial = "wrong_label", FIELD(negatives.kind),
	 WORDS({"wrong_label", FF_WRONG_LABEL, false}, {"hybrid", FF_HYBRID, false}),
	 .doc = "wrong_label: the image with a wrong label. hybrid: two images joined through a mask."},
	{"negatives.draw", FF_KEY_WORD, .initial = "uniform", FIELD(negatives.draw),
	 WORDS({"uniform", FF_DRAW_UNIFORM, false}, {"head", FF_DRAW_HEAD, false},
	       {"goodness", FF_DRAW_GOODNESS, false}),
	 .doc = "How wrong labels are drawn. uniform: all equally often. head: from the probabilities of the head. "
		"goodness: in proportion to the square root of their goodness."},
	{"negatives.redraw", FF_KEY_WORD, .initial = "epoch", FIELD(negatives.redraw),
	 WORDS({"once", FF_REDRAW_ONCE, false}, {"epoch", FF_REDRAW_EPOCH, false}, {"batch", FF_REDRAW_BATCH, false}),
	 .doc = "How often negatives are drawn anew. batch and epoch give the same with uniform draws, since an "
		"epoch sees each image once."},
	{"negatives.lag", FF_KEY_INTEGER, .initial = "auto", FIELD(negatives.lag), RANGE(0, 1e6), AUTO,
	 .doc = "Mini-batches between drawing a wrong label with head or goodness and training on it. 0: Hinton's "
		"order, in which the stages of a pipeline wait for each other. auto: the number of layers + 2, or "
		"less in short epochs."},
	{"negatives.blur", FF_KEY_INTEGER, .initial = "10", FIELD(negatives.blur), RANGE(0, 1000),
	 .doc = "Number of times that the mask of a hybrid is blurred."},

	{"optimizer.kind", FF_KEY_WORD, .initial = "adam", FIELD(optimizer.kind),
	 WORDS({"adam", FF_ADAM, false}, {"sgd", FF_SGD, false}),
	 .doc = "sgd smooths the gradient: v = momentum v + (1 - momentum) gradient."},
	{"optimizer.rate", FF_KEY_REAL, .initial = "0.001", LAYER(rate), RANGE(0, 1e6), .each = "rate",
	 .doc = "Learning rate, before optimizer.schedule."},
	{"optimizer.beta1", FF_KEY_REAL, .initial = "0.9", FIELD(optimizer.beta1), RANGE(0, 1), .below_max = true,
	 .doc = "Of adam."},
	{"optimizer.beta2", FF_KEY_REAL, .initial = "0.999", FIELD(optimizer.beta2), RANGE(0, 1), .below_max = true,
	 .doc = "Of adam."},
	{"optimizer.epsilon", FF_KEY_REAL, .initial = "1e-08", FIELD(optimizer.epsilon), RANGE(1e-30, 1),
	 .doc = "Of adam."},
	{"optimizer.momentum", FF_KEY_REAL, .initial = "0.9", FIELD(optimizer.momentum), RANGE(0, 1), .below_max = true,
	 .doc = "Of sgd."},
	{"optimizer.decay", FF_KEY_REAL, .initial = "0", LAYER(decay), RANGE(0, 1e6), .each = "decay",
	 .doc = "Weight decay. Biases have none."},
	{"optimizer.schedule", FF_KEY_WORD, .initial = "constant", FIELD(optimizer.schedule),
	 WORDS({"constant", FF_CONSTANT, false}, {"cooldown", FF_COOLDOWN, false}, {"cosine", FF_COSINE, false}),
	 .doc = "Schedule of the learning rate. cooldown: constant for the first half of the training, then linear "
		"to zero."},

	{"augment.shift", FF_KEY_INTEGER, .initial = "0", FIELD(augment.shift), RANGE(0, 4096),
	 .doc = "Training images are shifted by up to this many pixels."},

	{"train.order", FF_KEY_WORD, .initial = "together", FIELD(train.order),
	 WORDS({"together", FF_TOGETHER, false}, {"greedy", FF_GREEDY, false}),
	 .doc = "together: every mini-batch trains all layers. greedy: layer by layer, each to its end."},
	{"train.batch", FF_KEY_INTEGER, .initial = "100", FIELD(train.batch), RANGE(1, MANY), OR("full", FF_AUTO),
	 .doc = "Pairs in a mini-batch. full: all training images."},
	{"train.epochs", FF_KEY_INTEGER, .initial = "10", FIELD(train.epochs), RANGE(1, 1e6),
	 .doc = "Passes over the training images; with greedy, for each layer."},
	{"train.patience", FF_KEY_INTEGER, .initial = "0", FIELD(train.patience), RANGE(0, 1e6),
	 .doc = "Early stopping: evaluations without improvement before training stops. 0: never stop early. The "
		"validation images decide, so in unsupervised mode their labels choose the weights."},

	{"head.when", FF_KEY_WORD, .initial = "never", FIELD(head.when),
	 WORDS({"never", FF_HEAD_NEVER, false}, {"together", FF_HEAD_TOGETHER, false}, {"after", FF_HEAD_AFTER, false}),
	 .doc = "When the softmax head trains: never, together with the layers, or after them."},
	{"head.layers", FF_KEY_LAYER_SET, .initial = "auto", FIELD(head.layers),
	 .doc = "Layers whose normalised activations the head reads, from 1. auto: all but the first."},
	{"head.optimizer", FF_KEY_WORD, .initial = "adam", FIELD(head.optimizer),
	 WORDS({"adam", FF_ADAM, false}, {"sgd", FF_SGD, false}),
	 .doc = "Optimizer of the head. Its constants are those of the section optimizer."},
	{"head.rate", FF_KEY_REAL, .initial = "0.001", FIELD(head.rate), RANGE(0, 1e6),
	 .doc = "Learning rate of the head, before optimizer.schedule."},
	{"head.decay", FF_KEY_REAL, .initial = "0", FIELD(head.decay), RANGE(0, 1e6),
	 .doc = "Weight decay of the head."},
	{"head.epochs", FF_KEY_INTEGER, .initial = "10", FIELD(head.epochs), RANGE(1, 1e6),
	 .doc = "Passes over the training images for a head that trains after the layers."},

	{"evaluate.by", FF_KEY_WORD, .initial = "auto", FIELD(evaluate.by),
	 WORDS({"auto", FF_BY_AUTO, false}, {"goodness", FF_BY_GOODNESS, false}, {"head", FF_BY_HEAD, false}),
	 .doc = "Which error is reported as the network's: that by goodness or that by the head. Both are measured "
		"where both exist. auto: goodness, or head if unsupervised."},
	{"evaluate.layers", FF_KEY_LAYER_SET, .initial = "all", FIELD(evaluate.layers),
	 .doc = "Layers whose goodness counts, from 1: all, N, N.., N..M or a list of these."},
	{"evaluate.every", FF_KEY_INTEGER, .initial = "1", FIELD(evaluate.every), RANGE(1, 1e6),
	 .doc = "Epochs between evaluations on the validation images, and on each set whose key is epoch "
		"(evaluate.test, evaluate.train). The last epoch is always evaluated."},
	{"evaluate.test", FF_KEY_WORD, .initial = "end", FIELD(evaluate.test),
	 WORDS({"end", FF_WHEN_END, false}, {"epoch", FF_WHEN_EPOCH, false}),
	 .doc = "When the test images are read: once, at the end, or at every evaluation."},
	{"evaluate.train", FF_KEY_WORD, .initial = "end", FIELD(evaluate.train_split),
	 WORDS({"never", FF_WHEN_NEVER, false}, {"end", FF_WHEN_END, false}, {"epoch", FF_WHEN_EPOCH, false}),
	 .doc = "When the error on the training images is measured."},

	{"execution.kind", FF_KEY_WORD, .initial = "pipeline", FIELD(execution.kind),
	 WORDS({"pipeline", FF_PIPELINE, false}, {"sequential", FF_SEQUENTIAL, false}),
	 .doc = "pipeline: all layers at once, each on threads of its own. sequential: one layer after the other. No "
		"key of this section changes a bit of the result."},
	{"execution.threads.total", FF_KEY_INTEGER, .initial = "auto", FIELD(execution.threads),
	 RANGE(1, FF_MAX_THREADS), AUTO,
	 .doc = "Threads in all, at most. auto: the cores this process may use."},
	{"execution.threads.per_stage", FF_KEY_INTEGER, LAYER(threads), .initial = "auto",
	 RANGE(1, FF_MAX_THREADS), AUTO,
	 .each = "threads",
	 .doc = "Threads of each layer's stage in a pipeline. auto: as `ffengine plan` plans them; consecutive "
		"layers may share threads."},
	{"execution.memory.budget", FF_KEY_BYTES, .initial = "auto", FIELD(execution.memory),
	 RANGE(0, MOST_BYTES), AUTO,
	 .doc = "Memory for the inputs that a greedy layer, or a head that trains after the layers, keeps: bytes, or "
		"with a unit (KiB MiB GiB KB MB GB), such as 512MiB. auto: 256MiB."},
	{"execution.depth", FF_KEY_INTEGER, .initial = "auto", FIELD(execution.depth), RANGE(1, 4096), AUTO,
	 .doc = "Slots of the ring between two stages. auto: 2. More slots take memory, and only even out stages "
		"whose speed varies."},

	{"execution.bind", FF_KEY_WORD, .initial = "auto", FIELD(execution.bind),
	 WORDS({"auto", FF_BIND_AUTO, false}, {"always", FF_BIND_ALWAYS, false}, {"none", FF_BIND_NONE, false}),
	 .doc = "Whether each thread of a pipeline is bound to a core, those of a stage side by side. auto: if the "
		"run uses all cores that are available to it, or was given cores of its own (by taskset, a batch "
		"system or a sweep). always: also if it uses only some of them, for a run that is alone on the "
		"machine. none: never."},

	{"execution.checkpoint", FF_KEY_REAL, .initial = "auto", FIELD(execution.checkpoint), RANGE(0, MANY),
	 OR("auto", FF_CHECKPOINT_AUTO),
	 .doc = "Least number of seconds between two checkpoints, from which `ffengine run --resume DIR` continues. "
		"A checkpoint is written at the end of an epoch. auto: 300. 0: none."},

	{"execution.place", FF_KEY_RESERVED,
	 .doc = "Processors of each stage."},

	{"sweep.grid", FF_KEY_SWEEP,
	 .doc = "Keys with lists of values, such as {train.batch: [50, 100], layers.widths: [[64], [128, 64]]}: one "
		"point for each combination. `sweep: off` turns a sweep off."},
	{"sweep.list", FF_KEY_SWEEP,
	 .doc = "The points one by one, such as [{train.batch: 50}, {train.batch: 100, optimizer.rate: 0.002}]."},
	{"sweep.random", FF_KEY_SWEEP,
	 .doc = "Points drawn at random, with the seed of the experiment, from choices and ranges, such as {points: "
		"20, train.batch: [50, 100], optimizer.rate: {min: 1e-4, max: 1e-2, scale: log}}. scale: linear or "
		"log."},
	{"sweep.seeds", FF_KEY_SWEEP,
	 .doc = "Runs each point with each of these seeds, such as [1, 2, 3]."},
	{"sweep.parallel", FF_KEY_SWEEP,
	 .doc = "Points that run at once, each on processors of its own: 1 or more. auto, the default: as many as "
		"the processors and the memory allow."},
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

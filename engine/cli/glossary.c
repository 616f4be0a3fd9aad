#include "cli/glossary.h"

/* clang-format off */
const struct ff_term ff_glossary[] = {
	{"activations", "The outputs y = ReLU(x W + b) of a layer for its normalised inputs x."},
	{"goodness", "What a layer makes high for positives and low for negatives, such as the mean of its squared "
	 "activations (objective.goodness)."},
	{"positive", "A sample of real data. In supervised mode its true label is written over its first pixels."},
	{"negative", "A sample of wrong data: an image with a wrong label or, in unsupervised mode, a hybrid of two images."},
	{"pair", "A positive and its negative. The size of a mini-batch and samples/s count pairs."},
	{"hybrid", "A negative of unsupervised mode: two images joined through a blurred random mask."},
	{"neutral row", "An image with the same value in every label input. The head reads the layers' activations for it."},
	{"adaptive negatives", "Wrong labels sampled from the network's own predictions (negatives.draw: head or goodness)."},
	{"lag", "The mini-batches between sampling a wrong label and training on it (negatives.lag)."},
	{"head", "A softmax classifier on the activations of chosen layers. No gradient of it reaches a layer."},
	{"peer normalisation", "A term that pulls the mean activation of each unit towards the mean of its layer, so that "
	 "dead units revive (layers.peer)."},
	{"greedy", "Training layer by layer, each to its end, instead of all layers together (train.order)."},
	{"pipeline", "Execution in which every layer is a stage that works on another mini-batch than its neighbours."},
	{"packet", "What the pipeline hands on: a mini-batch, or a control message such as the end of an epoch."},
	{"ring", "The bounded queue of packets between two stages (execution.depth)."},
	{"source", "The part of the pipeline that makes mini-batches: it shuffles, draws negatives and normalises."},
	{"stage", "The part of the pipeline that trains one layer."},
	{"readout", "The last part of the pipeline that trains: it runs the softmax head and draws adaptive negatives."},
	{"collector", "The end of the pipeline: it takes the results and writes the files."},
	{"leader, team", "A leader is the thread that runs one or more stages; its team is those that share the work of its stages."},
	{"tile", "The rows of a mini-batch that are computed at once. Only large mini-batches have several."},
	{"point", "One experiment of a sweep."},
	{"run store", "The database runs.sqlite beside the run folders. It is an index of them and can be rebuilt."},
	{"bit for bit", "Equal in every byte. A result depends on the experiment alone, not on threads, timing or resuming."},
};
/* clang-format on */

const int ff_n_terms = (int)(sizeof ff_glossary / sizeof *ff_glossary);

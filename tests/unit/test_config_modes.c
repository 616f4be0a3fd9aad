/* What the modes, the head, adaptive negatives and early stopping need of each other. */
#include "support/harness.h"

#include <stdio.h>

#include "support/config_support.h"

#define NET "layers: {widths: [20, 20]}\n"

/* Each text has one fault; the complaint begins with `wanted`, and has `hint`. */
static const struct fault FAULTS[] = {
    {NET "mode: semi", "2:7: mode cannot be 'semi'", "one of supervised, unsupervised"},
    {NET "mode: unsupervised", "2:7: an unsupervised network needs a head", "head.when: together, or after"},
    {NET "head: {when: never}\nmode: unsupervised", "3:7: an unsupervised network needs a head", "head.when: together"},
    {NET "mode: unsupervised\nhead: {when: never}", "3:14: an unsupervised network needs a head",
     "head.when: together"},
    {NET "mode: unsupervised\nhead: {when: after}\nnegatives: {kind: wrong_label}",
     "4:19: unsupervised mode has no labels, so it cannot have wrong ones", "negatives.kind: hybrid"},
    {NET "negatives: {kind: hybrid}", "2:19: hybrid negatives need mode: unsupervised", "mode: unsupervised"},
    {NET "negatives: {kind: hybrid}\nmode: supervised", "3:7: hybrid negatives need mode: unsupervised",
     "mode: unsupervised"},
    {NET "mode: unsupervised\nhead: {when: after}\nevaluate: {by: goodness}",
     "4:16: an unsupervised network cannot classify by goodness", "evaluate.by: head"},
    {NET "mode: unsupervised\nhead: {when: after}\nevaluate: {layers: 2}",
     "4:20: evaluate.layers has no effect with mode: unsupervised", "head.layers"},
    {NET "mode: unsupervised\nhead: {when: after}\nlabel: {strength: 2}",
     "4:19: label.strength has no effect with mode: unsupervised", "mode: supervised"},
    {NET "mode: unsupervised\nhead: {when: after}\nnegatives: {draw: goodness}",
     "4:19: negatives.draw has no effect with negatives.kind: hybrid", "negatives.kind: wrong_label"},
    {NET "mode: unsupervised\nhead: {when: together}\nnegatives: {lag: 2}",
     "4:18: negatives.lag has no effect with negatives.draw: uniform", "head or goodness"},
    {NET "mode: unsupervised\nhead: {when: after}\ndataset: {name: synthetic, synthetic: {height: 1, width: 30}}",
     "4:58: hybrid negatives need images of at least 2 x 2 pixels, not 1 x 30", "at least 2"},
    {NET "dataset: {name: synthetic, synthetic: {height: 30, width: 1}}\nhead: {when: after}\nmode: unsupervised",
     "4:7: hybrid negatives need images of at least 2 x 2 pixels, not 30 x 1", "at least 2"},

    {NET "head:", "2:6: section 'head' is empty", "when"},
    {NET "head: {none: 1}", "2:8: unknown key 'head.none'", "the keys are when, layers"},
    {NET "head: {when: later}", "2:14: head.when cannot be 'later'", "one of never, together, after"},
    {NET "head: {when: after, layers: []}", "2:29: head.layers is empty", "leave it out"},
    {NET "head: {when: after, layers: [2, 3]}", "2:33: head.layers: '3' is beyond", "layers.widths says"},
    {NET "head: {when: after, layers: 0}", "2:29: head.layers: '0' names layer 0", "from 1"},
    {NET "head: {when: after, layers: [auto]}", "2:30: head.layers: 'auto' is not a set", "N..M"},
    {NET "head: {when: after, layers: 'auto'}", "2:29: head.layers: 'auto' is not a set", "N..M"},
    {NET "head: {when: after, layers: {a: 1}}", "2:29: head.layers cannot hold a map", "N..M"},
    {NET "evaluate: {layers: auto}", "2:20: evaluate.layers: 'auto' is not a set", "N..M"},
    {NET "head: {layers: 1}", "2:16: head.layers has no effect without a head", "head.when: together, or after"},
    {NET "head: {layers: all, when: never}", "2:27: head.layers has no effect without a head", "together, or after"},
    {NET "head: {rate: 1}", "2:14: head.rate has no effect with head.when: never", "together or after"},
    {NET "head: {decay: 1}", "2:15: head.decay has no effect with head.when: never", "together or after"},
    {NET "head: {optimizer: sgd}", "2:19: head.optimizer has no effect with head.when: never", "together or after"},
    {NET "head: {epochs: 3}", "2:16: head.epochs has no effect with head.when: never", "head.when: after"},
    {NET "head: {when: together, epochs: 3}", "2:32: head.epochs has no effect with head.when: together", "after"},
    {NET "head: {when: after, epochs: 0}", "2:29: head.epochs is out of range", "1 to 1000000"},
    {NET "head: {when: after, rate: -1}", "2:27: head.rate is out of range", "0 to 1000000"},
    {NET "train: {order: greedy}\nhead: {when: together}", "3:14: a head cannot train together with greedy layers",
     "head.when: after"},
    {NET "head: {when: together}\ntrain: {order: greedy}", "3:16: a head cannot train together with greedy layers",
     "head.when: after"},
    {NET "evaluate: {by: head}", "2:16: there is no head to classify by", "head.when: together, or after"},
    {NET "evaluate: {by: label}", "2:16: evaluate.by cannot be 'label'", "one of auto, goodness, head"},
    {NET "optimizer: {kind: sgd, beta1: 0.5}\nhead: {when: after, optimizer: sgd}",
     "2:31: optimizer.beta1 has no effect with optimizer.kind: sgd", "adam"},
    {NET "optimizer: {momentum: 0.5}\nhead: {when: together}", "2:23: optimizer.momentum has no effect", "sgd"},

    {NET "negatives: {draw: head}", "2:19: negatives.draw: head needs a head",
     "head.when: together, or negatives.draw: goodness"},
    {NET "negatives: {draw: head}\nhead: {when: after}", "3:14: negatives.draw: head needs a head",
     "head.when: together"},
    {NET "negatives: {draw: goodness}\nobjective: {direction: minimise}",
     "3:24: wrong labels cannot be drawn by goodness", "negatives.draw: head"},
    {NET "negatives: {draw: goodness}\ntrain: {order: greedy}",
     "3:16: adaptive negatives need layers that train together", "train.order: together"},
    {NET "negatives: {draw: goodness}\ntrain: {batch: full}", "3:16: adaptive negatives need mini-batches of at most",
     "at most 1024"},
    {NET "negatives: {draw: head}\nhead: {when: together}\ntrain: {batch: 1025}",
     "4:16: adaptive negatives need mini-batches of at most", "at most 1024"},
    {NET "negatives: {draw: goodness, redraw: once}",
     "2:37: negatives.redraw has no effect with negatives.draw: goodness", "negatives.draw: uniform"},
    {NET "negatives: {lag: 2}", "2:18: negatives.lag has no effect with negatives.draw: uniform", "head or goodness"},
    {NET "negatives: {draw: goodness, lag: -1}", "2:34: negatives.lag is out of range", "or auto"},
    {NET "negatives: {draw: goodness, lag: 600}", "2:34: negatives.lag 600 is not below the 600 batches of an epoch",
     "or write auto"},
    {NET "negatives: {draw: goodness, lag: 1}\ndataset: {name: synthetic, train: 100}",
     "3:35: negatives.lag 1 is not below the 1 batch of an epoch", "lower negatives.lag"},
    {NET "negatives: {draw: goodness, lag: 599}\ndataset: {validation: 10000}",
     "3:23: negatives.lag 599 is not below the 500 batches of an epoch", "or write auto"},
    {NET "negatives: {draw: goodness, lag: 60}\ntrain: {batch: 1000}",
     "3:16: negatives.lag 60 is not below the 60 batches of an epoch", "or write auto"},
    {NET "negatives: {blur: 2}", "2:19: negatives.blur has no effect with negatives.kind: wrong_label", "hybrid"},

    {NET "train: {patience: 1}", "2:19: early stopping needs validation images", "dataset.validation"},
    {NET "train: {patience: 1}\ndataset: {validation: 0}", "3:23: early stopping needs validation images", "dataset"},
    {NET "train: {patience: 1, order: greedy}\ndataset: {validation: 9}",
     "2:29: early stopping does not work with greedy", "together"},
    {NET "train: {patience: 1}\ndataset: {validation: 9}\nhead: {when: after}",
     "4:14: early stopping does not work with a head that trains after", "head.when: together"},

    {NET "objective: {k: 5}", "2:16: objective.k has no effect with objective.goodness: mean_square", "top_k"},
    {NET "objective: {goodness: top_k, k: 0}", "2:33: objective.k is out of range", "1 to"},
    {NET "objective: {goodness: top_k, k: 21}", "2:33: objective.k is 21, but layer 1 has only 20 units", "lower"},
    {"layers: {widths: [20, 9]}\nobjective: {goodness: top_k}", "2:23: objective.k is 10, but layer 2 has only 9",
     "lower objective.k"},
    {"layers: {widths: [1], dropout: 1}", "1:32: layers.dropout is out of range", "below 1"},
    {"layers: {each: [{width: 1, dropout: -0.1}]}", "1:37: dropout of layer 1 is out of range", "0 to below 1"},
    {NET "augment: {shift: -1}", "2:18: augment.shift is out of range", "0 to 4096"},
    {NET "objective: {direction: down}", "2:24: objective.direction cannot be 'down'", "maximise, minimise"},

    /* Head and train have keys of one name: train's is what one most likely meant. */
    {NET "epochs: 3", "2:1: unknown key 'epochs'", "did you mean 'train.epochs'?"},
    {NET "epoch: 3", "2:1: unknown key 'epoch'", "did you mean 'train.epochs'?"},
};

static void each_fault_has_its_complaint(void)
{
	check_faults(FAULTS, sizeof FAULTS / sizeof *FAULTS);
}

/* What stands beside each fault's limit is allowed. */
static void what_goes_together_loads(void)
{
	static const char *const GOOD[] = {
	    NET "mode: unsupervised\nhead: {when: together}",
	    NET "mode: unsupervised\nhead: {when: after}\ntrain: {order: greedy, batch: full}",
	    NET "mode: unsupervised\nhead: {when: after, epochs: 3, rate: 1, decay: 1, optimizer: sgd, layers: all}",
	    NET "mode: unsupervised\nhead: {when: after}\nnegatives: {kind: hybrid, blur: 0, redraw: once}",
	    NET "mode: unsupervised\nhead: {when: after}\ndataset: {name: synthetic, synthetic: {height: 2, width: 8}}",
	    NET "mode: unsupervised\nhead: {when: together}\ntrain: {patience: 3}\ndataset: {validation: 100}",
	    NET "head: {when: never, rate: 0.001, decay: 0, epochs: 10, layers: auto, optimizer: adam}",
	    NET "head: {}",
	    NET "head: {layers: 2..}", /* the default in other words */
	    NET "head: {when: after}\nevaluate: {by: head, layers: 2}",
	    NET "head: {when: after, optimizer: sgd}\noptimizer: {momentum: 0.5, beta1: 0.5}",
	    NET "head: {when: after}\noptimizer: {kind: sgd, momentum: 0.5, beta1: 0.5, beta2: 0.5, epsilon: 0.1}",
	    NET "head: {when: together}\nnegatives: {draw: head, lag: 599}\ntrain: {batch: 100}",
	    NET "negatives: {draw: goodness, lag: 0}\ndataset: {name: synthetic, train: 100}",
	    NET "negatives: {draw: goodness}\ntrain: {batch: 1024}\nhead: {when: after}",
	    NET "negatives: {draw: goodness, lag: 600}\ntrain: {batch: 99}",            /* and a rest: 607 batches */
	    NET "negatives: {draw: goodness, lag: 999999}\ndataset: {name: synthetic}", /* size not known here */
	    NET
	    "objective: {direction: minimise, goodness: top_k, k: 20}\nnegatives: {draw: head}\nhead: {when: together}",
	    NET "augment: {shift: 2}\ntrain: {patience: 1}\ndataset: {validation: 100}",
	    "layers: {widths: [20, 20], dropout: 0.5, each: [{dropout: 0.2}, {}]}",
	};
	for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
		struct loaded *got = load(GOOD[i]);
		if (!CHECK_INT(got->status, FF_OK))
			printf("\n    %s\n of %s\n", line(got, 0), GOOD[i]);
	}
}

static void the_mode_settles_what_is_open(void)
{
	struct loaded *got = load(NET "head: {when: after}\nmode: unsupervised");
	const struct ff_experiment *e = &got->experiment;
	CHECK_INT(e->negatives.kind, FF_HYBRID);
	CHECK_INT(e->evaluate.by, FF_BY_HEAD);
	CHECK_INT(e->negatives.blur, 10);
	CHECK_INT(e->negatives.lag, FF_AUTO);
	CHECK_INT(e->head.layers.bits[0], 2);
	CHECK_INT(e->head.epochs, 10);
	load(NET "head: {when: together}");
	CHECK_INT(e->negatives.kind, FF_WRONG_LABEL);
	CHECK_INT(e->evaluate.by, FF_BY_GOODNESS);
	load("layers: {widths: [3]}\nhead: {when: after}");
	CHECK_INT(e->head.layers.bits[0], 1); /* there is no other */
	load_set(NET "head: {when: after, layers: auto}", "layers.widths=[4, 4, 4]");
	CHECK_INT(e->head.layers.bits[0], 6);
	load(NET);
	CHECK_INT(e->evaluate.by, FF_BY_GOODNESS);
	CHECK_INT(e->head.when, FF_HEAD_NEVER);
}

static void values_reach_their_fields(void)
{
	struct loaded *got = load("layers: {widths: [9, 9, 9], dropout: 0.25}\n"
	                          "objective: {goodness: top_k, k: 7, direction: minimise}\n"
	                          "negatives: {draw: head, lag: 3}\n"
	                          "augment: {shift: 2}\ndataset: {validation: 100}\n"
	                          "head: {when: together, layers: [1, 3], optimizer: sgd, rate: 0.5, decay: 0.25}\n"
	                          "train: {patience: 4}\nevaluate: {by: head}\n");
	const struct ff_experiment *e = &got->experiment;
	CHECK_TEXT(line(got, 0), "");
	CHECK_NEAR(e->layers[2].dropout, 0.25, 0);
	CHECK_INT(e->objective.goodness, FF_TOP_K);
	CHECK_INT(e->objective.k, 7);
	CHECK_INT(e->objective.direction, FF_MINIMISE);
	CHECK_INT(e->negatives.draw, FF_DRAW_HEAD);
	CHECK_INT(e->negatives.lag, 3);
	CHECK_INT(e->augment.shift, 2);
	CHECK_INT(e->head.when, FF_HEAD_TOGETHER);
	CHECK_INT(e->head.layers.bits[0], 5);
	CHECK_INT(e->head.optimizer, FF_SGD);
	CHECK_NEAR(e->head.rate, 0.5, 0);
	CHECK_NEAR(e->head.decay, 0.25, 0);
	CHECK_INT(e->train.patience, 4);
	CHECK_INT(e->evaluate.by, FF_BY_HEAD);
	CHECK_INT(load(NET "mode: unsupervised\nhead: {when: after, epochs: 6}\nnegatives: {blur: 3}")
	              ->experiment.head.epochs,
	          6);
	CHECK_INT(e->negatives.blur, 3);
	CHECK_INT(e->mode, FF_UNSUPERVISED);
}

FF_TESTS("config modes", {"each fault has its complaint", each_fault_has_its_complaint},
         {"what goes together loads", what_goes_together_loads},
         {"the mode settles what is open", the_mode_settles_what_is_open},
         {"values reach their fields", values_reach_their_fields})

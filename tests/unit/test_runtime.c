#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/evaluate.h"
#include "support/world.h"

static bool same_parameters(const struct ff_net *a, const struct ff_net *b)
{
	for (int l = 0; l < a->n_layers; l++) {
		const struct ff_layer *p = &a->stages[l].layer, *q = &b->stages[l].layer;
		size_t bytes = (p->inputs + 1) * p->outputs * sizeof(float);
		if (memcmp(p->parameters, q->parameters, bytes) || memcmp(p->state1, q->state1, bytes) ||
		    (p->state2 && memcmp(p->state2, q->state2, bytes)))
			return false;
	}
	return true;
}

/* ---- training ---- */

static void same_bits(const char *const given[], int n)
{
	/* Large enough that every kind of work is split over ten threads. */
	const char *overrides[9] = {"dataset.train=900", "dataset.test=50", "train.batch=450",
	                            "layers.widths=[300, 200]",
	                            "dataset.synthetic={height: 14, width: 14, noise: 0.1}"};
	for (int i = 0; i < n; i++)
		overrides[5 + i] = given[i];
	n += 5;
	struct world one, many;
	struct epochs *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b);
	struct ff_error error;
	if (world_open(&one, 1, overrides, n) && CHECK_INT(world_train(&one, a, &error), FF_OK))
		for (int threads = 2; threads <= 10; threads = threads == 3 ? 10 : threads + 1) {
			if (!world_open(&many, threads, overrides, n))
				break;
			CHECK_INT(world_train(&many, b, &error), FF_OK);
			CHECK(same_parameters(&one.net, &many.net));
			for (int e = 0; e < a->n; e++) {
				CHECK(memcmp(a->metrics[e].loss, b->metrics[e].loss, sizeof a->metrics[e].loss) == 0);
				CHECK(memcmp(&a->metrics[e].test_error, &b->metrics[e].test_error, sizeof(double)) ==
				      0);
			}
			world_close(&many);
		}
	world_close(&one);
	free(a);
	free(b);
}

static void bits_do_not_depend_on_threads(void)
{
	same_bits((const char *const[]){"objective.loss=swish", "evaluate.test=epoch"}, 2);
	same_bits((const char *const[]){"optimizer={kind: sgd, rate: 0.01, decay: 0.001, schedule: cooldown}",
	                                "objective={goodness: sum_square, threshold: width}", "layers.peer=0.06"},
	          3);
	same_bits((const char *const[]){"train={order: greedy, batch: full, epochs: 3}", "negatives.redraw=once",
	                                "layers.normalize=l2"},
	          3);
}

static void kept_inputs_equal_streamed_ones(void)
{
	static const char *const ORDERS[] = {"train={order: greedy, batch: full, epochs: 3}",
	                                     "train={order: greedy, batch: 100, epochs: 3}"};
	static const char *const BUDGETS[] = {"execution.memory.budget=0", "execution.memory.budget=200000",
	                                      "execution.memory.budget=10MiB"};
	for (int o = 0; o < 2; o++) {
		struct world streamed, kept;
		static struct epochs epochs; /* large */
		struct ff_error error;
		const char *overrides[] = {ORDERS[o], BUDGETS[0], "negatives.redraw=once", "dataset.train=2500"};
		if (!world_open(&streamed, 1, overrides, 4))
			return;
		CHECK_INT(world_train(&streamed, &epochs, &error), FF_OK);
		for (int b = 1; b < 3; b++) {
			overrides[1] = BUDGETS[b];
			if (!world_open(&kept, 1, overrides, 4))
				return;
			CHECK_INT(world_train(&kept, &epochs, &error), FF_OK);
			CHECK(same_parameters(&streamed.net, &kept.net));
			world_close(&kept);
		}
		world_close(&streamed);
	}
}

static void training_learns(const char *const overrides[], int n, double most)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	if (!world_open(&w, 2, overrides, n))
		return;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	CHECK_INT(ff_evaluate(&w.net, &w.source, &w.dataset.test, w.net.n_layers, NULL, NULL, &epochs.test, &error),
	          FF_OK);
	CHECK_NEAR(epochs.test.error, 0, most);
	world_close(&w);
}

#define LARGER "dataset.train=2000", "dataset.synthetic={height: 14, width: 14, noise: 0.1}", "layers.widths=[100, 60]"

/* Ten classes: guessing is wrong in 9 of 10 cases. */
static void both_orders_learn(void)
{
	training_learns((const char *const[]){LARGER, "train.epochs=25", "objective.loss=swish", "objective.alpha=6",
	                                      "optimizer.rate=0.003"},
	                7, 0.12);
	training_learns((const char *const[]){LARGER, "layers.normalize=l2", "optimizer.rate=0.03",
	                                      "negatives.redraw=once", "dataset.standardize=true", "label.strength=max",
	                                      "train={order: greedy, batch: full, epochs: 200}"},
	                9, 0.15);
}

static void a_greedy_layer_leaves_the_others_alone(void)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	const char *overrides[] = {"train={order: greedy, batch: 50, epochs: 2}"};
	if (!world_open(&w, 1, overrides, 1))
		return;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	CHECK_INT(epochs.n, 6);
	for (int e = 0; e < epochs.n; e++) {
		CHECK_INT(epochs.metrics[e].layer, 1 + e / 2);
		CHECK_INT(epochs.metrics[e].epoch, 1 + e % 2);
		for (int l = 0; l < 3; l++)
			CHECK_INT(isfinite(epochs.metrics[e].loss[l]) != 0, l == e / 2);
	}
	CHECK_INT(w.net.stages[0].layer.step, 2 * 5); /* 230 pairs in batches of 50: four whole, one of 30 */
	world_close(&w);
}

static void a_loss_that_is_not_finite_is_named(void)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	const char *overrides[] = {"layers.each=[{}, {rate: 0.25}, {}]"};
	if (!world_open(&w, 1, overrides, 1))
		return;
	ff_layer_bias(&w.net.stages[1].layer)[3] = 1e38F;
	CHECK_INT(world_train(&w, &epochs, &error), FF_ERROR_NUMERIC);
	CHECK_TEXT(error.where, "layer 2, epoch 1, batch 1");
	CHECK_TEXT(error.what, "the loss or the goodness became infinite at learning rate 0.25");
	world_close(&w);
}

static void what_cannot_fit_is_refused_before_it_is_allocated(void)
{
	struct world w;
	struct ff_error error;
	if (!world_open(&w, 1, NULL, 0))
		return;
	struct ff_net net;
	for (int l = 0; l < 3; l++)
		w.experiment.layers[l].width = 1000000;
	CHECK_INT(ff_net_create(&w.experiment, &w.dataset, 1, &net, &error), FF_ERROR_MEMORY);
	CHECK_HAS(error.what, "available");
	world_close(&w);
}

/* ---- evaluation ---- */

/* Goodness of one row through the whole net, plainly and in double; goodness[l] of each layer. */
static void plain_goodness(const struct ff_net *net, const struct ff_experiment *e, const float *row, double *goodness)
{
	double x[64], y[64];
	for (size_t i = 0; i < net->stages[0].layer.inputs; i++)
		x[i] = (double)row[i];
	for (int l = 0; l < net->n_layers; l++) {
		const struct ff_layer *layer = &net->stages[l].layer;
		double sum = 0;
		for (size_t j = 0; j < layer->outputs; j++) {
			y[j] = (double)ff_layer_bias(layer)[j];
			for (size_t i = 0; i < layer->inputs; i++)
				y[j] += x[i] * (double)ff_layer_weight(layer)[i * layer->outputs + j];
			y[j] = y[j] > 0 ? y[j] : 0;
			sum += y[j] * y[j];
		}
		goodness[l] = sum / (double)layer->outputs;
		double norm = sqrt(goodness[l]) + (l + 1 < net->n_layers ? e->layers[l + 1].eps : 1);
		for (size_t j = 0; j < layer->outputs; j++)
			x[j] = y[j] / norm;
	}
}

static void classification_equals_the_plain_one(void)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	const char *overrides[] = {"evaluate.layers=[1, 3]", "train.epochs=3", "optimizer.rate=0.003"};
	if (!world_open(&w, 2, overrides, 3))
		return;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
	struct ff_evaluation *got = malloc(sizeof *got);
	CHECK_INT(ff_evaluate(&w.net, &w.source, &w.dataset.test, 3, NULL, NULL, got, &error), FF_OK);
	int wrong = 0, wrong_layer[3] = {0}, counted = 0;
	for (size_t i = 0; i < w.dataset.test.n; i++) {
		int best = 0, best_layer[3] = {0};
		double top = -1, top_layer[3] = {-1, -1, -1};
		ff_source_labelled(&w.source, &w.net.team, &w.dataset.test, i, 1, w.net.input);
		for (int c = 0; c < 10; c++) {
			double g[3];
			plain_goodness(&w.net, &w.experiment, w.net.input + (size_t)c * w.dataset.features, g);
			if (g[0] + g[2] > top)
				top = g[0] + g[2], best = c;
			for (int l = 0; l < 3; l++)
				if (g[l] > top_layer[l])
					top_layer[l] = g[l], best_layer[l] = c;
		}
		wrong += best != w.dataset.test.labels[i];
		for (int l = 0; l < 3; l++)
			wrong_layer[l] += best_layer[l] != w.dataset.test.labels[i];
	}
	CHECK_NEAR(got->error, wrong / 100.0, 1e-9);
	for (int l = 0; l < 3; l++)
		CHECK_NEAR(got->layer_error[l], wrong_layer[l] / 100.0, 1e-9);
	for (int t = 0; t < 10; t++)
		for (int c = 0; c < 10; c++)
			counted += got->confusion[t][c];
	CHECK_INT(counted, 100);
	free(got);
	world_close(&w);
}

static void a_failed_evaluation_has_no_error_rate(void)
{
	struct world w;
	struct ff_error error;
	if (!world_open(&w, 2, NULL, 0))
		return;
	ff_source_begin(&w.source, 1);
	ff_layer_bias(&w.net.stages[2].layer)[0] = 1e38F;
	struct ff_evaluation *got = malloc(sizeof *got);
	CHECK_INT(ff_evaluate(&w.net, &w.source, &w.dataset.test, 3, NULL, NULL, got, &error), FF_ERROR_NUMERIC);
	CHECK_TEXT(error.where, "layer 3, evaluation after epoch 1");
	CHECK_INT(got->n, 0);
	free(got);
	world_close(&w);
}

FF_TESTS("runtime", {"bits do not depend on the number of threads", bits_do_not_depend_on_threads},
         {"kept inputs equal streamed ones", kept_inputs_equal_streamed_ones}, {"both orders learn", both_orders_learn},
         {"a greedy layer leaves the others alone", a_greedy_layer_leaves_the_others_alone},
         {"a loss that is not finite is named", a_loss_that_is_not_finite_is_named},
         {"what cannot fit is refused before it is allocated", what_cannot_fit_is_refused_before_it_is_allocated},
         {"classification equals the plain one", classification_equals_the_plain_one},
         {"a failed evaluation has no error rate", a_failed_evaluation_has_no_error_rate})

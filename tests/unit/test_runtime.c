#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/weights.h"
#include "support/labelled.h"
#include "support/world.h"

/* ---- training ---- */

static void training_learns(const char *const overrides[], int n, double most)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	if (!world_open(&w, 2, overrides, n))
		return;
	CHECK_INT(world_train(&w, &epochs, &error), FF_OK);
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
	CHECK_INT(ff_net_layer(&w.net, 0)->parameters.step,
	          2 * 5); /* 230 pairs in batches of 50: four whole, one of 30 */
	world_close(&w);
}

/* Makes a bias of a layer huge before the layer's first packet of a kind. */
struct spoiler {
	struct world *w;
	int layer;
	enum ff_packet_kind kind;
};

static ff_status spoil(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	const struct spoiler *spoiler = user;
	(void)error;
	if (node == spoiler->layer + 1 && packet->kind == spoiler->kind)
		ff_layer_bias(ff_net_layer(&spoiler->w->net, spoiler->layer))[0] = 1e38F;
	return FF_OK;
}

static void a_loss_that_is_not_finite_is_named(void)
{
	struct world w;
	static struct epochs epochs; /* large */
	struct ff_error error;
	const char *overrides[] = {"layers.each=[{}, {rate: 0.25}, {}]"};
	struct spoiler spoiler = {&w, 1, FF_PACKET_TRAIN};
	const struct ff_probe probe = {spoil, &spoiler};
	if (!world_open(&w, 1, overrides, 1))
		return;
	w.probe = &probe;
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
	struct ff_graph graph; /* large */
	struct ff_data_shape shape = ff_source_shape(&w.experiment, &w.dataset);
	for (int l = 0; l < 3; l++)
		w.experiment.layers[l].width = 1000000;
	ff_graph_build(&graph, &w.experiment, &shape, 1);
	CHECK_INT(ff_net_create(&w.experiment, &shape, &graph, &net, &error), FF_ERROR_MEMORY);
	CHECK_HAS(error.what, "available");
	world_close(&w);
}

/* ---- evaluation ---- */

/* Goodness of one row through the whole net, plainly and in double; goodness[l] of each layer. */
static void plain_goodness(const struct ff_net *net, const struct ff_experiment *e, const float *row, double *goodness)
{
	double x[64], y[64];
	for (size_t i = 0; i < ff_net_layer(net, 0)->inputs; i++)
		x[i] = (double)row[i];
	for (int l = 0; l < net->n_layers; l++) {
		const struct ff_layer *layer = ff_net_layer(net, l);
		double sum = 0;
		for (size_t j = 0; j < layer->outputs; j++) {
			y[j] = (double)ff_layer_bias(layer)[j];
			for (size_t i = 0; i < layer->inputs; i++)
				y[j] += x[i] * (double)*ff_layer_weight_at(layer, i, j);
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
	const struct ff_evaluation *got = &epochs.test;
	struct ff_slot slot = world_slot(&w, 0);
	int wrong = 0, wrong_layer[3] = {0}, counted = 0;
	float rows[10 * 36];
	for (size_t i = 0; i < w.dataset.test.n; i++) {
		int best = 0, best_layer[3] = {0};
		double top = -1, top_layer[3] = {-1, -1, -1};
		struct ff_packet packet = {.kind = FF_PACKET_INFER,
		                           .queries_at = i,
		                           .queries = 1,
		                           .scored = 10,
		                           .rows = 10,
		                           .set = FF_SET_TEST};
		ff_source_fill(&w.source, &(struct ff_team){1}, &packet, NULL, &slot);
		struct ff_labels labels = ff_slot_labels(&slot, 10, NULL);
		labelled_rows(&labels, slot.rows, w.dataset.features, rows);
		for (int c = 0; c < 10; c++) {
			double g[3];
			plain_goodness(&w.net, &w.experiment, rows + (size_t)c * w.dataset.features, g);
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
	world_close(&w);
}

static void a_failed_evaluation_has_no_error_rate(void)
{
	struct world w;
	struct ff_error error;
	static struct epochs epochs; /* large */
	struct spoiler spoiler = {&w, 2, FF_PACKET_STOP};
	const struct ff_probe probe = {spoil, &spoiler};
	if (!world_open(&w, 2, NULL, 0))
		return;
	w.probe = &probe;
	CHECK_INT(world_train(&w, &epochs, &error), FF_ERROR_NUMERIC);
	CHECK_TEXT(error.where, "layer 3, evaluation after epoch 2");
	CHECK_INT(epochs.test.n, 0);
	CHECK_INT(epochs.trained, 1);
	world_close(&w);
}

/* ---- modes ---- */

/* In unsupervised mode labels influence only the head: with other labels the layers are the same, bit for bit. */
static void labels_reach_the_head_alone(void)
{
	static struct epochs epochs; /* large */
	static const char *const WHEN[] = {"head.when=together", "head={when: after, epochs: 2}"};
	for (int k = 0; k < 2; k++) {
		const char *overrides[] = {"mode=unsupervised", WHEN[k], "dataset.validation=20"};
		struct world w[2];
		struct ff_error error;
		ff_scenario("%s", WHEN[k]);
		for (int i = 0; i < 2; i++) {
			if (!world_open(&w[i], 2, overrides, 3))
				return;
			uint8_t *labels = (uint8_t *)(uintptr_t)w[i].dataset.train.labels;
			for (size_t n = 0; i && n < w[i].dataset.train.n; n++)
				labels[n] = (uint8_t)((labels[n] + 1 + n % 3) % 10);
			CHECK_INT(world_train(&w[i], &epochs, &error), FF_OK);
		}
		for (int l = 0; l < 3; l++) {
			const struct ff_parameters *p = &ff_net_layer(&w[0].net, l)->parameters;
			const struct ff_parameters *q = &ff_net_layer(&w[1].net, l)->parameters;
			CHECK(memcmp(p->value, q->value, p->n * sizeof(float)) == 0);
			CHECK(memcmp(p->state1, q->state1, p->n * sizeof(float)) == 0);
		}
		const struct ff_parameters *p = &ff_net_head(&w[0].net)->parameters;
		CHECK(memcmp(p->value, ff_net_head(&w[1].net)->parameters.value, p->n * sizeof(float)) != 0);
		world_close(&w[0]);
		world_close(&w[1]);
	}
}

/* After early stopping the weights are those of a training with just as many epochs. */
static void the_best_weights_come_back(void)
{
	static struct epochs early, just; /* large */
	struct world a, b;
	struct ff_error error;
	char epochs[32];
	const char *overrides[] = {"train.epochs=40", "dataset.validation=60", "train.patience=2",
	                           "optimizer.rate=0.03", "head.when=together"};
	if (!world_open(&a, 2, overrides, 5))
		return;
	CHECK_INT(world_train(&a, &early, &error), FF_OK);
	int64_t best = early.totals.best_epoch;
	CHECK(best > 0 && best < early.totals.epochs);
	CHECK_INT(early.totals.epochs, best + 2 < 40 ? best + 2 : 40);
	snprintf(epochs, sizeof epochs, "train.epochs=%d", (int)best);
	const char *exact[] = {epochs, overrides[1], overrides[3], overrides[4]};
	if (!world_open(&b, 2, exact, 4))
		return;
	CHECK_INT(world_train(&b, &just, &error), FF_OK);
	for (int l = 0; l < 3; l++) {
		const struct ff_parameters *p = &ff_net_layer(&a.net, l)->parameters;
		CHECK(memcmp(p->value, ff_net_layer(&b.net, l)->parameters.value, p->n * sizeof(float)) == 0);
	}
	const struct ff_parameters *p = &ff_net_head(&a.net)->parameters;
	CHECK(memcmp(p->value, ff_net_head(&b.net)->parameters.value, p->n * sizeof(float)) == 0);
	CHECK(memcmp(&early.test, &just.test, sizeof just.test) == 0);
	world_close(&a);
	world_close(&b);
}

static void every_mode_learns(void)
{
	training_learns((const char *const[]){LARGER, "mode=unsupervised", "head={when: together, rate: 0.01}",
	                                      "objective.loss=symba", "train.epochs=20"},
	                7, 0.25);
	training_learns((const char *const[]){LARGER, "mode=unsupervised", "head={when: after, rate: 0.01, epochs: 20}",
	                                      "train={order: greedy, epochs: 10}", "objective.loss=symba"},
	                7, 0.25);
	training_learns((const char *const[]){LARGER, "head={when: together, rate: 0.01}", "negatives.draw=head",
	                                      "objective={loss: swish, alpha: 6}", "train.epochs=25",
	                                      "optimizer.rate=0.003"},
	                8, 0.2);
	training_learns((const char *const[]){LARGER, "negatives={draw: goodness, lag: 0}",
	                                      "objective={loss: swish, alpha: 6}", "train.epochs=25",
	                                      "optimizer.rate=0.003"},
	                7, 0.2);
	training_learns((const char *const[]){LARGER, "objective={loss: symba, direction: minimise}", "train.epochs=25",
	                                      "optimizer.rate=0.003"},
	                6, 0.3);
	training_learns((const char *const[]){LARGER, "objective={loss: swish, alpha: 6, goodness: top_k, k: 20}",
	                                      "layers.dropout=0.1", "augment.shift=1", "train.epochs=40",
	                                      "optimizer.rate=0.003"},
	                8, 0.3);
}

FF_TESTS("runtime", {"both orders learn", both_orders_learn},
         {"a greedy layer leaves the others alone", a_greedy_layer_leaves_the_others_alone},
         {"a loss that is not finite is named", a_loss_that_is_not_finite_is_named},
         {"what cannot fit is refused before it is allocated", what_cannot_fit_is_refused_before_it_is_allocated},
         {"classification equals the plain one", classification_equals_the_plain_one},
         {"labels reach the head alone", labels_reach_the_head_alone},
         {"the best weights come back", the_best_weights_come_back}, {"every mode learns", every_mode_learns},
         {"a failed evaluation has no error rate", a_failed_evaluation_has_no_error_rate})

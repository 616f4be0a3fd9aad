#include "run/train.h"

#include <math.h>

#include "base/clock.h"
#include "run/evaluate.h"
#include "runtime/cache.h"

/* A training run under way. */
struct trainer {
	const struct ff_training *of;
	struct ff_training_totals *totals;
	struct ff_cache cache; /* inputs of the greedy layer */
	int layer;             /* the greedy layer that trains, from 0; -1 = together */
	int64_t epoch, all_epochs;
	double started;
};

static bool greedy(const struct trainer *t)
{
	return t->layer >= 0;
}

static void report_progress(const struct trainer *t, size_t pairs_done, double epoch_started)
{
	double now = ff_clock(), epochs = (double)t->totals->epochs + (double)pairs_done / (double)t->of->source->n;
	double done = epochs / (double)t->all_epochs, trained = t->totals->seconds + (now - epoch_started);
	struct ff_progress progress = {
	    .phase = "training",
	    .layer = t->layer + 1,
	    .epoch = (int)t->epoch,
	    .epochs = (int)t->of->experiment->train.epochs,
	    .done = done,
	    .samples_per_second = now > epoch_started ? (double)pairs_done / (now - epoch_started) : 0,
	    /* What passed includes evaluation, which will go on taking its share. */
	    .seconds_left = trained > 0 ? (now - t->started) * (1 - done) / done : NAN,
	};
	t->of->progress(t->of->user, &progress);
}

/* Trains on one packet: all layers, or the greedy one on its inputs from the cache or through the frozen layers. */
static ff_status train_packet(struct trainer *t, const struct ff_packet *packet, struct ff_error *error)
{
	struct ff_net *net = t->of->net;
	if (!greedy(t))
		return ff_net_train(net, t->of->source, packet, error);
	const float *x = ff_cache_rows(&t->cache, t->of->source, net, packet);
	return ff_stage_train(&net->stages[t->layer], packet, x, NULL, error);
}

static ff_status train_epoch(struct trainer *t, struct ff_error *error)
{
	struct ff_source *source = t->of->source;
	struct ff_packet packet;
	double started = ff_clock();
	ff_source_begin(source, t->epoch);
	while (ff_source_next(source, &packet)) {
		FF_TRY(train_packet(t, &packet, error));
		report_progress(t, source->at, started);
	}
	t->totals->seconds += ff_clock() - started;
	t->totals->epochs++;
	t->totals->pairs += (int64_t)source->n;
	return FF_OK;
}

static void collect(const struct trainer *t, double seconds, struct ff_epoch_metrics *metrics)
{
	*metrics = (struct ff_epoch_metrics){
	    .layer = t->layer + 1,
	    .epoch = (int)t->epoch,
	    .n_layers = t->of->net->n_layers,
	    .rate = t->of->source->rate_factor,
	    .train_error = NAN,
	    .validation_error = NAN,
	    .test_error = NAN,
	    .seconds = seconds,
	    .samples_per_second = (double)t->of->source->n / seconds,
	};
	for (int l = 0; l < metrics->n_layers; l++) {
		struct ff_stage_sums sums = ff_stage_end_epoch(&t->of->net->stages[l]);
		double pairs = (double)sums.pairs; /* 0 for a layer that did not train: NaN */
		metrics->loss[l] = sums.tiles.loss / pairs;
		metrics->goodness_positive[l] = sums.tiles.positive / pairs;
		metrics->goodness_negative[l] = sums.tiles.negative / pairs;
	}
}

static ff_status measure_set(const struct trainer *t, const struct ff_images *images, struct ff_evaluation *evaluation,
                             double *rate, struct ff_error *error)
{
	int layers = greedy(t) ? t->layer + 1 : t->of->net->n_layers;
	if (images->n == 0)
		return FF_OK;
	FF_TRY(ff_evaluate(t->of->net, t->of->source, images, layers, NULL, NULL, evaluation, error));
	*rate = evaluation->error;
	return FF_OK;
}

/* Errors on the sets of images that the experiment asks for in this epoch. */
static ff_status measure(const struct trainer *t, struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	const struct ff_experiment *experiment = t->of->experiment;
	const struct ff_dataset *dataset = t->of->dataset;
	if (t->epoch % experiment->evaluate.every != 0 && t->epoch != experiment->train.epochs)
		return FF_OK;
	FF_TRY(measure_set(t, &dataset->validation, t->of->validation, &metrics->validation_error, error));
	if (experiment->evaluate.train_split == FF_WHEN_EPOCH)
		FF_TRY(measure_set(t, &dataset->train, t->of->train, &metrics->train_error, error));
	if (experiment->evaluate.test == FF_WHEN_EPOCH)
		FF_TRY(measure_set(t, &dataset->test, t->of->test, &metrics->test_error, error));
	return FF_OK;
}

static ff_status run_epoch(struct trainer *t, struct ff_error *error)
{
	double before = t->totals->seconds;
	t->of->train->n = t->of->validation->n = t->of->test->n = 0;
	FF_TRY(train_epoch(t, error));
	struct ff_epoch_metrics metrics;
	collect(t, t->totals->seconds - before, &metrics);
	FF_TRY(measure(t, &metrics, error));
	return t->of->epoch(t->of->user, &metrics, error);
}

static ff_status run_epochs(struct trainer *t, struct ff_error *error)
{
	for (t->epoch = 1; t->epoch <= t->of->experiment->train.epochs; t->epoch++)
		FF_TRY(run_epoch(t, error));
	return FF_OK;
}

static ff_status run_greedy(struct trainer *t, struct ff_error *error)
{
	for (t->layer = 0; t->layer < t->of->net->n_layers; t->layer++) {
		double started = ff_clock();
		ff_cache_init(&t->cache, t->of->experiment, t->of->source, t->of->net, t->layer);
		t->totals->seconds += ff_clock() - started;
		ff_status status = run_epochs(t, error);
		ff_cache_fini(&t->cache);
		FF_TRY(status);
	}
	return FF_OK;
}

ff_status ff_train(const struct ff_training *training, struct ff_training_totals *totals, struct ff_error *error)
{
	const struct ff_experiment *experiment = training->experiment;
	bool in_turn = experiment->train.order == FF_GREEDY;
	*totals = (struct ff_training_totals){0};
	struct trainer trainer = {
	    .of = training,
	    .totals = totals,
	    .layer = -1,
	    .all_epochs = experiment->train.epochs * (in_turn ? experiment->n_layers : 1),
	    .started = ff_clock(),
	};
	return in_turn ? run_greedy(&trainer, error) : run_epochs(&trainer, error);
}

/* ff_run(): opens what a run needs, trains, evaluates, and writes the run's folder. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/dataset.h"
#include "ffengine/run.h"
#include "run/evaluate.h"
#include "run/folder.h"
#include "run/train.h"

/* A run under way; everything it owns. */
struct run {
	const struct ff_experiment *experiment;
	const struct ff_observer *observer;
	struct ff_result *result;
	struct ff_dataset dataset;
	struct ff_net net;
	struct ff_source source;
	struct ff_run_folder folder;
	bool has_folder;
	double started;
	const char *evaluating; /* the set of images under evaluation */
};

static void forward_progress(void *user, const struct ff_progress *progress)
{
	const struct run *run = user;
	if (run->observer->progress)
		run->observer->progress(run->observer->user, progress);
}

static ff_status take_epoch(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	struct run *run = user;
	FF_TRY(ff_run_folder_epoch(&run->folder, metrics, error));
	if (run->observer->epoch)
		run->observer->epoch(run->observer->user, metrics);
	return FF_OK;
}

static void evaluation_progress(void *user, size_t done, size_t n)
{
	struct run *run = user;
	struct ff_progress progress = {
	    .phase = run->evaluating,
	    .epoch = (int)run->experiment->train.epochs,
	    .epochs = (int)run->experiment->train.epochs,
	    .done = (double)done / (double)n,
	    .seconds_left = NAN,
	};
	forward_progress(run, &progress);
}

/* The folder comes last, so that what cannot run leaves none. */
static ff_status open_run(struct run *run, const char *folder, struct ff_error *error)
{
	const struct ff_experiment *experiment = run->experiment;
	int threads =
	    experiment->execution.threads == FF_AUTO ? ff_team_available() : (int)experiment->execution.threads;
	FF_TRY(ff_dataset_open(experiment, &run->dataset, error));
	FF_TRY(ff_source_init(&run->source, experiment, &run->dataset, error));
	FF_TRY(ff_net_create(experiment, &run->dataset, threads, &run->net, error));
	FF_TRY(ff_run_folder_open(folder, experiment, &run->folder, error));
	run->has_folder = true;
	memcpy(run->result->folder, run->folder.path, sizeof run->result->folder);
	ff_run_folder_log(&run->folder, "%s: %zu training, %zu validation, %zu test images of %d classes; %d threads",
	                  experiment->name, run->dataset.train.n, run->dataset.validation.n, run->dataset.test.n,
	                  run->dataset.classes, threads);
	return FF_OK;
}

static ff_status train(struct run *run, struct ff_error *error)
{
	struct ff_training training = {
	    .experiment = run->experiment,
	    .dataset = &run->dataset,
	    .net = &run->net,
	    .source = &run->source,
	    .user = run,
	    .progress = forward_progress,
	    .epoch = take_epoch,
	    .train = &run->result->train,
	    .validation = &run->result->validation,
	    .test = &run->result->test,
	};
	struct ff_training_totals totals;
	ff_status status = ff_train(&training, &totals, error);
	run->result->epochs = totals.epochs;
	run->result->seconds = totals.seconds;
	run->result->samples_per_second = totals.seconds > 0 ? (double)totals.pairs / totals.seconds : 0;
	return status;
}

/* Unless the last epoch's end saw it already. */
static ff_status evaluate_set(struct run *run, const char *what, const struct ff_images *images,
                              struct ff_evaluation *evaluation, struct ff_error *error)
{
	run->evaluating = what;
	if (images->n == 0 || evaluation->n)
		return FF_OK;
	return ff_evaluate(&run->net, &run->source, images, run->net.n_layers, evaluation_progress, run, evaluation,
	                   error);
}

static ff_status evaluate(struct run *run, struct ff_error *error)
{
	struct ff_result *result = run->result;
	if (run->experiment->evaluate.train_split != FF_WHEN_NEVER)
		FF_TRY(evaluate_set(run, "evaluating train", &run->dataset.train, &result->train, error));
	FF_TRY(evaluate_set(run, "evaluating validation", &run->dataset.validation, &result->validation, error));
	FF_TRY(evaluate_set(run, "evaluating test", &run->dataset.test, &result->test, error));
	if (result->test.n)
		ff_run_folder_log(&run->folder, "test error %.2f %%", 100 * result->test.error);
	return FF_OK;
}

static ff_status save_model(struct run *run, struct ff_error *error)
{
	size_t n = 2 * (size_t)run->net.n_layers;
	struct ff_tensor *tensors = calloc(n, sizeof *tensors);
	if (!tensors)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to list %zu tensors", n);
	for (int l = 0; l < run->net.n_layers; l++) {
		const struct ff_layer *layer = &run->net.stages[l].layer;
		struct ff_tensor *weight = &tensors[2 * l], *bias = &tensors[2 * l + 1];
		snprintf(weight->name, sizeof weight->name, "layers.%d.weight", l);
		weight->rows = layer->inputs;
		weight->columns = layer->outputs;
		weight->transpose = true; /* the format's users expect [O x I] */
		weight->data = ff_layer_weight(layer);
		snprintf(bias->name, sizeof bias->name, "layers.%d.bias", l);
		bias->rows = layer->outputs;
		bias->data = ff_layer_bias(layer);
	}
	ff_status status = ff_run_folder_model(&run->folder, run->experiment, tensors, n, error);
	free(tensors);
	return status;
}

static ff_status carry_out(struct run *run, struct ff_error *error)
{
	FF_TRY(train(run, error));
	FF_TRY(evaluate(run, error));
	FF_TRY(save_model(run, error));
	FF_TRY(ff_run_folder_close(&run->folder, error)); /* before the result says that all is well */
	run->result->total_seconds = ff_clock() - run->started;
	return ff_run_folder_result(&run->folder, run->result, NULL, error);
}

/* Leaves word of the failure in the folder, if there is one; that this fails too must not hide the first failure. */
static void record_failure(struct run *run, const struct ff_error *failure)
{
	if (!run->has_folder)
		return; /* one that was refused is not ours */
	char text[2000];
	ff_run_folder_log(&run->folder, "failed: %s", ff_error_format(failure, text, sizeof text));
	run->result->total_seconds = ff_clock() - run->started;
	(void)!ff_run_folder_result(&run->folder, run->result, failure, NULL);
}

ff_status ff_run(const struct ff_experiment *experiment, const struct ff_run_options *options, struct ff_result *result,
                 struct ff_error *error)
{
	struct ff_error failure = {0};
	struct run run = {
	    .experiment = experiment,
	    .observer = &options->observer,
	    .result = result,
	    .started = ff_clock(),
	};
	memset(result, 0, sizeof *result);
	memcpy(result->name, experiment->name, sizeof result->name);
	result->seed = experiment->seed;
	ff_status status = open_run(&run, options->folder, &failure);
	if (status == FF_OK)
		status = carry_out(&run, &failure);
	if (status != FF_OK)
		record_failure(&run, &failure);
	(void)!ff_run_folder_close(&run.folder, NULL);
	ff_net_destroy(&run.net);
	ff_source_fini(&run.source);
	ff_dataset_close(&run.dataset);
	if (status != FF_OK && error)
		*error = failure;
	return status;
}

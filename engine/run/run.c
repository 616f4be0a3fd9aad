/* ff_run(): opens what a run needs, trains, evaluates, and writes the run's folder. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/dataset.h"
#include "ffengine/run.h"
#include "machine/threads.h"
#include "model/weights.h"
#include "plan/bind.h"
#include "plan/calibrate.h"
#include "plan/lead.h"
#include "run/bound.h"
#include "run/checkpointing.h"
#include "run/folder.h"
#include "run/origin.h"
#include "run/resume.h"
#include "run/train.h"
#include "run/work.h"
#include "store/store_writer.h"

/* A run under way; everything it owns. */
struct run {
	const struct ff_experiment *experiment;
	const struct ff_run_options *options;
	struct ff_result *result;
	struct ff_dataset dataset;
	struct ff_fingerprint data;
	struct ff_topology topology; /* of this machine, read before a thread is bound */
	struct ff_rates rates;       /* that its plan was made at */
	struct ff_binding binding;
	struct ff_net net;
	struct ff_source source;
	struct ff_run_folder folder;
	bool has_folder;
	struct ff_resume resume;
	struct ff_checkpointing checkpoints;
	bool warned; /* that none can be written */
	struct ff_store_writer store;
	double started; /* less what it took before it was resumed */
};

static void forward_progress(void *user, const struct ff_progress *progress)
{
	const struct run *run = user;
	if (run->options->observer.progress)
		run->options->observer.progress(run->options->observer.user, progress);
}

static ff_status take_epoch(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	struct run *run = user;
	FF_TRY(ff_run_folder_epoch(&run->folder, metrics, error));
	ff_store_writer_epoch(&run->store);
	if (run->options->observer.epoch)
		run->options->observer.epoch(run->options->observer.user, metrics);
	return FF_OK;
}

static bool stopped(void *user)
{
	const struct run *run = user;
	return run->options->stop && run->options->stop(run->options->stop_user);
}

/* To whoever watches, and into the log. */
static void warn(void *user, const char *text)
{
	struct run *run = user;
	if (run->options->observer.message)
		run->options->observer.message(run->options->observer.user, text);
	ff_run_folder_log(&run->folder, "%s", text);
}

static bool is_due(void *user)
{
	struct run *run = user;
	return ff_checkpointing_due(&run->checkpoints);
}

static void take_checkpoint(void *user, uint64_t number, const struct ff_training_state *state)
{
	struct run *run = user;
	struct ff_error error = {0};
	char text[3 * FF_ERROR_TEXT + 80], why[3 * FF_ERROR_TEXT];
	bool failed = ff_checkpointing_commit(&run->checkpoints, number, state, &run->folder, &error) != FF_OK;
	if (failed && !run->warned) {
		snprintf(text, sizeof text, "warning: training goes on, with no newer checkpoint: %s",
		         ff_error_format(&error, why, sizeof why));
		warn(run, text);
	}
	run->warned = failed;
}

/* What a run keeps of the inputs of what trains alone. */
static void log_cache(struct run *run)
{
	const size_t *kept = run->net.cache.kept;
	size_t n = run->dataset.train.n;
	for (int l = 1; l < run->net.n_layers; l++)
		if (run->experiment->train.order == FF_GREEDY)
			ff_run_folder_log(&run->folder, "layer %d keeps its inputs of %zu of %zu images", l + 1,
			                  kept[l], n);
	if (run->experiment->head.when == FF_HEAD_AFTER)
		ff_run_folder_log(&run->folder, "the head keeps its inputs of %zu of %zu images",
		                  kept[run->net.n_layers], n);
}

/* The runtime binds the first thread before main(), and all that it starts inherit that. */
static void warn_of_variable(struct run *run)
{
	char text[160];
	const char *variable = ff_binding_variable(), *value = variable ? getenv(variable) : NULL;
	if (!value || strcmp(value, "false") == 0)
		return;
	snprintf(text, sizeof text,
	         "warning: %s is set: the OpenMP runtime then leaves this process one processor to run on; unset it",
	         variable);
	warn(run, text);
}

/* Teams wait for each other's turn where there are too few processors; leaders of one thread each need not. */
static void warn_of_teams(struct run *run)
{
	char text[160];
	const struct ff_graph *graph = &run->net.graph;
	bool teams = graph->threads > graph->n_leaders;
	if (!teams || graph->threads <= graph->processors)
		return;
	snprintf(text, sizeof text,
	         "warning: the layers have %d threads, but this process only %d processor%s: this is slower than a "
	         "thread each",
	         graph->threads, graph->processors, graph->processors == 1 ? "" : "s");
	warn(run, text);
}

/* A thread that could not be bound: the first one speaks for all. */
static void check_binding(struct run *run)
{
	char text[FF_ERROR_TEXT + 80];
	if (!atomic_load_explicit(&run->binding.failed, memory_order_relaxed)) /* a ring stands between */
		return;
	snprintf(text, sizeof text, "warning: threads run on other processors than was planned: %s",
	         run->binding.failure.what);
	warn(run, text);
}

/* A packet has come through the whole net: each leader has bound its threads, and taken what it resumes from. */
static void begun(void *user)
{
	struct run *run = user;
	check_binding(run);
	ff_resume_close(&run->resume);
}

static void log_begin(struct run *run)
{
	char text[240];
	const struct ff_dataset *dataset = &run->dataset;
	const struct ff_graph *graph = &run->net.graph;
	ff_run_folder_log(&run->folder, "%s: %zu training, %zu validation, %zu test images of %d classes",
	                  run->experiment->name, dataset->train.n, dataset->validation.n, dataset->test.n,
	                  dataset->classes);
	ff_run_folder_log(&run->folder, "%s: %d thread(s) in %d team(s) on %d processor(s)",
	                  graph->pipeline ? "pipeline" : "sequential", graph->threads, graph->n_leaders,
	                  graph->processors);
	if (run->rates.flops != ff_rates_table.flops)
		ff_run_folder_log(&run->folder, "planned at %.1f GFLOP/s a core, and %.1f us for two threads to meet",
		                  1e-9 * run->rates.flops, 1e6 * run->rates.region);
	else if (graph->threads > 1 && ff_graph_is_open(run->experiment))
		ff_run_folder_log(&run->folder,
		                  "planned by a table's speeds, as there were no threads to measure with");
	log_cache(run);
	ff_bound_log(&run->binding, graph, &run->folder);
	warn_of_variable(run);
	warn_of_teams(run);
	if (run->experiment->execution.bind == FF_BIND_ALWAYS && *run->binding.why_not) {
		snprintf(text, sizeof text, "warning: execution.bind is always, but threads are not bound: %s",
		         run->binding.why_not);
		warn(run, text);
	}
}

static void own_folder(struct run *run)
{
	run->has_folder = true;
	memcpy(run->result->folder, run->folder.path, sizeof run->result->folder);
}

static ff_status begin_folder(struct run *run, struct ff_error *error)
{
	FF_TRY(ff_run_folder_open(run->options->folder, run->experiment, &run->folder, error));
	own_folder(run);
	return ff_origin_write(run->folder.path, ff_clock() - run->started, error);
}

static ff_status resume_folder(struct run *run, struct ff_error *error)
{
	const struct ff_training_state *at = &run->resume.record.training;
	char alone[32] = "";
	FF_TRY(ff_resume_check(&run->resume, &run->net, &run->data, error));
	own_folder(run);
	FF_TRY(ff_resume_begin(&run->resume, ff_clock() - run->started, &run->folder, error));
	run->started -= run->resume.record.seconds;
	if (at->alone == run->net.n_layers)
		snprintf(alone, sizeof alone, " of the head");
	else if (at->alone >= 0)
		snprintf(alone, sizeof alone, " of layer %d", at->alone + 1);
	ff_run_folder_log(&run->folder, "resumed after %" PRId64 " whole epochs, at epoch %" PRId64 "%s",
	                  at->totals.epochs, at->epoch, alone);
	return FF_OK;
}

/* The folder comes last, so that what cannot run leaves none, nor changes one. */
static ff_status open_folder(struct run *run, struct ff_error *error)
{
	FF_TRY(run->options->resume ? resume_folder(run, error) : begin_folder(run, error));
	log_begin(run);
	ff_store_writer_begin(&run->store, run->folder.path, &(struct ff_store_watch){warn, run});
	return ff_checkpointing_begin(&run->checkpoints, run->experiment, &run->net, &run->dataset, &run->data,
	                              &run->folder, ff_clock() - run->started, error);
}

/* The net, whose threads are shared out as the plan for the machine says. */
static ff_status plan_net(struct run *run, const struct ff_data_shape *shape, const struct ff_machine_model *machine,
                          struct ff_error *error)
{
	struct ff_graph *graph = malloc(sizeof *graph);
	if (!graph)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a plan");
	ff_status status = ff_graph_plan(graph, run->experiment, shape, machine, error);
	if (status == FF_OK)
		status = ff_net_create(run->experiment, shape, graph, &run->net, error);
	free(graph);
	return status;
}

static ff_status open_run(struct run *run, struct ff_error *error)
{
	const struct ff_experiment *experiment = run->experiment;
	if (run->options->resume)
		FF_TRY(ff_resume_open(run->options->folder, experiment, &run->folder, &run->resume, error));
	FF_TRY(ff_dataset_open(experiment, &run->dataset, error));
	const struct ff_data_shape shape = ff_source_shape(experiment, &run->dataset);
	/* the source lets go of pixels that it makes lists of; others wait for a run that lasts until a checkpoint */
	bool sum = run->options->resume || (shape.csr && ff_checkpointing_wanted(experiment));
	ff_fingerprint_take(&run->data, &run->dataset, sum);
	FF_TRY(ff_source_init(&run->source, experiment, &run->dataset, error));
	const struct ff_machine_model machine = ff_machine_model_here(experiment, &run->topology);
	run->rates = machine.rates;
	FF_TRY(plan_net(run, &shape, &machine, error));
	FF_TRY(ff_binding_choose(&run->binding, &run->topology, &run->net.graph, experiment, error));
	/* The source's too; sequential, the caller's is the first of the team. */
	FF_TRY(ff_threads_check(run->net.graph.threads + (run->net.graph.pipeline ? 1 : -1), error));
	return open_folder(run, error);
}

/* A matrix [I x O] as the format's users expect it, [O x I]; or a vector, with no columns. */
static struct ff_tensor tensor_of(const float *data, size_t rows, size_t columns)
{
	return (struct ff_tensor){.rows = rows, .columns = columns, .transpose = columns > 0, .data = data};
}

/* layers.N.weight, layers.N.bias; head.layers.N.weight for each layer the head reads, head.bias. Layers from 0. */
static size_t list_tensors(const struct ff_net *net, struct ff_tensor *tensors)
{
	struct ff_tensor *t = tensors;
	for (int l = 0; l < net->n_layers; l++) {
		const struct ff_layer *layer = ff_net_layer(net, l);
		*t = tensor_of(ff_layer_weight(layer), layer->inputs, layer->outputs);
		t->panel = layer->panel;
		snprintf(t++->name, sizeof t->name, "layers.%d.weight", l);
		*t = tensor_of(ff_layer_bias(layer), layer->outputs, 0);
		snprintf(t++->name, sizeof t->name, "layers.%d.bias", l);
	}
	const struct ff_head *head = ff_net_head(net);
	const float *weight = head ? head->parameters.value : NULL;
	for (int i = 0; head && i < head->n_parts; weight += head->widths[i++] * head->classes) {
		*t = tensor_of(weight, head->widths[i], head->classes);
		snprintf(t++->name, sizeof t->name, "head.layers.%d.weight", head->layers[i]);
	}
	if (head) {
		*t = tensor_of(weight, head->classes, 0);
		snprintf(t++->name, sizeof t->name, "head.bias");
	}
	return (size_t)(t - tensors);
}

static ff_status save_model(struct run *run, struct ff_error *error)
{
	size_t most = 3 * (size_t)run->net.n_layers + 1;
	struct ff_tensor *tensors = calloc(most, sizeof *tensors);
	if (!tensors)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to list %zu tensors", most);
	size_t n = list_tensors(&run->net, tensors);
	ff_status status = ff_run_folder_model(&run->folder, run->experiment, tensors, n, error);
	free(tensors);
	return status;
}

static ff_status take_model(void *user, struct ff_error *error)
{
	return save_model(user, error);
}

static ff_status train(struct run *run, struct ff_error *error)
{
	struct ff_result *result = run->result;
	struct ff_training training = {
	    .experiment = run->experiment,
	    .dataset = &run->dataset,
	    .net = &run->net,
	    .source = &run->source,
	    .user = run,
	    .progress = forward_progress,
	    .epoch = take_epoch,
	    .trained = take_model,
	    .begun = begun,
	    .stop = stopped,
	    .binding = &run->binding,
	    .writer = &run->checkpoints.writer,
	    .due = is_due,
	    .checkpoint = take_checkpoint,
	    .resume = run->options->resume ? &run->resume.checkpoint : NULL,
	    .state = run->options->resume ? &run->resume.record.training : NULL,
	    .sets = {[FF_SET_TRAIN] = &result->train,
	             [FF_SET_VALIDATION] = &result->validation,
	             [FF_SET_TEST] = &result->test},
	};
	struct ff_training_totals totals;
	ff_status status = ff_train(&training, &totals, error);
	ff_checkpointing_end(&run->checkpoints);
	result->interrupted = totals.interrupted;
	result->epochs = totals.epochs;
	result->layers_trained = totals.layers;
	result->best_epoch = totals.best_epoch;
	result->seconds = totals.seconds;
	double samples = (double)(totals.pairs + totals.head_images);
	result->samples_per_second = totals.seconds > 0 ? samples / totals.seconds : 0;
	ff_work_report(&run->net, &run->source, result);
	ff_bound_report(&run->binding, &run->net.graph, result);
	return status;
}

static ff_status carry_out(struct run *run, struct ff_error *error)
{
	FF_TRY(train(run, error));
	if (run->result->interrupted)
		ff_run_folder_log(&run->folder, "interrupted after %" PRId64 " whole epochs", run->result->epochs);
	if (run->result->test.n && isfinite(run->result->test.error))
		ff_run_folder_log(&run->folder, "test error %.2f %%", 100 * run->result->test.error);
	int64_t bytes;
	FF_TRY(ff_run_folder_sync(&run->folder, &bytes, error)); /* before the result says that all is well */
	run->result->total_seconds = ff_clock() - run->started;
	FF_TRY(ff_run_folder_result(&run->folder, run->result, NULL, error));
	run->result->resumable = ff_checkpointing_leave(&run->checkpoints, !run->result->interrupted);
	return FF_OK;
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
	/* numbers that ran off would do so again */
	run->result->resumable =
	    ff_checkpointing_leave(&run->checkpoints, false) && failure->status != FF_ERROR_NUMERIC;
}

ff_status ff_run(const struct ff_experiment *experiment, const struct ff_run_options *options, struct ff_result *result,
                 struct ff_error *error)
{
	struct ff_error failure = {0};
	struct run run = {
	    .experiment = experiment,
	    .options = options,
	    .result = result,
	    .started = ff_clock(),
	    .resume = {.checkpoint = {.fd = -1}},
	};
	memset(result, 0, sizeof *result);
	memcpy(result->name, experiment->name, sizeof result->name);
	result->seed = experiment->seed;
	ff_status status = open_run(&run, &failure);
	if (status == FF_OK)
		status = carry_out(&run, &failure);
	if (status != FF_OK)
		record_failure(&run, &failure);
	ff_store_writer_end(&run.store);
	(void)!ff_run_folder_close(&run.folder, NULL);
	ff_resume_close(&run.resume);
	ff_net_destroy(&run.net);
	ff_source_fini(&run.source);
	ff_dataset_close(&run.dataset);
	ff_topology_fini(&run.topology);
	if (status != FF_OK && error)
		*error = failure;
	return status;
}

#include "run/run.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "data/dataset.h"
#include "machine/threads.h"
#include "plan/bind.h"
#include "plan/calibrate.h"
#include "plan/lead.h"
#include "run/begin_log.h"
#include "run/bound.h"
#include "run/checkpointing.h"
#include "run/folder_open.h"
#include "run/model_file.h"
#include "run/origin.h"
#include "run/resume.h"
#include "run/train.h"
#include "run/work.h"

/* A run and everything it owns. */
struct run {
	const struct ff_experiment *experiment;
	const struct ff_run_options *options;
	const struct ff_run_hooks *hooks;
	struct ff_result *result;
	struct ff_dataset dataset;
	struct ff_fingerprint data;
	struct ff_topology topology; /* of this machine, read before a thread is bound */
	struct ff_rates rates;       /* that its plan was made with */
	struct ff_binding binding;
	struct ff_net net;
	struct ff_source source;
	struct ff_run_folder folder;
	bool has_folder;
	struct ff_resume resume;
	struct ff_checkpointing checkpoints;
	bool warned;    /* the last checkpoint failed, and the user was told */
	double started; /* minus the time that it took before it was resumed */
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
	run->hooks->epoch(run->hooks->user);
	if (run->options->observer.epoch)
		run->options->observer.epoch(run->options->observer.user, metrics);
	return FF_OK;
}

static bool stopped(void *user)
{
	const struct run *run = user;
	return run->options->stop && run->options->stop(run->options->stop_user);
}

/* Tells the observer and the log. */
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
		snprintf(text, sizeof text, "warning: training continues, but no newer checkpoint was written: %s",
		         ff_error_format(&error, why, sizeof why));
		warn(run, text);
	}
	run->warned = failed;
}

/* A packet has passed through the whole net, so each leader has bound its threads and read its state to resume from. */
static void begun(void *user)
{
	struct run *run = user;
	ff_begin_warn_unbound(&run->binding, warn, run);
	ff_resume_close(&run->resume);
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

/* The folder comes last, so that a run that cannot start neither creates nor changes one. */
static ff_status open_folder(struct run *run, struct ff_error *error)
{
	FF_TRY(run->options->resume ? resume_folder(run, error) : begin_folder(run, error));
	const struct ff_run_begin begin = {run->experiment, &run->dataset, &run->net, &run->rates, &run->binding};
	ff_begin_log(&begin, &run->folder);
	ff_begin_warn(&begin, warn, run);
	run->hooks->begun(run->hooks->user, run->folder.path, warn, run);
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
	/* The source drops pixels that it converts to CSR rows, so they are summed now if a checkpoint may come. Others
	 * are summed at the first checkpoint. */
	bool sum = run->options->resume || (shape.csr && ff_checkpointing_wanted(experiment));
	ff_fingerprint_take(&run->data, &run->dataset, sum);
	FF_TRY(ff_source_init(&run->source, experiment, &run->dataset, error));
	const struct ff_machine_model machine = ff_machine_model_here(experiment, &run->topology);
	run->rates = machine.rates;
	FF_TRY(plan_net(run, &shape, &machine, error));
	FF_TRY(ff_model_file_check(&run->net, error));
	FF_TRY(ff_binding_choose(&run->binding, &run->topology, &run->net.graph, experiment, error));
	/* A pipeline also has the source's thread; sequentially, the caller's thread is the first of the team. */
	FF_TRY(ff_threads_check(run->net.graph.threads + (run->net.graph.pipeline ? 1 : -1), error));
	return open_folder(run, error);
}

static ff_status take_model(void *user, struct ff_error *error)
{
	struct run *run = user;
	return ff_model_file_write(&run->folder, run->experiment, &run->net, error);
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
	FF_TRY(ff_run_folder_sync(&run->folder, &bytes, error)); /* before result.json says that the run has finished */
	run->result->total_seconds = ff_clock() - run->started;
	FF_TRY(ff_run_folder_result(&run->folder, run->result, NULL, error));
	run->result->resumable = ff_checkpointing_leave(&run->checkpoints, !run->result->interrupted);
	return FF_OK;
}

/* Records the failure in the folder, if there is one. A second failure must not hide the first. */
static void record_failure(struct run *run, const struct ff_error *failure)
{
	if (!run->has_folder)
		return; /* a refused folder is not ours */
	char text[2000];
	ff_run_folder_log(&run->folder, "failed: %s", ff_error_format(failure, text, sizeof text));
	run->result->total_seconds = ff_clock() - run->started;
	(void)!ff_run_folder_result(&run->folder, run->result, failure, NULL);
	/* a run that diverged would diverge again */
	run->result->resumable =
	    ff_checkpointing_leave(&run->checkpoints, false) && failure->status != FF_ERROR_NUMERIC;
}

ff_status ff_run_hooked(const struct ff_experiment *experiment, const struct ff_run_options *options,
                        const struct ff_run_hooks *hooks, struct ff_result *result, struct ff_error *error)
{
	struct ff_error failure = {0};
	struct run run = {
	    .experiment = experiment,
	    .options = options,
	    .hooks = hooks,
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
	hooks->ended(hooks->user);
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

#include "bench/training.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plan/calibrate.h"
#include "plan/lead.h"

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static void ignore_progress(void *user, const struct ff_progress *progress)
{
	(void)user, (void)progress;
}

static ff_status ignore_epoch(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	(void)user, (void)metrics, (void)error;
	return FF_OK;
}

/* Each of `first` and `ended` has one thread that writes it, which has ended when it is read. */
static ff_status look_at(void *user, int node, const struct ff_packet *packet, struct ff_error *error)
{
	struct bench_training *t = user;
	(void)error;
	if (node == 1 && t->first == 0)
		t->first = ff_clock();
	if (node == t->net.graph.n_stations + 1 && packet->kind == FF_PACKET_STOP)
		t->ended = ff_clock();
	if (t->look)
		t->look(t, node, packet);
	return FF_OK;
}

static void load(const char *what, const char *const overrides[], int n, struct ff_experiment *experiment)
{
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!diagnostics)
		die(what, "no memory");
	if (ff_experiment_load(NULL, overrides, n, experiment, diagnostics) != FF_OK)
		die(what, diagnostics->items[0].what);
	free(diagnostics);
}

static void *train(void *context)
{
	struct bench_training *t = context;
	const struct ff_probe probe = {look_at, t};
	const struct ff_training training = {
	    .experiment = &t->experiment,
	    .dataset = &t->dataset,
	    .net = &t->net,
	    .source = &t->source,
	    .progress = ignore_progress,
	    .epoch = ignore_epoch,
	    .sets = {&t->result.train, &t->result.validation, &t->result.test},
	    .probe = &probe,
	    .profile = t->profile.tracks ? &t->profile : NULL,
	};
	t->started = ff_clock();
	t->status = ff_train(&training, &t->totals, &t->error);
	ff_work_report(&t->net, &t->source, &t->result);
	return NULL;
}

static ff_status create_net(struct bench_training *t, const struct ff_data_shape *shape, int processors,
                            const struct bench_leaders *leaders)
{
	struct ff_graph graph; /* large */
	if (leaders) {
		ff_graph_build(&graph, &t->experiment, shape, processors);
		ff_graph_lead(&graph, &t->experiment, shape, leaders->leaders, leaders->n);
		return ff_net_create(&t->experiment, shape, &graph, &t->net, &t->error);
	}
	struct ff_topology topology;
	struct ff_machine_model machine = ff_machine_model_here(&t->experiment, &topology);
	ff_topology_fini(&topology);
	machine.cores = processors;
	FF_TRY(ff_graph_plan(&graph, &t->experiment, shape, &machine, &t->error));
	return ff_net_create(&t->experiment, shape, &graph, &t->net, &t->error);
}

static struct bench_training *carry_out(const char *what, const char *const overrides[], int n, int processors,
                                        const struct bench_leaders *leaders, bench_look_fn *look, size_t slices)
{
	pthread_t thread;
	struct bench_training *t = calloc(1, sizeof *t);
	if (!t)
		die(what, "no memory");
	t->look = look;
	load(what, overrides, n, &t->experiment);
	if (ff_dataset_open(&t->experiment, &t->dataset, &t->error) != FF_OK)
		die(what, t->error.what);
	struct ff_data_shape shape = ff_source_shape(&t->experiment, &t->dataset);
	if (ff_source_init(&t->source, &t->experiment, &t->dataset, &t->error) != FF_OK ||
	    create_net(t, &shape, processors, leaders) != FF_OK)
		die(what, t->error.what);
	if (slices && ff_profile_init(&t->profile, &t->net.graph, slices, &t->error) != FF_OK)
		die(what, t->error.what);
	if (pthread_create(&thread, NULL, train, t) != 0)
		die(what, "no thread");
	pthread_join(thread, NULL);
	if (t->status != FF_OK)
		die(what, t->error.what);
	return t;
}

struct bench_training *bench_train(const char *what, const char *const overrides[], int n, int processors,
                                   const struct bench_leaders *leaders, bench_look_fn *look)
{
	return carry_out(what, overrides, n, processors, leaders, look, 0);
}

struct bench_training *bench_train_profiled(const char *what, const char *const overrides[], int n, int processors,
                                            const struct bench_leaders *leaders, size_t slices)
{
	return carry_out(what, overrides, n, processors, leaders, NULL, slices);
}

void bench_training_free(struct bench_training *t)
{
	if (!t)
		return;
	ff_profile_fini(&t->profile);
	ff_net_destroy(&t->net);
	ff_source_fini(&t->source);
	ff_dataset_close(&t->dataset);
	free(t);
}

double bench_training_seconds(const struct bench_training *t)
{
	return t->ended - t->first;
}

double bench_training_whole(const struct bench_training *t)
{
	return t->ended - t->started;
}

bool bench_same_weights(const struct bench_training *x, const struct bench_training *y)
{
	for (int l = 0; l < y->net.n_layers; l++) {
		const struct ff_parameters *a = &ff_net_layer(&x->net, l)->parameters;
		const struct ff_parameters *b = &ff_net_layer(&y->net, l)->parameters;
		if (b->step == 0 || a->step != b->step || memcmp(a->value, b->value, b->n * sizeof *b->value) != 0)
			return false;
	}
	return true;
}

#include "support/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/lead.h"
#include "support/harness.h"

/* A machine on which another thread is worth having however small the net, and teams lose a part, as on real ones: else
 * the plans of these nets were all of one thread, or all of one team. */
static const struct ff_rates SLOW = {
    .flops = 1e6, .cache_bandwidth = 1e3, .bandwidth = 1e3, .node_bandwidth = 1e6, .region = 2, .hand_off = 1e-9};

bool world_open(struct world *w, int threads, const char *const overrides[], int n)
{
	char total[48] = "execution.threads.total=auto";
	if (threads)
		snprintf(total, sizeof total, "execution.threads.total=%d", threads);
	const char *all[40] = {
	    total,
	    "dataset.name=synthetic",
	    "dataset.synthetic={height: 6, width: 6, noise: 0.1}",
	    "dataset.train=230",
	    "dataset.test=100",
	    "layers.widths=[24, 20, 12]",
	    "train.batch=50",
	    "train.epochs=2",
	    "evaluate.train=never",
	};
	int base = 9;
	memset(w, 0, sizeof *w);
	for (int i = 0; i < n; i++)
		all[base + i] = overrides[i];
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	struct ff_error error;
	bool loaded = ff_experiment_load(NULL, all, base + n, &w->experiment, diagnostics) == FF_OK;
	if (!loaded)
		CHECK_TEXT(diagnostics->items[0].what, "");
	free(diagnostics);
	if (!loaded)
		return false;
	if (ff_dataset_open(&w->experiment, &w->dataset, &error) != FF_OK ||
	    ff_source_init(&w->source, &w->experiment, &w->dataset, &error) != FF_OK)
		return CHECK_TEXT(error.what, "");
	struct ff_data_shape shape = ff_source_shape(&w->experiment, &w->dataset);
	struct ff_machine_model machine = ff_machine_model_flat(ff_team_available(), &ff_rates_table);
	machine.rates = SLOW;
	struct ff_graph *graph = malloc(sizeof *graph);
	bool made = graph && ff_graph_plan(graph, &w->experiment, &shape, &machine, &error) == FF_OK &&
	            ff_net_create(&w->experiment, &shape, graph, &w->net, &error) == FF_OK;
	free(graph);
	return made || CHECK_TEXT(error.what, "");
}

void world_close(struct world *w)
{
	ff_net_destroy(&w->net);
	ff_source_fini(&w->source);
	ff_dataset_close(&w->dataset);
}

static void ignore_progress(void *user, const struct ff_progress *progress)
{
	(void)user;
	CHECK(progress->done >= 0 && progress->done <= 1 + 1e-9);
}

static ff_status keep_epoch(void *user, const struct ff_epoch_metrics *metrics, struct ff_error *error)
{
	struct epochs *epochs = user;
	(void)error;
	if (epochs->n < 16)
		epochs->metrics[epochs->n++] = *metrics;
	return FF_OK;
}

static void count_begun(void *user)
{
	struct epochs *epochs = user;
	epochs->begun++;
}

static ff_status count_trained(void *user, struct ff_error *error)
{
	struct epochs *epochs = user;
	(void)error;
	epochs->trained++;
	return FF_OK;
}

static bool is_due(void *user)
{
	struct epochs *epochs = user;
	return ++epochs->ends == epochs->at;
}

static void commit(void *user, uint64_t number, const struct ff_training_state *state)
{
	struct epochs *epochs = user;
	struct ff_error error = {0};
	epochs->state = *state;
	epochs->checkpoints++;
	CHECK_INT(ff_checkpoint_commit(epochs->writer, number, "record", 6, &error), FF_OK);
	CHECK_TEXT(error.what, "");
}

ff_status world_train(struct world *w, struct epochs *epochs, struct ff_error *error)
{
	struct ff_training training = {
	    .experiment = &w->experiment,
	    .dataset = &w->dataset,
	    .net = &w->net,
	    .source = &w->source,
	    .user = epochs,
	    .progress = ignore_progress,
	    .epoch = keep_epoch,
	    .trained = count_trained,
	    .stop = w->stop,
	    .sets = {&epochs->train, &epochs->validation, &epochs->test},
	    .probe = w->probe,
	    .binding = w->binding,
	    .begun = count_begun,
	    .profile = w->profile,
	    .training_only = w->training_only,
	    .writer = w->writer,
	    .due = w->writer ? is_due : NULL,
	    .checkpoint = commit,
	    .resume = w->resume,
	    .state = w->state,
	};
	memset(epochs, 0, sizeof *epochs);
	epochs->writer = w->writer;
	epochs->at = w->at;
	return ff_train(&training, &epochs->totals, error);
}

static void same_parameters(const struct ff_parameters *a, const struct ff_parameters *b)
{
	CHECK_INT(a->n, b->n);
	if (a->n != b->n)
		return;
	CHECK_INT(a->step, b->step);
	CHECK(memcmp(a->value, b->value, a->n * sizeof(float)) == 0);
	CHECK(memcmp(a->state1, b->state1, a->n * sizeof(float)) == 0);
	CHECK(!a->state2 || memcmp(a->state2, b->state2, a->n * sizeof(float)) == 0);
}

void world_check_same(const struct world *a, const struct world *b)
{
	for (int l = 0; l < a->net.n_layers; l++) {
		const struct ff_layer *p = ff_net_layer(&a->net, l), *q = ff_net_layer(&b->net, l);
		same_parameters(&p->parameters, &q->parameters);
		CHECK(!p->peer_mean || memcmp(p->peer_mean, q->peer_mean, p->outputs * sizeof(float)) == 0);
	}
	if (ff_net_head(&a->net))
		same_parameters(&ff_net_head(&a->net)->parameters, &ff_net_head(&b->net)->parameters);
}

void epochs_check_same(const struct epochs *a, const struct epochs *b)
{
	CHECK_INT(a->n, b->n);
	for (int e = 0; e < a->n; e++) {
		struct ff_epoch_metrics p = a->metrics[e], q = b->metrics[e];
		p.seconds = q.seconds = p.samples_per_second = q.samples_per_second = 0;
		CHECK(memcmp(&p, &q, sizeof p) == 0);
	}
	CHECK(memcmp(&a->train, &b->train, sizeof a->train) == 0);
	CHECK(memcmp(&a->validation, &b->validation, sizeof a->validation) == 0);
	CHECK(memcmp(&a->test, &b->test, sizeof a->test) == 0);
	CHECK_INT(a->totals.best_epoch, b->totals.best_epoch);
	CHECK_INT(a->totals.epochs, b->totals.epochs);
	CHECK_INT(a->totals.pairs, b->totals.pairs);
	CHECK_INT(a->totals.head_images, b->totals.head_images);
}

struct ff_slot world_slot(struct world *w, int edge)
{
	bool ring = w->net.graph.edges[edge].ring;
	return ff_net_slot(&w->net, edge, ring ? w->net.rings[edge].slots : w->net.inner[edge]);
}

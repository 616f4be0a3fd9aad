#include "run/begin_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/bind.h"
#include "plan/calibrate.h"
#include "plan/lead.h"
#include "run/bound.h"

/* ---- the log ---- */

/* How many images' inputs are kept for the parts of the net that train alone. */
static void log_cache(const struct ff_run_begin *begin, struct ff_run_folder *folder)
{
	const size_t *kept = begin->net->cache.kept;
	size_t n = begin->dataset->train.n;
	int layers = begin->net->n_layers;
	for (int l = 1; l < layers; l++)
		if (begin->experiment->train.order == FF_GREEDY)
			ff_run_folder_log(folder, "layer %d keeps its inputs of %zu of %zu images", l + 1, kept[l], n);
	if (begin->experiment->head.when == FF_HEAD_AFTER)
		ff_run_folder_log(folder, "the head keeps its inputs of %zu of %zu images", kept[layers], n);
}

void ff_begin_log(const struct ff_run_begin *begin, struct ff_run_folder *folder)
{
	const struct ff_dataset *dataset = begin->dataset;
	const struct ff_graph *graph = &begin->net->graph;
	ff_run_folder_log(folder, "%s: %zu training, %zu validation, %zu test images of %d classes",
	                  begin->experiment->name, dataset->train.n, dataset->validation.n, dataset->test.n,
	                  dataset->classes);
	ff_run_folder_log(folder, "%s: %d thread(s) in %d team(s) on %d processor(s)",
	                  graph->pipeline ? "pipeline" : "sequential", graph->threads, graph->n_leaders,
	                  graph->processors);
	if (begin->rates->flops != ff_rates_table.flops)
		ff_run_folder_log(folder, "planned at %.1f GFLOP/s a core, and %.1f us for two threads to meet",
		                  1e-9 * begin->rates->flops, 1e6 * begin->rates->region);
	else if (graph->threads > 1 && ff_graph_uses_rates(begin->experiment))
		ff_run_folder_log(folder, "planned with built-in rates, because no threads were free to measure with");
	log_cache(begin, folder);
	ff_bound_log(begin->binding, graph, folder);
}

/* ---- warnings ---- */

/* The OpenMP runtime binds the first thread before main(), and every thread it starts inherits that. */
static void warn_of_variable(void (*warn)(void *user, const char *text), void *user)
{
	char text[160];
	const char *variable = ff_binding_variable(), *value = variable ? getenv(variable) : NULL;
	if (!value || strcmp(value, "false") == 0)
		return;
	snprintf(text, sizeof text,
	         "warning: %s is set: the OpenMP runtime then leaves this process one processor to run on; unset it",
	         variable);
	warn(user, text);
}

/* With too few processors, the threads of a team wait for each other; leaders of one thread each need not. */
static void warn_of_teams(const struct ff_graph *graph, void (*warn)(void *user, const char *text), void *user)
{
	char text[160];
	bool teams = graph->threads > graph->n_leaders;
	if (!teams || graph->threads <= graph->processors)
		return;
	snprintf(text, sizeof text,
	         "warning: the layers have %d threads, but this process only %d processor%s: this is slower than a "
	         "thread each",
	         graph->threads, graph->processors, graph->processors == 1 ? "" : "s");
	warn(user, text);
}

void ff_begin_warn(const struct ff_run_begin *begin, void (*warn)(void *user, const char *text), void *user)
{
	char text[240];
	warn_of_variable(warn, user);
	warn_of_teams(&begin->net->graph, warn, user);
	if (begin->experiment->execution.bind != FF_BIND_ALWAYS || !*begin->binding->why_not)
		return;
	snprintf(text, sizeof text, "warning: execution.bind is always, but threads are not bound: %s",
	         begin->binding->why_not);
	warn(user, text);
}

void ff_begin_warn_unbound(const struct ff_binding *binding, void (*warn)(void *user, const char *text), void *user)
{
	char text[FF_ERROR_TEXT + 80];
	/* Relaxed: the packet that has come through the rings orders it. */
	if (!atomic_load_explicit(&binding->failed, memory_order_relaxed))
		return;
	snprintf(text, sizeof text, "warning: threads run on other processors than was planned: %s",
	         binding->failure.what);
	warn(user, text);
}

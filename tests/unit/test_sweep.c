/* The memory that a sweep expects its points to need, against what their parts really take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/harness.h"
#include "support/samples.h"
#include "support/world.h"
#include "sweep/sweep_estimate.h"

#define ONCE "negatives.redraw=once"

static const size_t PROCESS = 48 << 20; /* of it, what is neither data nor net */

/* A sweep of n points, all of them this experiment until they are changed. */
static struct ff_sweep sweep;
static struct ff_sweep_options options;
static struct ff_sweep_run run;

static void begin(const struct ff_experiment *experiment, int n)
{
	sweep = (struct ff_sweep){.n_points = n, .points = calloc((size_t)n, sizeof *sweep.points)};
	options = (struct ff_sweep_options){0};
	run = (struct ff_sweep_run){.sweep = &sweep, .options = &options};
	run.results = calloc((size_t)n, sizeof *run.results);
	if (!sweep.points || !run.results)
		exit(EXIT_FAILURE);
	for (int p = 0; p < n; p++)
		memcpy(&sweep.points[p].experiment, experiment, sizeof *experiment);
}

static void end(void)
{
	free(sweep.points);
	free(run.results);
}

static size_t estimate_of(const struct ff_experiment *experiment)
{
	begin(experiment, 1);
	ff_sweep_estimate(&run);
	size_t bytes = run.results[0].bytes;
	end();
	return bytes;
}

/* Data, source, net and cache of an experiment that has been opened; pixels are gone where there are lists, but were
 * there when these were made. */
static size_t taken(const struct world *w)
{
	const struct ff_data_shape shape = ff_source_shape(&w->experiment, &w->dataset);
	size_t images = w->dataset.train.n + w->dataset.validation.n + w->dataset.test.n;
	size_t pixels = images * (w->dataset.features + 1);
	size_t net =
	    w->net.arena.used + ff_graph_station_bytes(&w->net.graph, &w->experiment, &shape) + w->net.cache.arena.used;
	if (!w->source.csr)
		return pixels + w->source.arena.used + net;
	return w->source.arena.used + (net > pixels ? net : pixels);
}

static uint8_t every_fourth(size_t k)
{
	return k % 4 ? 0 : 200;
}

static const char *black_images(const char *name, int n)
{
	const uint32_t sizes[] = {(uint32_t)n, 40, 40};
	struct sample s = sample_idx(3, sizes, every_fourth);
	const char *path = sample_write(name, s.bytes, s.size);
	free(s.bytes);
	return path;
}

static uint8_t label(size_t k)
{
	return (uint8_t)(k % 10);
}

static const char *labels(const char *name, int n)
{
	const uint32_t size = (uint32_t)n;
	struct sample s = sample_idx(1, &size, label);
	const char *path = sample_write(name, s.bytes, s.size);
	free(s.bytes);
	return path;
}

static void check_estimate(const char *const overrides[], int n, bool csr, double most)
{
	struct world w;
	ff_scenario("%s", overrides[0]);
	if (!world_open(&w, 2, overrides, n))
		return;
	CHECK_INT(w.source.csr, csr);
	size_t estimate = estimate_of(&w.experiment), real = taken(&w) + PROCESS;
	ff_scenario("%s: %zu bytes estimated, %zu taken, besides the process", overrides[0], estimate - PROCESS,
	            real - PROCESS);
	CHECK(estimate >= real);
	CHECK((double)(estimate - PROCESS) <= most * (double)(real - PROCESS));
	world_close(&w);
}

static void an_estimate_holds_what_a_run_takes(void)
{
	static const char *const CASES[][4] = {
	    {"seed=1", "seed=1", "seed=1", "seed=1"},
	    {"layers.widths=[800, 700]", "dataset.train=2000", "execution.kind=sequential", "seed=1"},
	    {"dataset.train=20000", "train.batch=full", "layers.widths=[8]", "seed=1"},
	    {"mode=unsupervised", "negatives={kind: hybrid}", "head={layers: 2.., when: after, epochs: 1}", "seed=1"},
	    {"train.order=greedy", "dataset.train=9000", "layers.widths=[500, 10, 300]", ONCE},
	    {"train={order: greedy, batch: full, epochs: 3}", "dataset.train=9000", "layers.widths=[500, 10, 300]",
	     ONCE},
	    {"train.order=greedy", "dataset.train=9000", "execution.memory.budget=1MiB", ONCE}};
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
		check_estimate(CASES[i], 4, false, 1.6);
}

/* From the headers it is not known how black images are: CSR rows are expected. */
static void images_may_come_as_csr_rows(void)
{
	static char set[4 * FF_MAX_PATH + 200];
	snprintf(set, sizeof set,
	         "dataset={name: files, train_images: %s, train_labels: %s, test_images: %s, test_labels: %s}",
	         black_images("train", 3000), labels("train-labels", 3000), black_images("test", 500),
	         labels("test-labels", 500));
	const char *const all[] = {set};
	check_estimate(all, 1, true, 1.6);
}

static void greedy_layers_keep_inputs(void)
{
	static const char *const SET[] = {"train={order: greedy, batch: full, epochs: 3}", "dataset.train=9000",
	                                  "layers.widths=[500, 10, 300]", ONCE};
	struct world w;
	if (!world_open(&w, 2, SET, 4))
		return;
	struct ff_experiment *e = &w.experiment;
	size_t kept = estimate_of(e);
	CHECK_INT(w.net.cache.arena.used, 2 * 9000 * 500 * sizeof(float));
	e->train.epochs = 1; /* nothing is read twice */
	CHECK_INT(kept - estimate_of(e), w.net.cache.arena.used);
	e->train.epochs = 3;
	e->execution.memory = INT64_MAX; /* never so much that a run has to be refused for it */
	e->dataset.train = 50000000;
	begin(e, 1);
	ff_sweep_estimate(&run);
	CHECK(run.results[0].bytes <= run.memory || run.memory < ((size_t)4 << 30));
	end();
	world_close(&w);
}

static int left;

static bool stop_after_some(void *unused)
{
	(void)unused;
	return --left == 0;
}

static void data_is_measured_not_read(void)
{
	struct world w;
	if (!world_open(&w, 1, NULL, 0))
		return;
	begin(&w.experiment, 4096);
	for (int p = 0; p < 4096; p++) {
		struct ff_experiment *e = &sweep.points[p].experiment;
		e->dataset.train = 1000000000 - p % 9; /* more sections than are remembered */
		e->train.batch = 1 + p;
	}
	strcpy(sweep.points[4095].experiment.dataset.name, "files"); /* without a path */
	ff_sweep_estimate(&run);
	for (int p = 0; p < 4095; p++)
		CHECK(run.results[p].bytes > (size_t)36 * 999999000);
	CHECK_INT(run.results[4095].bytes, 0);
	CHECK(!run.stopped);
	for (int p = 0; p < 4096; p++)
		run.results[p].bytes = 0;
	options.stop = stop_after_some;
	left = 3;
	ff_sweep_estimate(&run);
	CHECK(run.stopped);
	CHECK(run.results[2].bytes > 0 && run.results[3].bytes == 0);
	end();
	world_close(&w);
}

FF_TESTS("sweep", {"an estimate holds what a run takes", an_estimate_holds_what_a_run_takes},
         {"images may come as CSR rows", images_may_come_as_csr_rows},
         {"greedy layers keep inputs", greedy_layers_keep_inputs},
         {"data is measured, not read", data_is_measured_not_read})

/* Classification by goodness: images a second with the first layer's images shared among the labels, beside one full
 * pass a label over the rows written out; and the useful flops a second of both classification and training.
 * Synthetic images, through the functions that a stage calls.
 *
 * Before it is timed, both ways must give every label the same goodness, to rounding. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "model/dense.h"
#include "model/labelled.h"
#include "model/layer_kinds.h"

enum {
	FEATURES = 784,
	CLASSES = 10,
	PIXELS = FEATURES - CLASSES,
	IMAGES = 10000,
	AT_ONCE = 200,
	PAIRS = 100,
	MOST = 3
};
enum { ROWS = AT_ONCE * CLASSES, WIDEST = 1000 };

/* A net, its images, and workspace for a packet of them. */
struct net {
	struct ff_experiment experiment;
	struct ff_team team;
	struct ff_layer layer[MOST];
	struct ff_layer plain; /* the first layer's weights, for rows written out */
	int layers;
	struct ff_arena arena;
	float *images, *rows;         /* [IMAGES x PIXELS]; the same with room for a label [IMAGES x FEATURES] */
	float *x, *y[MOST];           /* [ROWS x WIDEST] */
	float *sum_square, *goodness; /* [ROWS] */
	float *shared, *full;         /* goodness of each label [IMAGES x CLASSES], by both ways */
	float value[IMAGES];          /* of a label */
	float offset[IMAGES];         /* 0 */
	uint32_t label[2 * PAIRS];
};

static void layout(struct net *net)
{
	size_t inputs = FEATURES;
	for (int l = 0; l < net->layers; l++) {
		const struct ff_layer_size most = {.inputs = inputs, .samples = PAIRS, .images = AT_ONCE};
		ff_layer_layout(&net->layer[l], &net->arena, ff_layer_kind_of(&net->experiment, l), &net->experiment, l,
		                &most);
		inputs = net->layer[l].outputs;
	}
	const struct ff_layer_size most = {.inputs = FEATURES, .samples = PAIRS};
	ff_layer_layout(&net->plain, &net->arena, &ff_dense_kind, &net->experiment, 0, &most);
}

static struct net *net_open(const char *widths, int threads)
{
	const char *overrides[] = {widths, "optimizer.kind=sgd", "optimizer.rate=1e-6"};
	struct net *net = calloc(1, sizeof *net);
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!net || !diagnostics ||
	    ff_experiment_load(NULL, overrides, sizeof overrides / sizeof *overrides, &net->experiment, diagnostics) !=
	        FF_OK)
		abort();
	free(diagnostics);
	net->team.threads = threads;
	net->layers = net->experiment.n_layers;
	layout(net);
	if (ff_arena_init(&net->arena, NULL) != FF_OK)
		abort();
	layout(net);
	for (int l = 0; l < net->layers; l++) {
		ff_layer_init(&net->layer[l], &net->team);
		net->y[l] = bench_matrix((size_t)ROWS * WIDEST, 2);
	}
	ff_layer_init(&net->plain, &net->team);
	net->images = bench_matrix((size_t)IMAGES * PIXELS, 1);
	net->rows = bench_matrix((size_t)IMAGES * FEATURES, 1);
	for (size_t i = 0; i < IMAGES; i++)
		memcpy(net->rows + i * FEATURES + CLASSES, net->images + i * PIXELS, PIXELS * sizeof(float));
	net->x = bench_matrix((size_t)ROWS * WIDEST, 2);
	net->sum_square = bench_matrix(ROWS, 2);
	net->goodness = bench_matrix(ROWS, 2);
	net->shared = bench_matrix((size_t)IMAGES * CLASSES, 2);
	net->full = bench_matrix((size_t)IMAGES * CLASSES, 2);
	for (size_t i = 0; i < IMAGES; i++)
		net->value[i] = 1;
	for (uint32_t p = 0; p < 2 * PAIRS; p++)
		net->label[p] = p < PAIRS ? p % CLASSES : (p + 1) % CLASSES;
	return net;
}

static void net_close(struct net *net)
{
	for (int l = 0; l < net->layers; l++)
		free(net->y[l]);
	free(net->images), free(net->rows), free(net->x), free(net->sum_square), free(net->goodness);
	free(net->shared), free(net->full);
	ff_arena_fini(&net->arena);
	free(net);
}

/* The layers above the first; each row's goodness adds to scores[row step]. */
static void pass_on(struct net *net, size_t rows, float *scores, size_t step)
{
	for (int l = 0;; l++) {
		for (size_t r = 0; r < rows; r++)
			scores[r * step] += net->goodness[r];
		if (l + 1 == net->layers)
			return;
		struct ff_layer *layer = &net->layer[l + 1];
		ff_normalize(layer->kernels, &net->team, layer->config->normalize, layer->config->eps, net->y[l],
		             net->sum_square, rows, layer->inputs, net->x);
		ff_layer_forward(layer, &net->team, (struct ff_layer_input){.x = net->x}, rows, net->y[l + 1],
		                 net->sum_square, net->goodness);
	}
}

static double shared_seconds(struct net *net)
{
	double started = ff_clock();
	memset(net->shared, 0, (size_t)IMAGES * CLASSES * sizeof(float));
	for (size_t i = 0; i < IMAGES; i += AT_ONCE) {
		struct ff_labels labels = {.queries = AT_ONCE,
		                           .classes = CLASSES,
		                           .scored = true,
		                           .value = net->value + i,
		                           .offset = net->offset + i};
		ff_layer_forward(&net->layer[0], &net->team,
		                 (struct ff_layer_input){.x = net->images + i * PIXELS, .labels = &labels}, ROWS,
		                 net->y[0], net->sum_square, net->goodness);
		pass_on(net, ROWS, net->shared + i * CLASSES, 1);
	}
	return ff_clock() - started;
}

static double full_seconds(struct net *net)
{
	double started = ff_clock();
	memset(net->full, 0, (size_t)IMAGES * CLASSES * sizeof(float));
	for (size_t c = 0; c < CLASSES; c++)
		for (size_t i = 0; i < IMAGES; i += ROWS) {
			float *rows = net->rows + i * FEATURES;
			for (size_t r = 0; r < ROWS; r++) {
				memset(rows + r * FEATURES, 0, CLASSES * sizeof *rows);
				rows[r * FEATURES + c] = net->value[i + r];
			}
			ff_layer_forward(&net->plain, &net->team, (struct ff_layer_input){.x = rows}, ROWS, net->y[0],
			                 net->sum_square, net->goodness);
			pass_on(net, ROWS, net->full + i * CLASSES + c, CLASSES);
		}
	return ff_clock() - started;
}

/* IMAGES pairs, a batch of PAIRS at a time. */
static double training_seconds(struct net *net)
{
	double started = ff_clock();
	for (size_t i = 0; i < IMAGES; i += PAIRS) {
		struct ff_labels labels = {.samples = PAIRS,
		                           .sides = 2,
		                           .classes = CLASSES,
		                           .label = net->label,
		                           .value = net->value,
		                           .offset = net->offset};
		struct ff_layer_input input = {.x = net->images + i * PIXELS, .labels = &labels};
		ff_layer_forward(&net->layer[0], &net->team, input, 2 * (size_t)PAIRS, net->y[0], net->sum_square,
		                 net->goodness);
		for (int l = 0; l < net->layers; l++) {
			struct ff_layer *layer = &net->layer[l], *next = layer + 1;
			bool last = l + 1 == net->layers;
			float *x = net->x + (size_t)l * 2 * PAIRS * WIDEST;
			if (!last)
				ff_normalize(layer->kernels, &net->team, next->config->normalize, next->config->eps,
				             net->y[l], net->sum_square, 2 * (size_t)PAIRS, layer->outputs, x);
			(void)ff_layer_learn(layer, &net->team, input, net->y[l], net->goodness, PAIRS, PAIRS, true);
			ff_layer_step(layer, &net->team, input, net->y[l], PAIRS, 1);
			input = (struct ff_layer_input){.x = x};
			if (!last)
				ff_layer_forward(next, &net->team, input, 2 * (size_t)PAIRS, net->y[l + 1],
				                 net->sum_square, net->goodness);
		}
	}
	return ff_clock() - started;
}

/* Flops of the products for an image: the first layer's once, the others' for `rows` rows; `times` for each row. */
static double flops(const struct net *net, double rows, double times)
{
	double sum = 0;
	for (int l = 0; l < net->layers; l++)
		sum += 2 * times * (l ? rows * (double)net->layer[l].inputs : PIXELS) * (double)net->layer[l].outputs;
	return sum * IMAGES;
}

static void verify(struct net *net)
{
	(void)shared_seconds(net);
	(void)full_seconds(net);
	for (size_t i = 0; i < (size_t)IMAGES * CLASSES; i++)
		if (fabsf(net->shared[i] - net->full[i]) > 1e-4F * net->full[i]) {
			fprintf(stderr, "classify: the goodness of label %zu of image %zu is %g, not %g\n", i % CLASSES,
			        i / CLASSES, (double)net->shared[i], (double)net->full[i]);
			exit(1);
		}
}

static void bench_net(const char *name, const char *widths, int threads, int rounds)
{
	struct net *net = net_open(widths, threads);
	struct bench_times shared = {0}, full = {0}, training = {0};
	verify(net);
	for (int i = -1; i < rounds; i++) { /* round -1 warms up */
		double s = shared_seconds(net), f = full_seconds(net), t = training_seconds(net);
		if (i < 0)
			continue;
		bench_add(&shared, s);
		bench_add(&full, f);
		bench_add(&training, t);
	}
	double classify_flops = flops(net, CLASSES, 1), training_flops = flops(net, 2, 2);
	printf("{\"bench\":\"classify\",\"net\":\"%s\",\"images\":%d,\"images_per_second\":%.0f,\"full_passes\":%.2f,"
	       "\"gflops\":%.1f,\"training_gflops\":%.1f,\"share_of_training\":%.3f,\"rounds\":%d}\n",
	       name, IMAGES, IMAGES / bench_median(&shared), bench_median_ratio(&full, &shared),
	       1e-9 * classify_flops / bench_median(&shared), 1e-9 * training_flops / bench_median(&training),
	       classify_flops / training_flops * bench_median_ratio(&training, &shared), rounds);
	fflush(stdout);
	net_close(net);
}

int main(int argc, char **argv)
{
	int threads, rounds = 7;
	bench_limit_spinning(argv);
	bench_options(argc, argv, &threads, &rounds);
	bench_print_machine("classify", threads);
	bench_net("784-64-32", "layers.widths=[64, 32]", threads, rounds);
	bench_net("784-3x1000", "layers.widths=[1000, 1000, 1000]", threads, rounds);
	return 0;
}

/* GFLOP/s of a layer's forward pass, its gradient and a whole training step, each as a share of the engine's sgemm on
 * 2000 x 2000 x 2000, measured in turn in the same process.
 *
 * Flops are the useful ones: 2 R I O forward, 2 R I O gradient, 4 R I O the step (forward, hand on, learn, update).
 * R = 200 is one mini-batch of 100 pairs; `full` is 50,000 pairs that go through in tiles. Verified before timed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "model/weights.h"
#include "pipeline/stage.h"

enum { FULL_PAIRS = 50000 };

/* One stage with inputs for all tiles of a batch. */
struct subject {
	struct ff_experiment experiment;
	struct ff_station *station;
	struct ff_stage *stage; /* the same */
	size_t pairs, inputs, outputs;
	float *x;           /* [2 pairs x I], tile by tile */
	float *out;         /* [2 tile x O] */
	uint32_t *numbers;  /* of two tiles' images; never read */
	float *activations; /* [2 tile x O] of the first tile, from its forward pass */
};

static const struct ff_station_data NO_DATA; /* rows come as they are */

static size_t tile_at(const struct subject *s, size_t done)
{
	return s->pairs - done < FF_TILE_SAMPLES ? s->pairs - done : FF_TILE_SAMPLES;
}

static double forward_seconds(struct subject *s)
{
	double started = ff_clock();
	for (size_t done = 0; done < s->pairs; done += FF_TILE_SAMPLES)
		ff_layer_forward(&s->stage->layer, &s->station->team,
		                 (struct ff_layer_input){.x = s->x + 2 * done * s->inputs}, 2 * tile_at(s, done),
		                 s->stage->y, s->stage->sum_square, s->stage->goodness);
	return ff_clock() - started;
}

/* Losses and gradient of the tile at `done`, from the activations in stage.y. */
static void learn(struct subject *s, size_t done)
{
	struct ff_layer_input input = {.x = s->x + 2 * done * s->inputs};
	struct ff_stage *stage = s->stage;
	size_t pairs = tile_at(s, done);
	(void)ff_layer_learn(&stage->layer, &s->station->team, input, stage->y, stage->goodness, pairs, s->pairs,
	                     done == 0);
	ff_layer_gradient(&stage->layer, &s->station->team, input, stage->y, pairs, done == 0);
}

/* Every tile learns from the activations of the first one, put back before the clock starts. */
static double gradient_seconds(struct subject *s)
{
	double seconds = 0;
	for (size_t done = 0; done < s->pairs; done += FF_TILE_SAMPLES) {
		memcpy(s->stage->y, s->activations, 2 * tile_at(s, 0) * s->outputs * sizeof *s->activations);
		double started = ff_clock();
		learn(s, done);
		seconds += ff_clock() - started;
	}
	return seconds;
}

static double step_seconds(struct subject *s)
{
	double started = ff_clock();
	for (size_t done = 0; done < s->pairs; done += FF_TILE_SAMPLES) {
		size_t pairs = tile_at(s, done);
		struct ff_packet given,
		    packet = {
		        .kind = FF_PACKET_TRAIN,
		        .alone = -1,
		        .end = 2, /* so that the stage passes its output on */
		        .n = pairs,
		        .sides = 2,
		        .rows = 2 * pairs,
		        .batch = s->pairs,
		        .first = done == 0,
		        .last = done + pairs == s->pairs,
		        .rate_factor = 1e-6, /* the weights stay what they are, the work is the same */
		    };
		struct ff_port in = {.slot = {&packet, s->numbers, s->x + 2 * done * s->inputs}},
		               out = {.slot = {&given, s->numbers + FF_TILE_SAMPLES, s->out}};
		ff_station_hand_on(s->station, &in, &out);
		if (ff_station_learn(s->station, &in, NULL) != FF_OK)
			abort();
	}
	return ff_clock() - started;
}

static void expect_near(double got, double wanted, double tolerance, const char *what)
{
	if (fabs(got - wanted) <= tolerance)
		return;
	fprintf(stderr, "layer: %s is %g, not %g\n", what, got, wanted);
	exit(1);
}

/* Compares the first rows of a forward pass, and some of a gradient, with plain sums in double; keeps the activations
 * of the first tile. */
static void verify(struct subject *s)
{
	size_t rows = 2 * tile_at(s, 0), inputs = s->inputs, outputs = s->outputs;
	struct ff_layer *layer = &s->stage->layer;
	ff_layer_forward(layer, &s->station->team, (struct ff_layer_input){.x = s->x}, rows, s->stage->y,
	                 s->stage->sum_square, s->stage->goodness);
	for (size_t r = 0; r < 4; r++)
		for (size_t j = 0; j < outputs; j++) {
			double z = (double)ff_layer_bias(layer)[j];
			for (size_t i = 0; i < inputs; i++)
				z += (double)s->x[r * inputs + i] * (double)*ff_layer_weight_at(layer, i, j);
			expect_near((double)s->stage->y[r * outputs + j], z > 0 ? z : 0, 1e-4, "an activation");
		}
	memcpy(s->activations, s->stage->y, rows * outputs * sizeof *s->activations);
	learn(s, 0);
	for (size_t i = 0; i < inputs; i += 97)
		for (size_t j = 0; j < outputs; j += 31) {
			double sum = 0, size = 0;
			for (size_t r = 0; r < rows; r++) {
				double term = (double)s->x[r * inputs + i] * (double)s->stage->y[r * outputs + j];
				sum += term;
				size += fabs(term);
			}
			expect_near((double)layer->parameters.gradient[i * outputs + j], sum, 1e-5 * size,
			            "a gradient");
		}
}

static void subject_init(struct subject *s, size_t inputs, size_t outputs, size_t pairs, int threads)
{
	char widths[64], batch[64];
	snprintf(widths, sizeof widths, "layers.widths=[%zu]", outputs);
	snprintf(batch, sizeof batch, "train.batch=%zu", pairs);
	const char *overrides[] = {"mode=unsupervised", "head.when=together", "head.layers=all", widths,
	                           batch}; /* rows as they are */
	memset(s, 0, sizeof *s);
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	size_t tile = pairs < FF_TILE_SAMPLES ? pairs : FF_TILE_SAMPLES;
	struct ff_data_shape shape = {.features = inputs, .classes = 10, .n = {pairs}};
	if (!diagnostics ||
	    ff_experiment_load(NULL, overrides, sizeof overrides / sizeof *overrides, &s->experiment, diagnostics) !=
	        FF_OK ||
	    ff_station_create(&ff_stage_kind, &s->experiment, &shape, 0, (struct ff_team){threads}, &s->station,
	                      NULL) != FF_OK)
		abort();
	free(diagnostics);
	s->stage = (struct ff_stage *)s->station;
	s->station->n_out = 1;
	ff_station_begin(s->station, &NO_DATA);
	s->pairs = pairs;
	s->inputs = inputs;
	s->outputs = outputs;
	s->x = bench_matrix(2 * pairs * inputs, 1);
	s->out = bench_matrix(2 * tile * outputs, 2);
	s->numbers = (uint32_t *)(void *)bench_matrix(2 * FF_TILE_SAMPLES, 2);
	s->activations = bench_matrix(2 * tile * outputs, 2);
}

static void report(const struct subject *s, const char *what, double flops, const struct bench_times *times,
                   const struct bench_times *sgemm)
{
	double sgemm_flops = bench_sgemm_flops();
	printf("{\"bench\":\"layer\",\"what\":\"%s\",\"inputs\":%zu,\"outputs\":%zu,\"rows\":%zu,\"gflops\":%.1f,"
	       "\"share_of_sgemm\":%.3f,\"sgemm_gflops\":%.1f,\"rounds\":%d}\n",
	       what, s->inputs, s->outputs, 2 * s->pairs, 1e-9 * flops / bench_median(times),
	       flops / sgemm_flops * bench_median_ratio(sgemm, times), 1e-9 * sgemm_flops / bench_median(sgemm),
	       times->n);
	fflush(stdout);
}

static void bench_shape(size_t inputs, size_t outputs, size_t pairs, int threads, int rounds)
{
	struct subject s;
	subject_init(&s, inputs, outputs, pairs, threads);
	verify(&s);
	struct bench_sgemm product;
	bench_sgemm_init(&product);
	struct bench_times sgemm = {0}, forward = {0}, gradient = {0}, step = {0};
	for (int i = -1; i < rounds; i++) { /* round -1 warms up */
		double g = bench_sgemm_seconds(&product, threads), f = forward_seconds(&s);
		double d = gradient_seconds(&s), t = step_seconds(&s);
		if (i < 0)
			continue;
		bench_add(&sgemm, g);
		bench_add(&forward, f);
		bench_add(&gradient, d);
		bench_add(&step, t);
	}
	double flops = 2.0 * 2 * (double)pairs * (double)inputs * (double)outputs;
	report(&s, "forward", flops, &forward, &sgemm);
	report(&s, "gradient", flops, &gradient, &sgemm);
	report(&s, "step", 2 * flops, &step, &sgemm);
	bench_sgemm_free(&product);
	free(s.x), free(s.numbers), free(s.out), free(s.activations);
	ff_station_destroy(s.station);
}

int main(int argc, char **argv)
{
	static const size_t SHAPES[][2] = {{784, 64}, {784, 2000}, {1000, 1000}, {2000, 2000}};
	int threads, rounds = 7;
	bench_options(argc, argv, &threads, &rounds);
	bench_print_machine("layer", threads);
	for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
		bench_shape(SHAPES[i][0], SHAPES[i][1], 100, threads, rounds);
		bench_shape(SHAPES[i][0], SHAPES[i][1], FULL_PAIRS, threads, rounds);
	}
	return 0;
}

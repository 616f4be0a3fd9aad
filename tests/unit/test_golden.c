/* The layer against tests/golden/data: what an independent PyTorch implementation computed in float64.
 *
 * Tolerances are relative to the largest value of an array. A float has 6e-8; a unit's z sums 13 or 20 products, its
 * goodness squares z, its gradient sums 12 or 16 rows: some ten roundings each way, hence TIGHT. A trajectory feeds its
 * own errors back for ten steps, and Adam divides by gradients that may be small: hence LOOSE. A wrong term, factor,
 * order or gate shows in the first two or three digits. */
#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/kernel_sets.h"
#include "model/optimizer.h"
#include "support/golden.h"
#include "support/toy.h"

static const double TIGHT = 3e-6, LOOSE = 5e-6;

static const char *const REDUCE_NAMES[] = {[FF_REDUCE_PAIRS] = "pairs", [FF_REDUCE_ROWS] = "rows"};

enum { I = 13, O = 11, PAIRS = 6 };

static void normalisation_is_right(void)
{
	enum { R = 6, N = 17 };
	static const char *const NORMS[] = {[FF_NORM_L2] = "l2", [FF_NORM_RMS] = "rms"};
	static const char *const EPS[] = {"small", "seed", "large"};
	struct golden g;
	if (!golden_open(&g, "normalize"))
		return;
	float y[R * N], out[R * N], sums[R];
	golden_floats(y, golden_values(&g, R, N, "y"), (size_t)R * N);
	const struct ff_kernels *kernels = ff_kernels_best();
	for (int r = 0; r < R; r++)
		sums[r] = kernels->sum_square(y + r * N, N);
	golden_near(sums, golden_values(&g, 1, R, "sum_square"), R, TIGHT, "sums of squares");
	for (int kind = 0; kind < 6; kind++) {
		enum ff_norm norm = kind < 3 ? FF_NORM_L2 : FF_NORM_RMS;
		const double *wanted = golden_values(&g, R, N, "%s.%s.out", NORMS[norm], EPS[kind % 3]);
		double eps = golden_number(&g, "%s.%s.eps", NORMS[norm], EPS[kind % 3]);
		for (int threads = 1; threads <= 2; threads++) {
			ff_scenario("%s, %s eps, %d threads", NORMS[norm], EPS[kind % 3], threads);
			ff_normalize(kernels, &(struct ff_team){threads}, norm, eps, y, sums, R, N, out);
			for (int r = 0; r < R; r++) /* by row: their sizes differ */
				golden_near(out + r * N, wanted + r * N, N, TIGHT, "row %d", r);
		}
	}
	golden_close(&g);
}

static void set_optimizer(struct golden *g, struct ff_experiment *e, const char *name)
{
	e->optimizer.kind = strncmp(name, "adam", 4) == 0 ? FF_ADAM : FF_SGD;
	if (e->optimizer.kind == FF_ADAM) {
		e->optimizer.beta1 = golden_number(g, "%s.beta1", name);
		e->optimizer.beta2 = golden_number(g, "%s.beta2", name);
		e->optimizer.epsilon = golden_number(g, "%s.epsilon", name);
	} else {
		e->optimizer.momentum = golden_number(g, "%s.momentum", name);
	}
}

/* Compares how far the parameters moved, as an error in the optimizer shows there. A weight near 1 stores its move with
 * an error of 6e-8 for each step. */
static void near_move(const float *got, const double *wanted, const double *start, size_t n, double tolerance,
                      const char *what)
{
	float moved[256];
	double wanted_move[256];
	for (size_t i = 0; i < n; i++) {
		moved[i] = (float)((double)got[i] - start[i]);
		wanted_move[i] = wanted[i] - start[i];
	}
	golden_near(moved, wanted_move, n, tolerance, "%s", what);
}

static void one_optimizer(struct golden *g, const char *name, int threads)
{
	const double *weight = golden_values(g, I, O, "W"), *bias = golden_values(g, 1, O, "b");
	const double *gradients = golden_values(g, 6, I * O + O, "gradients"),
	             *factors = golden_values(g, 1, 6, "factors");
	struct ff_experiment e = toy_experiment(O, 1);
	struct toy toy;
	ff_scenario("%s, %d threads", name, threads);
	set_optimizer(g, &e, name);
	e.layers[0].rate = golden_number(g, "%s.rate", name);
	e.layers[0].decay = golden_number(g, "%s.decay", name);
	if (!toy_open(&toy, &e, 0, I, 1))
		return;
	toy_set(&toy, weight, bias);
	for (size_t t = 0; t < 6; t++) {
		golden_floats(toy.layer.parameters.gradient, gradients + t * (I * O + O), I * O + O);
		ff_layer_update(&toy.layer, &(struct ff_team){threads}, 1, factors[t]);
		if (t != 0 && t != 5)
			continue;
		near_move(ff_layer_weight(&toy.layer), golden_values(g, I, O, "%s.W%zu", name, t + 1), weight,
		          (size_t)I * O, LOOSE, "W's move");
		near_move(ff_layer_bias(&toy.layer), golden_values(g, 1, O, "%s.b%zu", name, t + 1), bias, O, 1e-5,
		          "b's move");
	}
	toy_close(&toy);
}

static void optimizers_are_right(void)
{
	static const char *const NAMES[] = {"adam", "adam_decay", "sgd", "sgd_decay"};
	struct golden g;
	if (!golden_open(&g, "optimizer"))
		return;
	for (int i = 0; i < 8; i++)
		one_optimizer(&g, NAMES[i / 2], 1 + i % 2);
	golden_close(&g);
}

static void one_peer(struct golden *g, enum ff_reduce reduce, int threads, size_t tile)
{
	const char *name = REDUCE_NAMES[reduce];
	struct ff_experiment e = toy_experiment(O, 1);
	struct toy toy;
	e.objective.goodness = FF_SUM_SQUARE;
	e.objective.reduce = reduce;
	e.optimizer.kind = FF_SGD;
	e.optimizer.momentum = golden_number(g, "all.momentum");
	e.layers[0].rate = golden_number(g, "all.rate");
	e.layers[0].threshold = golden_number(g, "all.theta");
	e.layers[0].peer = golden_number(g, "all.peer");
	float x[6 * PAIRS * I];
	golden_floats(x, golden_values(g, 6 * PAIRS, I, "x"), 6 * PAIRS * I);
	if (!toy_open(&toy, &e, 0, I, PAIRS))
		return;
	toy_set(&toy, golden_values(g, I, O, "W"), golden_values(g, 1, O, "b"));
	for (int batch = 0; batch < 3; batch++) {
		struct ff_team team = {threads};
		ff_scenario("reduced by %s, %d threads, tiles of %zu pairs, batch %d", name, threads, tile, batch);
		struct ff_tile_sums sums = toy_learn(&toy, &team, x + batch * 2 * PAIRS * I, PAIRS, tile);
		ff_layer_update(&toy.layer, &team, PAIRS, 1);
		double loss = golden_number(g, "%s.loss%d", name, batch);
		CHECK_NEAR(sums.loss / PAIRS, loss, TIGHT * loss);
		golden_near(ff_layer_weight(&toy.layer), golden_values(g, I, O, "%s.W%d", name, batch), (size_t)I * O,
		            TIGHT, "W");
		golden_near(ff_layer_bias(&toy.layer), golden_values(g, 1, O, "%s.b%d", name, batch), O, TIGHT, "b");
		golden_near(toy.layer.peer_mean, golden_values(g, 1, O, "%s.m%d", name, batch), O, TIGHT, "peer mean");
	}
	toy_close(&toy);
}

static void peer_normalisation_is_right(void)
{
	struct golden g;
	if (!golden_open(&g, "peer"))
		return;
	for (int reduce = 0; reduce < 2; reduce++) {
		for (size_t tile = PAIRS; tile; tile -= 2) /* 6; 4 and 2; 2, 2 and 2 */
			one_peer(&g, (enum ff_reduce)reduce, 1, tile);
		one_peer(&g, (enum ff_reduce)reduce, 2, 4);
	}
	golden_close(&g);
}

/* ---- ten steps of a net ---- */

enum { INPUTS = 20, BATCH = 8, BATCHES = 2, EPOCHS = 5 };
static const size_t WIDTH[] = {INPUTS, 12, 9};

static const struct trajectory {
	const char *name;
	enum ff_norm norm;
	enum ff_goodness_kind goodness;
	enum ff_loss_kind loss;
	enum ff_rate_schedule schedule;
	bool width, peer;
} TRAJECTORIES[] = {
    {"adam_l2_mean_logistic", FF_NORM_L2, FF_MEAN_SQUARE, FF_LOGISTIC, FF_CONSTANT, false, false},
    {"sgd_rms_sum_width_peer", FF_NORM_RMS, FF_SUM_SQUARE, FF_LOGISTIC, FF_COOLDOWN, true, true},
    {"adam_rms_mean_swish", FF_NORM_RMS, FF_MEAN_SQUARE, FF_SWISH, FF_CONSTANT, false, false},
    {"sgd_l2_mean_symba", FF_NORM_L2, FF_MEAN_SQUARE, FF_SYMBA, FF_CONSTANT, false, false},
};

static struct ff_experiment trajectory_experiment(struct golden *g, const struct trajectory *t)
{
	struct ff_experiment e = toy_experiment((int)WIDTH[1], (int)WIDTH[2]);
	set_optimizer(g, &e, t->name);
	e.optimizer.schedule = t->schedule;
	e.objective.goodness = t->goodness;
	e.objective.loss = t->loss;
	if (t->loss != FF_LOGISTIC)
		e.objective.alpha = golden_number(g, "%s.alpha", t->name);
	for (int l = 0; l < 2; l++) {
		struct ff_layer_config *layer = &e.layers[l];
		layer->normalize = t->norm;
		layer->eps = golden_number(g, "%s.eps", t->name);
		layer->rate = golden_number(g, "%s.rate", t->name);
		layer->decay = t->peer ? golden_number(g, "%s.decay", t->name) : 0;
		layer->peer = t->peer ? golden_number(g, "%s.peer", t->name) : 0;
		if (t->loss == FF_LOGISTIC)
			layer->threshold = t->width ? FF_THRESHOLD_WIDTH : golden_number(g, "%s.theta", t->name);
	}
	return e;
}

/* One mini-batch through both layers; each passes on what it computed before its update. */
static void step(struct golden *g, const struct trajectory *t, struct toy toys[2], const float *raw, int s,
                 const struct ff_team *team, size_t tile)
{
	float x[2 * BATCH * INPUTS], sums[2 * BATCH];
	const struct ff_layer_config *config = toys[0].layer.config;
	const struct ff_kernels *kernels = toys[0].layer.kernels;
	for (size_t r = 0; r < 2 * BATCH; r++)
		sums[r] = kernels->sum_square(raw + r * INPUTS, INPUTS);
	ff_normalize(kernels, team, config->normalize, config->eps, raw, sums, 2 * BATCH, INPUTS, x);
	for (size_t l = 0; l < 2; l++) {
		struct toy *toy = &toys[l];
		struct ff_tile_sums got = toy_learn(toy, team, x, BATCH, tile);
		double loss = golden_values(g, BATCHES * EPOCHS, 2, "%s.loss", t->name)[2 * s + (int)l];
		double positive = golden_values(g, BATCHES * EPOCHS, 2, "%s.positive", t->name)[2 * s + (int)l];
		double negative = golden_values(g, BATCHES * EPOCHS, 2, "%s.negative", t->name)[2 * s + (int)l];
		CHECK_NEAR(got.loss / BATCH, loss, LOOSE); /* losses are of order 1; swish's cross 0 */
		CHECK_NEAR(got.positive / BATCH, positive, LOOSE * positive);
		CHECK_NEAR(got.negative / BATCH, negative, LOOSE * negative);
		ff_normalize(kernels, team, config->normalize, config->eps, toy->y, toy->sum_square, 2 * BATCH,
		             WIDTH[l + 1], x);
	}
	for (int l = 0; l < 2; l++)
		ff_layer_update(&toys[l].layer, team, BATCH, ff_rate_factor(t->schedule, s / BATCHES + 1, EPOCHS));
}

static void check_end(struct golden *g, const struct trajectory *t, const struct toy *toy, int l)
{
	size_t inputs = WIDTH[l], outputs = WIDTH[l + 1];
	near_move(ff_layer_weight(&toy->layer), golden_values(g, inputs, outputs, "%s.W%d.last", t->name, l),
	          golden_values(g, inputs, outputs, "%s.W%d.first", t->name, l), inputs * outputs, LOOSE, "W's move");
	near_move(ff_layer_bias(&toy->layer), golden_values(g, 1, outputs, "%s.b%d.last", t->name, l),
	          golden_values(g, 1, outputs, "%s.b%d.first", t->name, l), outputs, LOOSE, "b's move");
	if (t->peer)
		golden_near(toy->layer.peer_mean, golden_values(g, 1, outputs, "%s.m%d.last", t->name, l), outputs,
		            LOOSE, "peer mean");
}

static void one_trajectory(struct golden *g, const struct trajectory *t, int threads, size_t tile)
{
	enum { ROWS = BATCHES * 2 * BATCH };
	struct ff_experiment e = trajectory_experiment(g, t);
	struct toy toys[2] = {0};
	float rows[ROWS * INPUTS];
	golden_floats(rows, golden_values(g, ROWS, INPUTS, "rows"), (size_t)ROWS * INPUTS);
	for (int l = 0; l < 2; l++) {
		if (!toy_open(&toys[l], &e, l, WIDTH[l], BATCH))
			return;
		toy_set(&toys[l], golden_values(g, WIDTH[l], WIDTH[l + 1], "%s.W%d.first", t->name, l),
		        golden_values(g, 1, WIDTH[l + 1], "%s.b%d.first", t->name, l));
	}
	for (int s = 0; s < BATCHES * EPOCHS; s++) {
		ff_scenario("%s, %d threads, tiles of %zu pairs, step %d", t->name, threads, tile, s);
		step(g, t, toys, rows + (size_t)(s % BATCHES) * 2 * BATCH * INPUTS, s, &(struct ff_team){threads},
		     tile);
	}
	for (int l = 0; l < 2; l++) {
		ff_scenario("%s, %d threads, tiles of %zu pairs, layer %d at the end", t->name, threads, tile, l);
		check_end(g, t, &toys[l], l);
		toy_close(&toys[l]);
	}
}

static void trajectories_are_right(void)
{
	struct golden g;
	if (!golden_open(&g, "trajectory"))
		return;
	for (size_t i = 0; i < sizeof TRAJECTORIES / sizeof *TRAJECTORIES; i++) {
		one_trajectory(&g, &TRAJECTORIES[i], 1, BATCH);
		one_trajectory(&g, &TRAJECTORIES[i], 1, 3); /* 3, 3 and 2 */
		one_trajectory(&g, &TRAJECTORIES[i], 2, BATCH);
	}
	golden_close(&g);
}

/* ---- the reader ---- */

static void damaged_files_are_refused(void)
{
	static const char *const DAMAGED[] = {
	    "",
	    "array a 1 2\n1 2\n",                        /* no end */
	    "array a 1 2\n1 2\nend 2\n",                 /* an array is missing */
	    "array a 1 2\n1 2\nend 1\nend 1\n",          /* more after the end */
	    "array a 1 2\n1\nend 1\n",                   /* a number is missing */
	    "array a 1 2\n1 2 3\nend 1\n",               /* one too many */
	    "array a 1 2\n1 x\nend 1\n",                 /* no number */
	    "array a 1 1\nnan\nend 1\n",                 /* not finite */
	    "array a 1 1\n1e999\nend 1\n",               /* out of range */
	    "array a 2 1\n1\nend 1\n",                   /* a row is missing */
	    "array a 0 1\nend 1\n",                      /* empty */
	    "array a 1 1\n1\narray a 1 1\n1\nend 2\n",   /* twice */
	    "array a 9999999999 9999999999\n1\nend 1\n", /* too large */
	    "array a 1 1\n1\nend 1",                     /* cut in the last line */
	};
	static const char GOOD[] = "# c\narray a 1 2\n1 -2.5e-3\narray b 1 1\n0\nend 2\n";
	struct golden g;
	char path[] = "/tmp/ff_golden_XXXXXX", why[256];
	int file = mkstemp(path);
	CHECK(file >= 0);
	for (size_t i = 0; i < sizeof DAMAGED / sizeof *DAMAGED; i++) {
		CHECK(ftruncate(file, 0) == 0);
		CHECK(pwrite(file, DAMAGED[i], strlen(DAMAGED[i]), 0) == (ssize_t)strlen(DAMAGED[i]));
		ff_scenario("%s", DAMAGED[i]);
		CHECK(!golden_read(&g, path, why));
	}
	CHECK(pwrite(file, GOOD, sizeof GOOD - 1, 0) == sizeof GOOD - 1);
	if (CHECK(golden_read(&g, path, why)))
		CHECK_NEAR(golden_values(&g, 1, 2, "a")[1], -2.5e-3, 0);
	golden_close(&g);
	close(file);
	unlink(path);
}

FF_TESTS("golden", {"damaged golden files are refused", damaged_files_are_refused},
         {"both norms", normalisation_is_right}, {"both optimizers", optimizers_are_right},
         {"peer normalisation", peer_normalisation_is_right}, {"ten steps of four nets", trajectories_are_right})

/* A layer's bits depend on the experiment alone, never on the number of threads or on the other rows. */
#include "support/harness.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "model/kernel_sets.h"
#include "product/gemm.h"
#include "support/toy.h"

/* Sizes that no team and no vector length divides, large enough that ten threads share every kind of work. */
enum { I = 371, O = 293, PAIRS = 300, P = I * O + O, ROWS = 2 * PAIRS, STEPS = 2 };

static const int THREADS[] = {1, 2, 3, 10};

static struct ff_experiment experiment_of(enum ff_optimizer_kind kind, double peer)
{
	struct ff_experiment e = toy_experiment(O, O);
	e.optimizer.kind = kind;
	e.layers[0].peer = peer;
	e.layers[0].decay = 0.01;
	e.layers[0].init = kind == FF_ADAM ? FF_INIT_NORMAL : FF_INIT_UNIFORM;
	e.objective.goodness = kind == FF_ADAM ? FF_MEAN_SQUARE : FF_SUM_SQUARE;
	e.objective.loss = kind == FF_ADAM ? FF_SWISH : FF_LOGISTIC;
	return e;
}

/* Everything a few steps of training leave behind. */
struct trace {
	float start[P], parameters[P], gradient[P], state1[P], state2[P], mean[O];
	float y[ROWS * O], sum_square[ROWS], goodness[ROWS], normal[ROWS * O];
	struct ff_tile_sums sums[STEPS];
};

static void train(const struct ff_experiment *e, const struct ff_team *team, struct trace *trace)
{
	struct toy toy;
	static float x[ROWS * I];
	memset(trace, 0, sizeof *trace);
	if (!toy_open(&toy, e, 0, I, PAIRS))
		return;
	struct ff_layer *layer = &toy.layer;
	toy_normal(x, ROWS * I, 1, 1);
	memset(layer->parameters.value, 0, sizeof trace->parameters);
	ff_layer_init(layer, team);
	memcpy(trace->start, layer->parameters.value, sizeof trace->start);
	for (int s = 0; s < STEPS; s++) {
		trace->sums[s] = toy_learn(&toy, team, x, PAIRS, 160); /* 160 and 140 */
		ff_layer_update(layer, team, PAIRS, 0.9);
	}
	ff_layer_forward(layer, team, (struct ff_layer_input){.x = x}, ROWS, trace->y, trace->sum_square,
	                 trace->goodness);
	ff_normalize(layer->kernels, team, FF_NORM_L2, 1e-4, trace->y, trace->sum_square, ROWS, O, trace->normal);
	memcpy(trace->parameters, layer->parameters.value, sizeof trace->parameters);
	memcpy(trace->gradient, layer->parameters.gradient, sizeof trace->gradient);
	memcpy(trace->state1, layer->parameters.state1, sizeof trace->state1);
	if (layer->parameters.state2)
		memcpy(trace->state2, layer->parameters.state2, sizeof trace->state2);
	if (layer->peer_mean)
		memcpy(trace->mean, layer->peer_mean, sizeof trace->mean);
	toy_close(&toy);
}

static void compare(const struct trace *one, const struct trace *many)
{
#define FIELD(name)                                                                                                    \
	{                                                                                                              \
#name, offsetof(struct trace, name), sizeof one->name                                                  \
	}
	static const struct {
		const char *name;
		size_t at, size;
	} FIELDS[] = {FIELD(start),      FIELD(sums), FIELD(gradient),   FIELD(state1),   FIELD(state2), FIELD(mean),
	              FIELD(parameters), FIELD(y),    FIELD(sum_square), FIELD(goodness), FIELD(normal)};
#undef FIELD
	for (size_t f = 0; f < sizeof FIELDS / sizeof *FIELDS; f++) {
		char text[64];
		snprintf(text, sizeof text, "%s is the same", FIELDS[f].name);
		ff_check(memcmp((const char *)one + FIELDS[f].at, (const char *)many + FIELDS[f].at, FIELDS[f].size) ==
		             0,
		         text, __FILE__, __LINE__);
	}
}

static void threads_do_not_change_a_bit(void)
{
	static struct trace one, many;
	for (int kind = 0; kind < 4; kind++) {
		struct ff_experiment e = experiment_of((enum ff_optimizer_kind)(kind % 2), 0.1);
		if (kind >= 2) {
			e.objective.goodness = FF_TOP_K;
			e.objective.k = 17;
			e.objective.direction = FF_MINIMISE;
			e.layers[0].dropout = 0.2;
		}
		train(&e, &(struct ff_team){1}, &one);
		CHECK(memcmp(one.start, one.parameters, sizeof one.start) != 0);
		for (size_t t = 0; t < sizeof THREADS / sizeof *THREADS; t++) {
			ff_scenario("%s%s, %d threads", kind % 2 ? "sgd" : "adam", kind < 2 ? "" : ", top_k, dropout",
			            THREADS[t]);
			train(&e, &(struct ff_team){THREADS[t]}, &many);
			compare(&one, &many);
		}
	}
}

/* The same row alone, in a batch, and in another place of a batch. */
static void a_row_does_not_depend_on_its_batch(void)
{
	struct ff_experiment e = experiment_of(FF_ADAM, 0);
	struct toy toy;
	enum { MANY = 50 };
	static float x[MANY * I], y[MANY * O], alone[MANY * O], sums[MANY], goodness[MANY], sum1[MANY], goodness1[MANY];
	if (!toy_open(&toy, &e, 0, I, 1))
		return;
	toy_normal(x, (size_t)MANY * I, 1, 3);
	ff_layer_forward(&toy.layer, &(struct ff_team){2}, (struct ff_layer_input){.x = x}, MANY, y, sums, goodness);
	for (size_t first = 0; first < MANY; first += 6)
		for (size_t rows = 1; rows <= 5 && first + rows <= MANY; rows += 2) {
			ff_scenario("%zu rows from row %zu", rows, first);
			ff_layer_forward(&toy.layer, &(struct ff_team){1}, (struct ff_layer_input){.x = x + first * I},
			                 rows, alone, sum1, goodness1);
			CHECK(memcmp(alone, y + first * O, rows * O * sizeof *y) == 0);
			CHECK(memcmp(sum1, sums + first, rows * sizeof *sums) == 0);
			CHECK(memcmp(goodness1, goodness + first, rows * sizeof *goodness) == 0);
		}
	toy_close(&toy);
}

static void normalising_in_place_is_the_same(void)
{
	static float y[ROWS * O], out[ROWS * O], sums[ROWS];
	const struct ff_kernels *kernels = ff_kernels_best();
	toy_normal(y, ROWS * O, 1, 4);
	for (size_t r = 0; r < ROWS; r++)
		sums[r] = kernels->sum_square(y + r * O, O);
	ff_normalize(kernels, &(struct ff_team){1}, FF_NORM_RMS, 1e-4, y, sums, ROWS, O, out);
	ff_normalize(kernels, &(struct ff_team){2}, FF_NORM_RMS, 1e-4, y, sums, ROWS, O, y);
	CHECK(memcmp(out, y, sizeof y) == 0);
}

/* ff_layer_init() leaves nothing of an earlier training. */
static void init_starts_anew(void)
{
	struct ff_experiment e = experiment_of(FF_ADAM, 0.1);
	struct toy toy;
	static float x[ROWS * I], start[P], after[P];
	if (!toy_open(&toy, &e, 0, I, PAIRS))
		return;
	toy_normal(x, ROWS * I, 1, 1);
	for (int round = 0; round < 2; round++) {
		ff_layer_init(&toy.layer, &(struct ff_team){1});
		toy_learn(&toy, &(struct ff_team){1}, x, PAIRS, PAIRS);
		ff_layer_update(&toy.layer, &(struct ff_team){1}, PAIRS, 1);
		memcpy(round ? after : start, toy.layer.parameters.value, sizeof start);
	}
	CHECK(memcmp(start, after, sizeof start) == 0);
	toy_close(&toy);
}

/* ff_layer_step() equals gradient and update. 200 pairs take the step block by block, 300 after the whole gradient. */
static void a_step_is_gradient_and_update(void)
{
	static float x[ROWS * I];
	toy_normal(x, ROWS * I, 1, 1);
	for (int variant = 0; variant < 16; variant++) {
		struct ff_experiment e = experiment_of(variant & 1 ? FF_ADAM : FF_SGD, variant & 2 ? 0.1 : 0);
		size_t pairs = variant & 4 ? PAIRS : 200;
		e.mode = variant & 8 ? FF_UNSUPERVISED : FF_SUPERVISED; /* with W in panels, and not */
		ff_scenario("%s, peer %g, %zu pairs, %s", variant & 1 ? "adam" : "sgd", e.layers[0].peer, pairs,
		            variant & 8 ? "panels" : "row-major");
		struct ff_layer_input input = {.x = x};
		struct toy two, one;
		if (!toy_open(&two, &e, 0, I, pairs) || !toy_open(&one, &e, 0, I, pairs))
			return;
		for (int s = 0; s < STEPS; s++) {
			struct ff_layer *layers[] = {&two.layer, &one.layer};
			struct toy *toys[] = {&two, &one};
			for (int k = 0; k < 2; k++) {
				struct ff_team team = {1 + 2 * k};
				ff_layer_forward(layers[k], &team, (struct ff_layer_input){.x = x}, 2 * pairs,
				                 toys[k]->y, toys[k]->sum_square, toys[k]->goodness);
				(void)ff_layer_learn(layers[k], &team, input, toys[k]->y, toys[k]->goodness, pairs,
				                     pairs, true);
				if (k)
					ff_layer_step(layers[k], &team, input, toys[k]->y, pairs, 0.9);
				else
					ff_layer_gradient(layers[k], &team, input, toys[k]->y, pairs, true);
			}
			ff_layer_update(&two.layer, &(struct ff_team){1}, pairs, 0.9);
		}
		CHECK(memcmp(one.layer.parameters.value, two.layer.parameters.value, P * sizeof(float)) == 0);
		CHECK(memcmp(one.layer.parameters.state1, two.layer.parameters.state1, P * sizeof(float)) == 0);
		CHECK(!one.layer.parameters.state2 ||
		      memcmp(one.layer.parameters.state2, two.layer.parameters.state2, P * sizeof(float)) == 0);
		CHECK(!one.layer.peer_mean || memcmp(one.layer.peer_mean, two.layer.peer_mean, O * sizeof(float)) == 0);
		CHECK_INT(one.layer.parameters.step, STEPS);
		toy_close(&two);
		toy_close(&one);
	}
}

/* How many parameters differ, between W in panels in a and row-major in b. */
static size_t differences(struct ff_panels panels, const float *a, const float *b)
{
	size_t n = 0;
	for (size_t i = 0; i < I; i++)
		for (size_t j = 0; j < O; j++)
			n += memcmp(&a[ff_panel_at(panels, i, j)], &b[i * O + j], sizeof *b) != 0;
	return n + (memcmp(a + (size_t)I * O, b + (size_t)I * O, O * sizeof *b) != 0); /* the bias */
}

/* Weights in panels and row-major weights: with dense inputs and with mostly zero inputs, which take another product;
 * with a team and with one thread. */
static void panels_keep_every_bit(void)
{
	static float x[ROWS * I];
	for (int variant = 0; variant < 8; variant++) {
		enum { FEW = 120 };
		struct ff_experiment e = experiment_of(variant & 1 ? FF_ADAM : FF_SGD, variant & 2 ? 0.1 : 0);
		struct ff_layer_input input = {.x = x};
		struct toy toys[2];
		toy_normal(x, ROWS * I, 1, 1);
		for (size_t i = 0; variant & 4 && i < ROWS * I; i++)
			x[i] = i % 7 ? 0 : x[i];
		e.mode = FF_UNSUPERVISED;
		ff_scenario("%s, peer %g, %s inputs", variant & 1 ? "adam" : "sgd", e.layers[0].peer,
		            variant & 4 ? "sparse" : "dense");
		if (!toy_open(&toys[0], &e, 0, I, FEW) || !toy_open(&toys[1], &e, 0, I, FEW))
			return;
		struct ff_panels panels = ff_layer_panels(&toys[0].layer);
		CHECK_INT(toys[0].layer.panel, ff_gemm_panel(2 * FEW));
		toys[1].layer.panel = 0;
		ff_layer_init(&toys[1].layer, &(struct ff_team){1});
		CHECK_INT(differences(panels, toys[0].layer.parameters.value, toys[1].layer.parameters.value), 0);
		for (int s = 0; s < STEPS; s++)
			for (int k = 0; k < 2; k++) {
				struct ff_layer *layer = &toys[k].layer;
				struct ff_team team = {k ? 1 : 3};
				ff_layer_forward(layer, &team, (struct ff_layer_input){.x = x}, 2 * FEW, toys[k].y,
				                 toys[k].sum_square, toys[k].goodness);
				(void)ff_layer_learn(layer, &team, input, toys[k].y, toys[k].goodness, FEW, FEW, true);
				ff_layer_step(layer, &team, input, toys[k].y, FEW, 0.9);
			}
		CHECK_INT(differences(panels, toys[0].layer.parameters.value, toys[1].layer.parameters.value), 0);
		CHECK_INT(differences(panels, toys[0].layer.parameters.state1, toys[1].layer.parameters.state1), 0);
		if (variant & 1)
			CHECK_INT(differences(panels, toys[0].layer.parameters.state2, toys[1].layer.parameters.state2),
			          0);
		CHECK(memcmp(toys[0].y, toys[1].y, 2 * (size_t)FEW * O * sizeof(float)) == 0);
		toy_close(&toys[0]);
		toy_close(&toys[1]);
	}
}

/* Does the layer name the columns of delta that are not 0, block by block of rows? */
static bool names_live_columns(const struct ff_layer *layer, const float *delta)
{
	for (size_t first = 0; first < ROWS; first += FF_LIVE_ROWS)
		for (size_t j = 0; j < layer->outputs; j++) {
			uint32_t word = ff_live_word(layer->live, layer->outputs, first, first, j);
			bool is_live = false;
			for (size_t r = first; r < ROWS && r < first + FF_LIVE_ROWS; r++)
				is_live = is_live || delta[r * layer->outputs + j] != 0;
			if ((word >> j % FF_LIVE_COLUMNS & 1) != is_live)
				return false;
		}
	return true;
}

/* Learns twice from x as one tile, with every third unit dead; `few`: most rows have no gradient. */
static void learn_with_dead_units(struct toy *toy, const struct ff_team *team, const float *x, bool few)
{
	enum { TEACH = 71 };
	struct ff_layer *layer = &toy->layer;
	struct ff_layer_input input = {.x = x};
	for (size_t j = 0; j < layer->outputs; j += 3)
		ff_layer_bias(layer)[j] = -100;
	ff_layer_forward(layer, team, (struct ff_layer_input){.x = x}, ROWS, toy->y, toy->sum_square, toy->goodness);
	for (size_t r = 0; few && r < ROWS; r++) /* so far beyond the threshold that the gradient is 0 */
		if (r % PAIRS >= TEACH)
			toy->goodness[r] = r < PAIRS ? 1e6F : -1e6F;
	(void)ff_layer_learn(layer, team, input, toy->y, toy->goodness, PAIRS, PAIRS, true);
	ff_layer_gradient(layer, team, input, toy->y, PAIRS, true);
	ff_layer_gradient(layer, team, input, toy->y, PAIRS, false); /* adds to the sums */
	CHECK(layer->n_busy == (few ? 2 * TEACH : ROWS));
}

/* Compares with the same layer without the list of live units. A wide layer's deltas are summed in parts. */
static void dead_units_are_left_out(void)
{
	enum { FEW_INPUTS = 20, WIDE = 2 * 1024 + 37 };
	static float x[ROWS * I];
	toy_normal(x, ROWS * I, 1, 1);
	for (int variant = 0; variant < 8; variant++) {
		struct ff_experiment e = experiment_of(FF_ADAM, 0);
		size_t inputs = variant & 4 ? FEW_INPUTS : I, outputs = variant & 4 ? WIDE : O;
		struct toy toys[2];
		e.mode = FF_UNSUPERVISED;
		e.layers[0].width = (int)outputs;
		ff_scenario("%zu x %zu, %d threads, %s rows learn", inputs, outputs, variant & 1 ? 3 : 1,
		            variant & 2 ? "few" : "all");
		if (!toy_open(&toys[0], &e, 0, inputs, PAIRS) || !toy_open(&toys[1], &e, 0, inputs, PAIRS))
			return;
		CHECK((toys[0].layer.live != NULL) == ff_gemm_takes_live(outputs, ROWS));
		toys[1].layer.live = NULL;
		learn_with_dead_units(&toys[0], &(struct ff_team){variant & 1 ? 3 : 1}, x, variant & 2);
		learn_with_dead_units(&toys[1], &(struct ff_team){1}, x, variant & 2);
		CHECK(!toys[0].layer.live || names_live_columns(&toys[0].layer, toys[0].y));
		CHECK(memcmp(toys[0].layer.parameters.gradient, toys[1].layer.parameters.gradient,
		             (inputs + 1) * outputs * sizeof(float)) == 0);
		toy_close(&toys[0]);
		toy_close(&toys[1]);
	}
}

FF_TESTS("layer", {"threads do not change a bit", threads_do_not_change_a_bit},
         {"a row does not depend on its batch", a_row_does_not_depend_on_its_batch},
         {"normalising in place is the same", normalising_in_place_is_the_same}, {"init starts anew", init_starts_anew},
         {"a step is gradient and update", a_step_is_gradient_and_update},
         {"panels keep every bit", panels_keep_every_bit}, {"dead units are left out", dead_units_are_left_out})

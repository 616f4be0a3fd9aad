/* The softmax head: against PyTorch (tests/golden/data/head.txt), finite differences, thread counts. */
#include "support/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/head.h"
#include "support/golden.h"
#include "support/toy.h"

static const struct ff_team ALONE = {1};

/* A head with its memory. */
struct subject {
	struct ff_arena arena;
	struct ff_head head;
	float *logits;
};

/* Three layers, of which the head reads the first and the last, of the given widths. */
static struct ff_experiment experiment_of(int width0, int width2, enum ff_optimizer_kind kind)
{
	struct ff_experiment e = toy_experiment(width0, 31);
	e.n_layers = 3;
	e.layers[2] = e.layers[0];
	e.layers[2].width = width2;
	e.head.when = FF_HEAD_TOGETHER;
	e.head.layers.bits[0] = 5;
	e.head.optimizer = kind;
	e.optimizer.kind = kind == FF_ADAM ? FF_SGD : FF_ADAM; /* the head must not use the layers' optimizer */
	return e;
}

static void lay_out(struct subject *s, const struct ff_experiment *e, size_t classes, size_t rows)
{
	ff_head_layout(&s->head, &s->arena, e, classes, rows);
	s->logits = ff_arena_take(&s->arena, rows, classes * sizeof(float));
}

static bool subject_open(struct subject *s, const struct ff_experiment *e, size_t classes, size_t rows)
{
	*s = (struct subject){0};
	lay_out(s, e, classes, rows);
	size_t measured = s->arena.used;
	if (!CHECK(ff_arena_init(&s->arena, NULL) == FF_OK))
		return false;
	memset(s->arena.base, 0x5a, s->arena.size); /* a head must not rely on zeroed memory */
	lay_out(s, e, classes, rows);
	CHECK_INT(s->arena.used, measured);
	CHECK_INT(s->head.n_parts, 2);
	CHECK((s->head.parameters.state2 == NULL) == (e->head.optimizer == FF_SGD));
	ff_head_init(&s->head);
	return true;
}

/* Forward and learn on `rows` rows in tiles of at most `tile`; returns the sums. */
static struct ff_head_sums learn(struct subject *s, const struct ff_team *team, const float *const parts[2],
                                 const uint8_t *labels, size_t rows, size_t tile)
{
	struct ff_head_sums total = {0};
	for (size_t r = 0; r < rows; r += tile) {
		size_t n = rows - r < tile ? rows - r : tile;
		const float *here[] = {parts[0] + r * s->head.widths[0], parts[1] + r * s->head.widths[1]};
		float *logits = s->logits + r * s->head.classes;
		ff_head_logits(&s->head, team, here, n, logits);
		struct ff_head_sums sums = ff_head_learn(&s->head, team, here, n, logits, labels + r, rows, r == 0);
		total.loss += sums.loss;
		total.wrong += sums.wrong;
		total.rows += sums.rows;
	}
	return total;
}

/* ---- golden values; tolerances as in test_golden.c ---- */

enum { W0 = 7, W1 = 12, IN = W0 + W1, C = 5, ROWS = 9, STEPS = 8 };
static const double TIGHT = 3e-6, LOOSE = 5e-6;

static void check_step(struct golden *g, const struct subject *s, const char *name, int step)
{
	size_t n = (size_t)IN * C;
	if (step == 1 || step == STEPS - 1) {
		golden_near(s->logits, golden_values(g, ROWS, C, "%s.logits%d", name, step), (size_t)ROWS * C, LOOSE,
		            "%s: logits %d", name, step);
		golden_near(s->head.parameters.gradient, golden_values(g, IN, C, "%s.dW%d", name, step), n, LOOSE,
		            "%s: dW %d", name, step);
		golden_near(s->head.parameters.gradient + n, golden_values(g, 1, C, "%s.db%d", name, step), C, LOOSE,
		            "%s: db %d", name, step);
	}
}

static void check_update(struct golden *g, const struct subject *s, const char *name, int step)
{
	size_t n = (size_t)IN * C;
	if (step == 0 || step == STEPS - 1) {
		golden_near(s->head.parameters.value, golden_values(g, IN, C, "%s.W%d", name, step), n, LOOSE,
		            "%s: W %d", name, step);
		golden_near(s->head.parameters.value + n, golden_values(g, 1, C, "%s.b%d", name, step), C, LOOSE,
		            "%s: b %d", name, step);
	}
}

static void set_constants(struct golden *g, struct ff_experiment *e, const char *name)
{
	e->head.rate = golden_number(g, "%s.rate", name);
	e->head.decay = golden_number(g, "%s.decay", name);
	if (e->head.optimizer == FF_SGD) {
		e->optimizer.momentum = golden_number(g, "%s.momentum", name);
		return;
	}
	e->optimizer.beta1 = golden_number(g, "%s.beta1", name);
	e->optimizer.beta2 = golden_number(g, "%s.beta2", name);
	e->optimizer.epsilon = golden_number(g, "%s.epsilon", name);
}

static void one_head(struct golden *g, const char *name, enum ff_optimizer_kind kind, int threads, size_t tile)
{
	struct ff_experiment e = experiment_of(W0, W1, kind);
	struct subject s;
	struct ff_team team = {threads};
	float part0[2 * ROWS * W0], part1[2 * ROWS * W1];
	uint8_t labels[2 * ROWS];
	golden_floats(part0, golden_values(g, 2 * ROWS, W0, "part0"), (size_t)2 * ROWS * W0);
	golden_floats(part1, golden_values(g, 2 * ROWS, W1, "part1"), (size_t)2 * ROWS * W1);
	for (int r = 0; r < 2 * ROWS; r++)
		labels[r] = (uint8_t)golden_values(g, 1, 2 * ROWS, "labels")[r];
	set_constants(g, &e, name);
	if (!subject_open(&s, &e, C, ROWS))
		return;
	for (int step = 0; step < STEPS; step++) {
		ff_scenario("%s, %d threads, tiles of %zu rows, step %d", name, threads, tile, step);
		size_t at = (size_t)(step % 2) * ROWS;
		const float *parts[] = {part0 + at * W0, part1 + at * W1};
		struct ff_head_sums sums = learn(&s, &team, parts, labels + at, ROWS, tile);
		double loss = golden_values(g, 1, STEPS, "%s.loss", name)[step];
		CHECK_NEAR(sums.loss / ROWS, loss, TIGHT * loss);
		CHECK_INT(sums.rows, ROWS);
		check_step(g, &s, name, step);
		ff_head_update(&s.head, &team, golden_values(g, 1, STEPS, "factors")[step]);
		check_update(g, &s, name, step);
	}
	ff_arena_fini(&s.arena);
}

static void heads_are_right(void)
{
	struct golden g;
	if (!golden_open(&g, "head"))
		return;
	for (size_t tile = ROWS; tile; tile /= 2) { /* 9; 4, 4 and 1; 2, 2, 2, 2 and 1; nine times 1 */
		one_head(&g, "adam", FF_ADAM, 1, tile);
		one_head(&g, "sgd", FF_SGD, 1, tile);
	}
	one_head(&g, "adam", FF_ADAM, 2, ROWS);
	one_head(&g, "sgd", FF_SGD, 2, 4);
	golden_close(&g);
}

/* ---- finite differences ---- */

static double loss_in_double(const double *parameters, const float *const parts[2], const uint8_t *labels)
{
	double total = 0;
	for (int r = 0; r < ROWS; r++) {
		double z[C], sum = 0;
		for (int c = 0; c < C; c++) {
			z[c] = parameters[IN * C + c];
			for (int i = 0; i < IN; i++)
				z[c] += parameters[i * C + c] *
				        (double)(i < W0 ? parts[0][r * W0 + i] : parts[1][r * W1 + i - W0]);
			sum += exp(z[c]);
		}
		total += log(sum) - z[labels[r]];
	}
	return total / ROWS;
}

static void gradients_match_differences(void)
{
	enum { P = IN * C + C };
	struct ff_experiment e = experiment_of(W0, W1, FF_ADAM);
	struct subject s;
	float part0[ROWS * W0], part1[ROWS * W1];
	const float *parts[] = {part0, part1};
	uint8_t labels[ROWS];
	double parameters[P];
	const double h = 1e-4;
	if (!subject_open(&s, &e, C, ROWS))
		return;
	toy_normal(part0, ROWS * W0, 1, 1);
	toy_normal(part1, ROWS * W1, 1, 2);
	toy_normal(s.head.parameters.value, P, 0.5F, 3);
	for (int r = 0; r < ROWS; r++)
		labels[r] = (uint8_t)(r * 3 % C);
	for (int i = 0; i < P; i++)
		parameters[i] = (double)s.head.parameters.value[i];
	double loss = learn(&s, &ALONE, parts, labels, ROWS, ROWS).loss / ROWS;
	CHECK_NEAR(loss, loss_in_double(parameters, parts, labels), 1e-6 * loss);
	for (int i = 0; i < P; i++) {
		double kept = parameters[i];
		parameters[i] = kept + h;
		double up = loss_in_double(parameters, parts, labels);
		parameters[i] = kept - h;
		CHECK_NEAR((double)s.head.parameters.gradient[i],
		           (up - loss_in_double(parameters, parts, labels)) / (2 * h), 1e-6);
		parameters[i] = kept;
	}
	ff_arena_fini(&s.arena);
}

/* ---- bits ---- */

enum { BIG0 = 371, BIG1 = 293, CLASSES = 10, BIG_ROWS = 333, BIG_P = (BIG0 + BIG1 + 1) * CLASSES };

struct trace {
	float parameters[BIG_P], gradient[BIG_P], state1[BIG_P], logits[BIG_ROWS * CLASSES];
	double loss;
	size_t wrong;
};

static float big0[BIG_ROWS * BIG0], big1[BIG_ROWS * BIG1];
static uint8_t big_labels[BIG_ROWS];

static void fill_big(void)
{
	toy_normal(big0, BIG_ROWS * BIG0, 1, 4);
	toy_normal(big1, BIG_ROWS * BIG1, 1, 5);
	for (int r = 0; r < BIG_ROWS; r++)
		big_labels[r] = (uint8_t)(r * 7 % CLASSES);
}

static void train_big(struct trace *trace, enum ff_optimizer_kind kind, int threads, size_t tile)
{
	struct ff_experiment e = experiment_of(BIG0, BIG1, kind);
	struct subject s;
	struct ff_team team = {threads};
	const float *parts[] = {big0, big1};
	memset(trace, 0, sizeof *trace);
	e.head.rate = 0.01;
	e.head.decay = 0.02;
	if (!subject_open(&s, &e, CLASSES, BIG_ROWS))
		return;
	for (int step = 0; step < 3; step++) {
		struct ff_head_sums sums = learn(&s, &team, parts, big_labels, BIG_ROWS, tile);
		trace->loss += sums.loss;
		trace->wrong += sums.wrong;
		ff_head_update(&s.head, &team, 0.9);
	}
	memcpy(trace->parameters, s.head.parameters.value, sizeof trace->parameters);
	memcpy(trace->gradient, s.head.parameters.gradient, sizeof trace->gradient);
	memcpy(trace->state1, s.head.parameters.state1, sizeof trace->state1);
	memcpy(trace->logits, s.logits, sizeof trace->logits);
	ff_arena_fini(&s.arena);
}

static void threads_do_not_change_a_bit(void)
{
	static const int THREADS[] = {1, 2, 3, 10};
	static struct trace one, many;
	fill_big();
	for (int kind = FF_ADAM; kind <= FF_SGD; kind++) {
		train_big(&one, (enum ff_optimizer_kind)kind, 1, 160);
		CHECK(one.wrong > 0 && one.wrong < (size_t)3 * BIG_ROWS);
		for (size_t t = 0; t < sizeof THREADS / sizeof *THREADS; t++) {
			ff_scenario("%s, %d threads", kind == FF_ADAM ? "adam" : "sgd", THREADS[t]);
			train_big(&many, (enum ff_optimizer_kind)kind, THREADS[t], 160);
			CHECK(memcmp(&one, &many, sizeof one) == 0);
		}
	}
}

/* The order of a sum over rows differs, so its last bits may. */
static void tiles_make_up_their_batch(void)
{
	static struct trace whole, tiles;
	fill_big();
	train_big(&whole, FF_SGD, 1, BIG_ROWS);
	for (size_t tile = 1; tile < BIG_ROWS; tile += 100) {
		ff_scenario("tiles of %zu rows", tile);
		train_big(&tiles, FF_SGD, 2, tile);
		CHECK_NEAR(tiles.loss, whole.loss, 1e-6 * whole.loss);
		CHECK_INT(tiles.wrong, whole.wrong);
		for (int i = 0; i < BIG_P; i++)
			CHECK_NEAR((double)tiles.parameters[i], (double)whole.parameters[i], 1e-6);
	}
}

/* The same row alone and in a batch, small enough for one thread and too large. */
static void a_row_does_not_depend_on_its_batch(void)
{
	struct ff_experiment e = experiment_of(BIG0, BIG1, FF_ADAM);
	struct subject s;
	static float alone[7 * CLASSES];
	const float *parts[] = {big0, big1};
	fill_big();
	if (!subject_open(&s, &e, CLASSES, BIG_ROWS))
		return;
	toy_normal(s.head.parameters.value, BIG_P, 0.1F, 6);
	ff_head_logits(&s.head, &(struct ff_team){2}, parts, BIG_ROWS, s.logits);
	for (size_t r = 0; r + 7 <= BIG_ROWS; r += 5)
		for (size_t n = 1; n <= 7; n += 3) {
			const float *here[] = {big0 + r * BIG0, big1 + r * BIG1};
			ff_scenario("%zu rows from row %zu", n, r);
			ff_head_logits(&s.head, &ALONE, here, n, alone);
			CHECK(memcmp(alone, s.logits + r * CLASSES, n * CLASSES * sizeof *alone) == 0);
		}
	ff_arena_fini(&s.arena);
}

/* ---- what is broken, extreme or equal ---- */

static void losses_are_stable_and_broken_ones_seen(void)
{
	struct ff_experiment e = experiment_of(W0, W1, FF_SGD);
	struct subject s;
	static const float zeros[ROWS * W1];
	const float *parts[] = {zeros, zeros};
	const uint8_t labels[] = {0, 1};
	if (!subject_open(&s, &e, 2, ROWS))
		return;
	float logits[] = {1e4F, -1e4F, 1e4F, -1e4F};
	struct ff_head_sums sums = ff_head_learn(&s.head, &ALONE, parts, 2, logits, labels, 2, true);
	CHECK_NEAR(sums.loss, 2e4, 1e-9);
	CHECK_INT(sums.wrong, 1);
	CHECK_NEAR((double)s.head.parameters.gradient[IN * 2], 0.5, 0); /* (0 + 1) / 2 */
	CHECK_NEAR((double)s.head.parameters.gradient[IN * 2 + 1], -0.5, 0);
	for (int i = 0; i < 4; i++)
		for (int kind = 0; kind < 2; kind++) {
			float broken[] = {1, 2, 3, 4};
			broken[i] = kind ? INFINITY : NAN;
			ff_scenario("logit %d is %g", i, (double)broken[i]);
			sums = ff_head_learn(&s.head, &ALONE, parts, 2, broken, labels, 2, true);
			CHECK(isnan(sums.loss));
		}
	ff_arena_fini(&s.arena);
}

static void the_answer_is_the_greatest(void)
{
	CHECK_INT(ff_head_answer((const float[]){1, 3, 2}, 3), 1);
	CHECK_INT(ff_head_answer((const float[]){-3, -1, -1}, 3), 1);
	CHECK_INT(ff_head_answer((const float[]){0, 0, 0}, 3), 0);
	CHECK_INT(ff_head_answer((const float[]){1, NAN, 2}, 3), 2);
}

FF_TESTS("head", {"eight steps of two heads", heads_are_right},
         {"gradients match differences", gradients_match_differences},
         {"threads do not change a bit", threads_do_not_change_a_bit},
         {"tiles make up their batch", tiles_make_up_their_batch},
         {"a row does not depend on its batch", a_row_does_not_depend_on_its_batch},
         {"losses are stable and broken ones seen", losses_are_stable_and_broken_ones_seen},
         {"the answer is the greatest", the_answer_is_the_greatest})

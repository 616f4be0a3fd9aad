/* The first layer computes the image part once for all labels. It must agree with the plain layer on the full rows. */
#include "support/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/labelled.h"
#include "product/gemm.h"
#include "support/labelled.h"
#include "support/toy.h"

enum { I = 97, C = 7, O = 83, N = 60, M = 41, IMAGES = N + M, MOST_ROWS = 2 * N + M * (C + 1) };

/* A layer, its images and labels, and its outputs. */
struct scene {
	struct ff_experiment experiment;
	struct toy toy;
	struct ff_arena arena;
	struct ff_layer layer; /* labelled; the toy is dense */
	struct ff_labels labels;
	uint32_t label[2 * N];
	float value[IMAGES], ratio[M], offset[IMAGES], images[IMAGES * (I - C)];
	float y[MOST_ROWS * O], sum_square[MOST_ROWS], goodness[MOST_ROWS];
};

static struct scene *scene_open(double peer, bool offset)
{
	struct scene *s = calloc(1, sizeof *s);
	s->experiment = toy_experiment(O, O);
	s->experiment.layers[0].peer = peer;
	if (!toy_open(&s->toy, &s->experiment, 0, I, N)) {
		free(s);
		return NULL;
	}
	s->labels = (struct ff_labels){.samples = N,
	                               .sides = 2,
	                               .queries = M,
	                               .classes = C,
	                               .scored = true,
	                               .neutral = true,
	                               .label = s->label,
	                               .value = s->value,
	                               .ratio = s->ratio,
	                               .offset = s->offset};
	const struct ff_layer_size most = {.inputs = I, .samples = N, .images = IMAGES};
	for (int measure = 1; measure >= 0; measure--) {
		ff_layer_layout(&s->layer, &s->arena, &ff_labelled_kind, &s->experiment, 0, &most);
		if (measure && ff_arena_init(&s->arena, NULL) != FF_OK)
			abort();
	}
	ff_layer_init(&s->layer, &(struct ff_team){1});
	toy_normal(s->images, IMAGES * (I - C), 1, 1);
	for (uint32_t i = 0; i < IMAGES; i++)
		s->value[i] = 1.0F + 0.01F * (float)i;
	for (uint32_t i = 0; offset && i < IMAGES; i++)
		s->offset[i] = 0.01F * (float)i - 0.4F;
	for (uint32_t i = 0; i < M; i++)
		s->ratio[i] = 1.5F - 0.02F * (float)i;
	for (uint32_t p = 0; p < N; p++) {
		s->label[p] = p % C;
		s->label[N + p] = (p + 1 + p / C % (C - 1)) % C;
	}
	return s;
}

static void scene_close(struct scene *s)
{
	ff_arena_fini(&s->arena);
	toy_close(&s->toy);
	free(s);
}

static void forward(struct scene *s, int threads, bool known)
{
	const struct ff_layer_input input = {s->images, &s->labels, known};
	ff_layer_forward(&s->layer, &(struct ff_team){threads}, input, ff_labels_rows(&s->labels), s->y, s->sum_square,
	                 s->goodness);
}

/* The largest |a - b| over n, in units of the largest |b|. */
static double distance(const float *a, const float *b, size_t n)
{
	double most = 0, size = 0;
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fabs((double)a[i] - (double)b[i]));
		size = fmax(size, fabs((double)b[i]));
	}
	return most / size;
}

static void forward_equals_the_rows_written_out(void)
{
	static const bool PARTS[][2] = {{true, true}, {true, false}, {false, true}, {false, false}};
	static float x[MOST_ROWS * I], y[MOST_ROWS * O], sum_square[MOST_ROWS], goodness[MOST_ROWS];
	for (int k = 0; k < 8; k++) {
		ff_scenario("%s%s%s", PARTS[k % 4][0] ? "scored " : "", PARTS[k % 4][1] ? "neutral " : "",
		            k & 4 ? "offset" : "");
		struct scene *s = scene_open(0, k & 4);
		if (!s)
			return;
		s->labels.scored = PARTS[k % 4][0];
		s->labels.neutral = PARTS[k % 4][1];
		size_t rows = ff_labels_rows(&s->labels);
		CHECK_INT(rows, 2 * N + M * ((PARTS[k % 4][0] ? C : 0) + PARTS[k % 4][1]));
		labelled_rows(&s->labels, s->images, I, x);
		ff_layer_forward(&s->toy.layer, &(struct ff_team){2}, (struct ff_layer_input){.x = x}, rows, y,
		                 sum_square, goodness);
		forward(s, 2, false);
		CHECK(distance(s->y, y, rows * O) < 2e-6);
		CHECK(distance(s->sum_square, sum_square, rows) < 2e-6);
		CHECK(distance(s->goodness, goodness, rows) < 2e-6);
		scene_close(s);
	}
}

/* One of two tiles of N pairs. */
static struct ff_tile_sums learn(struct ff_layer *layer, const struct ff_team *team, struct ff_layer_input input,
                                 float *y, const float *goodness, bool first)
{
	struct ff_tile_sums sums = ff_layer_learn(layer, team, input, y, goodness, N, 2 * N, first);
	ff_layer_gradient(layer, team, input, y, N, first);
	return sums;
}

/* Two batches of two tiles each, with peer normalisation and without, with offsets and without. */
static void learning_equals_the_rows_written_out(void)
{
	static float x[2 * N * I];
	for (int variant = 0; variant < 4; variant++) {
		bool peer = variant & 1, offset = variant & 2;
		struct scene *s = scene_open(peer ? 0.3 : 0, offset);
		struct toy plain;
		if (!s || !toy_open(&plain, &s->experiment, 0, I, N))
			return;
		struct ff_team team = {2};
		plain.layer.panel = 0; /* row-major, as the labelled layer's weights are */
		ff_layer_init(&plain.layer, &team);
		s->labels.queries = 0;
		labelled_rows(&s->labels, s->images, I, x);
		for (int batch = 0; batch < 2; batch++) {
			ff_scenario("peer %d, offset %d, batch %d", peer, offset, batch);
			struct ff_tile_sums wanted = {0}, got = {0};
			for (int tile = 0; tile < 2; tile++) {
				ff_layer_forward(&plain.layer, &team, (struct ff_layer_input){.x = x}, 2 * N, plain.y,
				                 plain.sum_square, plain.goodness);
				wanted = learn(&plain.layer, &team, (struct ff_layer_input){.x = x}, plain.y,
				               plain.goodness, tile == 0);
				forward(s, 2, false);
				got = learn(&s->layer, &team,
				            (struct ff_layer_input){.x = s->images, .labels = &s->labels}, s->y,
				            s->goodness, tile == 0);
			}
			CHECK_NEAR(got.loss, wanted.loss, 1e-5 * wanted.loss);
			if (!offset)
				CHECK(distance(s->layer.parameters.gradient, plain.layer.parameters.gradient,
				               I * O + O) < 1e-5);
			ff_layer_update(&plain.layer, &team, 2 * N, 1);
			ff_layer_update(&s->layer, &team, 2 * N, 1);
			if (peer) {
				CHECK(distance(s->layer.input_sum, plain.layer.input_sum, I) < 1e-5);
				CHECK(distance(s->layer.peer_mean, plain.layer.peer_mean, O) < 1e-5);
			}
			/* with all that the update adds to the gradient */
			CHECK(distance(s->layer.parameters.state1, plain.layer.parameters.state1, I * O + O) < 1e-5);
			/* continue with the same weights, since Adam amplifies small differences */
			memcpy(s->layer.parameters.value, plain.layer.parameters.value, sizeof(float) * (I * O + O));
		}
		toy_close(&plain);
		scene_close(s);
	}
}

static void bits_do_not_depend_on_threads(void)
{
	struct scene *one = scene_open(0.3, true);
	for (int threads = 2; one && threads <= 10; threads += 4) {
		ff_scenario("%d threads", threads);
		struct scene *s = scene_open(0.3, true);
		if (!s)
			break;
		forward(one, 1, false);
		forward(s, threads, false);
		CHECK(memcmp(s->y, one->y, sizeof s->y) == 0);
		CHECK(memcmp(s->goodness, one->goodness, sizeof s->goodness) == 0);
		s->labels.queries = one->labels.queries = 0;
		for (int k = 0; k < 2; k++) {
			struct scene *at = k ? s : one;
			(void)learn(&at->layer, &(struct ff_team){k ? threads : 1},
			            (struct ff_layer_input){.x = at->images, .labels = &at->labels}, at->y,
			            at->goodness, true);
		}
		CHECK(memcmp(s->layer.parameters.gradient, one->layer.parameters.gradient,
		             sizeof(float) * (I * O + O)) == 0);
		CHECK(memcmp(s->layer.input_sum, one->layer.input_sum, sizeof(float) * I) == 0);
		one->labels.queries = M;
		scene_close(s);
	}
	if (one)
		scene_close(one);
}

/* The last probe gives the same bits alone and with all others. */
static void a_row_does_not_depend_on_other_images(void)
{
	struct scene *s = scene_open(0, true);
	if (!s)
		return;
	static float last[(C + 1) * O];
	forward(s, 2, false);
	memcpy(last, s->y + (2 * N + (M - 1) * C) * O, C * O * sizeof *last);
	memcpy(last + C * O, s->y + (MOST_ROWS - 1) * O, O * sizeof *last);
	s->labels.samples = 0;
	s->labels.queries = 1;
	s->labels.value += IMAGES - 1;
	s->labels.offset += IMAGES - 1;
	s->labels.ratio += M - 1;
	memmove(s->images, s->images + (IMAGES - 1) * (I - C), (I - C) * sizeof *s->images);
	forward(s, 1, false);
	CHECK(memcmp(s->y, last, sizeof last) == 0);
	scene_close(s);
}

/* The images of the probes just seen come again as pairs: the same bits without multiplying again. */
static void known_images_are_not_multiplied_again(void)
{
	struct scene *s = scene_open(0, true);
	if (!s)
		return;
	static float y[2 * N * O];
	struct ff_labels pairs = s->labels;
	pairs.queries = 0;
	s->labels.samples = 0;
	s->labels.scored = false;
	forward(s, 2, false);
	s->labels = pairs;
	s->labels.samples = M;
	memmove(s->label + M, s->label + N, M * sizeof *s->label);
	forward(s, 2, false);
	memcpy(y, s->y, 2 * M * O * sizeof *y);
	memset(s->y, 0, sizeof s->y);
	memset(s->images, 0, sizeof s->images); /* not read */
	forward(s, 1, true);
	CHECK(memcmp(s->y, y, 2 * M * O * sizeof *y) == 0);
	scene_close(s);
}

/* One training step on images as dense rows, or as CSR rows where labels.csr is set. */
static void train_once(struct scene *s, int threads, bool step)
{
	struct ff_team team = {threads};
	struct ff_layer_input input = {.x = s->labels.csr ? NULL : s->images, .labels = &s->labels};
	size_t probes = s->labels.queries;
	ff_layer_forward(&s->layer, &team, input, ff_labels_rows(&s->labels), s->y, s->sum_square, s->goodness);
	s->labels.queries = 0;
	if (step) {
		(void)ff_layer_learn(&s->layer, &team, input, s->y, s->goodness, N, N, true);
		ff_layer_step(&s->layer, &team, input, s->y, N, 1);
	} else {
		(void)learn(&s->layer, &team, input, s->y, s->goodness, true);
		ff_layer_update(&s->layer, &team, N, 1);
	}
	s->labels.queries = probes;
}

static void csr_rows_give_the_same_bits(void)
{
	static uint8_t bytes[IMAGES * (I - C)], byte[IMAGES * (I - C) + 1];
	static uint32_t start[IMAGES + 1], image[IMAGES];
	static uint16_t column[IMAGES * (I - C) + 1];
	static float factor[IMAGES];
	struct ff_csr csr = {.start = start, .column = column, .byte = byte};
	for (size_t i = 0; i < IMAGES * (I - C); i++)
		bytes[i] = (uint8_t)(i * 7919 % 4 ? 0 : i * 31 % 251);
	const struct ff_byte_rows from = {bytes, IMAGES, I - C, I - C};
	const struct ff_csr_parts parts = ff_csr_count(&from);
	ff_csr_fill(&from, &parts, start, column, byte);
	for (int b = 0; b < 256; b++)
		csr.value[b] = (float)b * 0.01F;
	for (int variant = 0; ff_gemm_takes_csr() && variant < 8; variant++) {
		ff_scenario("peer %d, offset %d, %s", variant & 1, variant >> 1 & 1,
		            variant & 4 ? "step" : "gradient, update");
		struct scene *rows = scene_open(variant & 1 ? 0.3 : 0, variant & 2);
		struct scene *sparse = scene_open(variant & 1 ? 0.3 : 0, variant & 2);
		if (!rows || !sparse)
			return;
		for (size_t i = 0; i < IMAGES; i++) {
			image[i] = (uint32_t)(IMAGES - 1 - i);
			factor[i] = 0.7F + 0.01F * (float)i;
			for (size_t j = 0; j < I - C; j++)
				rows->images[i * (I - C) + j] = csr.value[bytes[image[i] * (I - C) + j]] * factor[i];
		}
		sparse->labels.csr = &csr;
		sparse->labels.image = image;
		sparse->labels.factor = factor;
		train_once(rows, 1, variant & 4);
		train_once(sparse, 3, variant & 4);
		CHECK(memcmp(sparse->goodness, rows->goodness, sizeof rows->goodness) == 0);
		CHECK(memcmp(sparse->y, rows->y, sizeof rows->y) == 0);
		CHECK(memcmp(sparse->layer.parameters.value, rows->layer.parameters.value,
		             sizeof(float) * (I * O + O)) == 0);
		if (variant & 1)
			CHECK(memcmp(sparse->layer.input_sum, rows->layer.input_sum, sizeof(float) * I) == 0);
		scene_close(rows);
		scene_close(sparse);
	}
}

static void a_step_is_gradient_and_update(void)
{
	for (int peer = 0; peer < 2; peer++) {
		ff_scenario("peer %d", peer);
		struct scene *two = scene_open(peer ? 0.3 : 0, peer), *one = scene_open(peer ? 0.3 : 0, peer);
		struct scene *scenes[] = {two, one};
		for (int k = 0; two && one && k < 2; k++) {
			struct scene *s = scenes[k];
			struct ff_team team = {1 + k};
			s->labels.queries = 0;
			struct ff_layer_input input = {.x = s->images, .labels = &s->labels};
			forward(s, 1, false);
			(void)ff_layer_learn(&s->layer, &team, input, s->y, s->goodness, N, N, true);
			if (k) {
				ff_layer_step(&s->layer, &team, input, s->y, N, 0.5);
			} else {
				ff_layer_gradient(&s->layer, &team, input, s->y, N, true);
				ff_layer_update(&s->layer, &team, N, 0.5);
			}
		}
		if (two && one) {
			const struct ff_layer *a = &two->layer, *b = &one->layer;
			CHECK(memcmp(a->parameters.value, b->parameters.value, sizeof(float) * (I * O + O)) == 0);
			CHECK(memcmp(a->parameters.state1, b->parameters.state1, sizeof(float) * (I * O + O)) == 0);
		}
		if (two)
			scene_close(two);
		if (one)
			scene_close(one);
	}
}

FF_TESTS("labelled", {"forward equals the rows written out", forward_equals_the_rows_written_out},
         {"learning equals the rows written out", learning_equals_the_rows_written_out},
         {"bits do not depend on threads", bits_do_not_depend_on_threads},
         {"a row does not depend on other images", a_row_does_not_depend_on_other_images},
         {"known images are not multiplied again", known_images_are_not_multiplied_again},
         {"CSR rows give the same bits", csr_rows_give_the_same_bits},
         {"a step is gradient and update", a_step_is_gradient_and_update})

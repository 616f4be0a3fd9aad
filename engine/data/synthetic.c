#include "data/synthetic.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

enum {
	CELLS = 4,     /* random values on each side of a prototype */
	MAX_MIX = 120, /* of 256: the largest share of another class */
};

/* Standard deviation of the sum of four uniform bytes: sqrt(4 (256^2 - 1) / 12). */
static const double FOUR_BYTES = 147.79941;

struct maker {
	const struct ff_synthetic *make;
	size_t pixels;       /* of an image */
	uint8_t *prototypes; /* [classes x pixels] */
	int64_t amplitude;   /* of the noise: 2^16 times the bytes per unit of the sum of four bytes */
};

static size_t cells(size_t side)
{
	return side < CELLS ? side : CELLS;
}

static uint64_t grid_value(const struct maker *m, uint32_t c, size_t row, size_t column)
{
	struct ff_random r =
	    ff_random_at(m->make->seed, FF_PURPOSE_SYNTHETIC_PROTOTYPE, c, (uint32_t)row, (uint32_t)column);
	return r.word[0] >> 24;
}

/* Interpolates bilinearly between the values of a small periodic grid. */
static uint8_t prototype_pixel(const struct maker *m, uint32_t c, size_t y, size_t x)
{
	uint64_t h = m->make->height, w = m->make->width, rows = cells(h), columns = cells(w);
	uint64_t top = y * rows / h, left = x * columns / w, below = (top + 1) % rows, right = (left + 1) % columns;
	uint64_t fy = y * rows % h, fx = x * columns % w;
	uint64_t sum = (h - fy) * (w - fx) * grid_value(m, c, top, left) +
	               (h - fy) * fx * grid_value(m, c, top, right) + fy * (w - fx) * grid_value(m, c, below, left) +
	               fy * fx * grid_value(m, c, below, right);
	return (uint8_t)(sum / (h * w));
}

static void make_prototypes(struct maker *m)
{
	for (uint32_t c = 0; c < (uint32_t)m->make->classes; c++)
		for (size_t p = 0; p < m->pixels; p++)
			m->prototypes[c * m->pixels + p] =
			    prototype_pixel(m, c, p / m->make->width, p % m->make->width);
}

static int64_t four_bytes(uint32_t word)
{
	return (int64_t)(word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24) - 510;
}

static uint8_t clamp(int64_t fixed)
{
	int64_t rounded = fixed + (1 << 15);
	return rounded < 0 ? 0 : rounded >> 16 > 255 ? 255 : (uint8_t)(rounded >> 16);
}

/* Generates image i of a split (0 training, 1 test). Draw k gives the noise of pixels 4k..4k+3; the draw behind these is
 * the image's own. */
static void make_image(const struct maker *m, uint32_t split, uint32_t i, uint8_t label, uint8_t *image)
{
	const struct ff_synthetic *s = m->make;
	const size_t h = s->height, w = s->width;
	struct ff_random own = ff_random_at(s->seed, FF_PURPOSE_SYNTHETIC_NOISE, split, UINT32_MAX, i), noise = {{0}};
	size_t down = own.word[0] % (h / 4 + 1), across = own.word[1] % (w / 4 + 1);
	int64_t mix = own.word[2] % MAX_MIX;
	const uint8_t *mine = m->prototypes + label * m->pixels;
	const uint8_t *other = m->prototypes + own.word[3] % (uint32_t)s->classes * m->pixels;
	for (size_t p = 0; p < m->pixels; p++) {
		size_t from = (p / w + down) % h * w + (p % w + across) % w;
		if (p % 4 == 0)
			noise = ff_random_at(s->seed, FF_PURPOSE_SYNTHETIC_NOISE, split, (uint32_t)(p / 4), i);
		int64_t pattern = ((256 - mix) * mine[from] + mix * other[from]) * 256;
		image[p] = clamp(pattern + m->amplitude * four_bytes(noise.word[p % 4]));
	}
}

static void make_split(const struct maker *m, uint32_t split, const struct ff_idx *images, const struct ff_idx *labels)
{
	for (size_t i = 0; i < labels->size[0]; i++) {
		struct ff_random r = ff_random_at(m->make->seed, FF_PURPOSE_SYNTHETIC_LABEL, split, 0, (uint32_t)i);
		labels->data[i] = (uint8_t)ff_random_below(r, (uint32_t)m->make->classes);
		make_image(m, split, (uint32_t)i, labels->data[i], images->data + i * m->pixels);
	}
}

static ff_status check(const struct ff_synthetic *s, struct ff_error *error)
{
	const size_t most = UINT32_MAX;
	if (s->height < 1 || s->width < 1 || s->height > most / s->width || s->train > most || s->test > most)
		return ff_fail(error, FF_ERROR_CONFIG,
		               "a synthetic dataset of %zu + %zu images of %zu x %zu pixels is too large", s->train,
		               s->test, s->height, s->width);
	if (s->classes < 1 || s->classes > 256 || !(s->noise >= 0 && s->noise <= 1))
		return ff_fail(error, FF_ERROR_CONFIG,
		               "a synthetic dataset needs 1..256 classes and noise in 0..1, not %d and %g", s->classes,
		               s->noise);
	return FF_OK;
}

ff_status ff_synthetic_measure(const struct ff_synthetic *s, struct ff_idx files[FF_PARTS], struct ff_error *error)
{
	for (int i = 0; i < FF_PARTS; i++)
		files[i] = (struct ff_idx){0};
	FF_TRY(check(s, error));
	for (int i = 0; i < FF_PARTS; i++) {
		bool images = i == FF_TRAIN_IMAGES || i == FF_TEST_IMAGES;
		size_t n = i < FF_TEST_IMAGES ? s->train : s->test;
		files[i] =
		    (struct ff_idx){images ? 3 : 1, {n, images ? s->height : 1, images ? s->width : 1, 1}, NULL, NULL};
	}
	return FF_OK;
}

static ff_status allocate(struct ff_idx files[FF_PARTS], struct ff_error *error)
{
	ff_status status = FF_OK;
	for (int i = 0; i < FF_PARTS && status == FF_OK; i++)
		status = ff_idx_allocate(&files[i], "synthetic", error);
	return status;
}

ff_status ff_synthetic_make(const struct ff_synthetic *s, struct ff_idx files[FF_PARTS], struct ff_error *error)
{
	FF_TRY(ff_synthetic_measure(s, files, error));
	struct maker m = {s, s->height * s->width, NULL, (int64_t)llround(s->noise * 255 * 65536 / FOUR_BYTES)};
	ff_status status = allocate(files, error);
	if (status == FF_OK) {
		m.prototypes = malloc((size_t)s->classes * m.pixels);
		if (!m.prototypes)
			status = ff_fail(error, FF_ERROR_MEMORY, "no memory for the prototypes of synthetic images");
	}
	if (status == FF_OK) {
		make_prototypes(&m);
		make_split(&m, 0, &files[FF_TRAIN_IMAGES], &files[FF_TRAIN_LABELS]);
		make_split(&m, 1, &files[FF_TEST_IMAGES], &files[FF_TEST_LABELS]);
	}
	free(m.prototypes);
	for (int i = 0; i < FF_PARTS && status != FF_OK; i++)
		ff_idx_free(&files[i]);
	return status;
}

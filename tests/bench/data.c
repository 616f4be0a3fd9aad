/* Rows a second that the input's functions make on a team, as the source makes them: images for labels, unsupervised
 * pairs (an image and its hybrid), the same from shifted images; and microseconds a hybrid's mask on one
 * thread, with each instruction set. Images are 28 x 28 of random bytes. Verified before timed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "bench/bench.h"
#include "machine/team.h"
#include "model/augment.h"
#include "model/hybrid.h"
#include "model/kernel_sets.h"
#include "model/negatives.h"
#include "model/overlay.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE, IMAGES = 4000, BATCH = 100, MASKS = 2000, PASSES = 10, CLASSES = 10, SETS = 8 };

/* The workspace of one thread. */
struct desk {
	void *scratch;
	uint8_t a[PIXELS], b[PIXELS], hybrid[PIXELS];
	float *rows; /* [2 BATCH x PIXELS] */
};

struct bench {
	struct ff_team team;
	struct ff_arena arena;
	struct ff_hybrid hybrid;
	struct ff_overlay overlay;
	uint8_t *images; /* [IMAGES x PIXELS] */
	struct desk *desks;
};

/* Makes the rows of one image; `row` is the first, the second lies BATCH rows further. */
typedef void maker(const struct bench *bench, struct desk *desk, uint32_t sample, float *row);

static const uint8_t *image_of(const struct bench *bench, uint32_t sample)
{
	return bench->images + (size_t)sample * PIXELS;
}

static void image(const struct bench *bench, struct desk *desk, uint32_t sample, float *row)
{
	(void)desk;
	(void)ff_overlay_image(&bench->overlay, image_of(bench, sample), row);
}

static void hybrid_pair(const struct bench *bench, struct desk *desk, uint32_t sample, const uint8_t *a,
                        const uint8_t *b, float *row)
{
	ff_hybrid_image(&bench->hybrid, a, b, sample, 1, desk->scratch, desk->hybrid);
	ff_overlay_plain(&bench->overlay, a, row);
	ff_overlay_plain(&bench->overlay, desk->hybrid, row + (size_t)BATCH * PIXELS);
}

static void unsupervised(const struct bench *bench, struct desk *desk, uint32_t sample, float *row)
{
	uint32_t partner = ff_hybrid_partner(1, sample, 1, IMAGES);
	hybrid_pair(bench, desk, sample, image_of(bench, sample), image_of(bench, partner), row);
}

static void shifted(const struct bench *bench, struct desk *desk, uint32_t sample, float *row)
{
	uint32_t partner = ff_hybrid_partner(1, sample, 1, IMAGES);
	ff_shift_image(ff_shift_of(1, sample, 1, 1), image_of(bench, sample), SIDE, SIDE, 1, desk->a);
	ff_shift_image(ff_shift_of(1, partner, 1, 1), image_of(bench, partner), SIDE, SIDE, 1, desk->b);
	hybrid_pair(bench, desk, sample, desk->a, desk->b, row);
}

static void shift_alone(const struct bench *bench, struct desk *desk, uint32_t sample, float *row)
{
	(void)row;
	ff_shift_image(ff_shift_of(1, sample, 1, 1), image_of(bench, sample), SIDE, SIDE, 1, desk->a);
}

static const struct subject {
	const char *name;
	maker *make;
	int rows; /* of an image */
} SUBJECTS[] = {{"images for labels", image, 1},
                {"unsupervised pairs", unsupervised, 2},
                {"unsupervised pairs of shifted images", shifted, 2},
                {"shifted images", shift_alone, 1}};
enum { N_SUBJECTS = sizeof SUBJECTS / sizeof *SUBJECTS };

struct work {
	const struct bench *bench;
	maker *make;
};

/* Part p of the team's; a thread of its own has a desk of its own. */
static void work_parts(void *context, size_t begin, size_t end)
{
	const struct work *work = context;
	size_t parts = (size_t)work->bench->team.threads;
	for (size_t p = begin; p < end; p++) {
		struct desk *desk = &work->bench->desks[p];
		for (size_t i = IMAGES * p / parts; i < IMAGES * (p + 1) / parts; i++)
			work->make(work->bench, desk, (uint32_t)i, desk->rows + i % BATCH * PIXELS);
	}
}

static double subject_seconds(const struct bench *bench, const struct subject *subject)
{
	struct work work = {bench, subject->make};
	double started = ff_clock();
	ff_team_for(&bench->team, (size_t)bench->team.threads, 1, work_parts, &work);
	return ff_clock() - started;
}

static double mask_seconds(struct bench *bench, const struct ff_kernels *set)
{
	struct ff_hybrid hybrid = bench->hybrid;
	hybrid.kernels = set;
	double started = ff_clock();
	for (uint32_t i = 0; i < MASKS; i++)
		ff_hybrid_mask(&hybrid, i, 1, bench->desks->scratch, bench->desks->hybrid);
	return ff_clock() - started;
}

static void expect(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "data: %s\n", what);
	exit(1);
}

static void *taken(void *memory)
{
	if (memory)
		return memory;
	fprintf(stderr, "data: no memory\n");
	exit(FF_ERROR_MEMORY);
}

static void bench_init(struct bench *bench, int threads)
{
	*bench = (struct bench){.team = {threads}};
	ff_hybrid_layout(&bench->hybrid, &bench->arena, 1, SIDE, SIDE, 1, PASSES);
	expect(ff_arena_init(&bench->arena, NULL) == FF_OK, "no memory");
	ff_hybrid_layout(&bench->hybrid, &bench->arena, 1, SIDE, SIDE, 1, PASSES);
	bench->overlay =
	    (struct ff_overlay){bench->hybrid.kernels, PIXELS, CLASSES, 1.0F / 255, 0, 1, FF_NORM_RMS, 1e-5};
	bench->images = taken(malloc((size_t)IMAGES * PIXELS));
	for (uint32_t i = 0; i < IMAGES * PIXELS; i += 16)
		memcpy(bench->images + i, ff_random_at(1, FF_PURPOSE_SYNTHETIC_NOISE, 0, 0, i).word, 16);
	bench->desks = taken(calloc((size_t)threads, sizeof *bench->desks));
	for (int t = 0; t < threads; t++) {
		bench->desks[t].scratch = taken(aligned_alloc(FF_ALIGN, ff_hybrid_scratch(&bench->hybrid)));
		bench->desks[t].rows = taken(calloc((size_t)2 * BATCH * PIXELS, sizeof(float)));
	}
}

/* Every instruction set gives the same masks, and a hybrid consists of pixels of its two images. */
static void verify(struct bench *bench, const struct ff_kernels *sets[], int count)
{
	struct desk *desk = bench->desks;
	const uint8_t *a = image_of(bench, 0), *b = image_of(bench, 1);
	for (uint32_t i = 0; i < 100; i++) {
		ff_hybrid_mask(&bench->hybrid, i, 1, desk->scratch, desk->a);
		for (int s = 0; s < count; s++) {
			struct ff_hybrid other = bench->hybrid;
			other.kernels = sets[s];
			ff_hybrid_mask(&other, i, 1, desk->scratch, desk->b);
			expect(memcmp(desk->a, desk->b, PIXELS) == 0, "the instruction sets' masks differ");
		}
		ff_hybrid_image(&bench->hybrid, a, b, i, 1, desk->scratch, desk->hybrid);
		int shown = 0;
		for (size_t p = 0; p < PIXELS; p++) {
			shown += desk->a[p] & 1;
			expect(desk->hybrid[p] == (desk->a[p] ? a[p] : b[p]), "a hybrid is not made of its images");
		}
		expect(shown > 0 && shown < PIXELS, "a mask shows one image alone");
	}
}

static void bench_fini(struct bench *bench)
{
	for (int t = 0; t < bench->team.threads; t++) {
		free(bench->desks[t].scratch);
		free(bench->desks[t].rows);
	}
	free(bench->desks);
	free(bench->images);
	ff_arena_fini(&bench->arena);
}

static void report(const struct bench_times *times, const struct bench_times *mask_times,
                   const struct ff_kernels *sets[], int count)
{
	for (int s = 0; s < N_SUBJECTS; s++)
		printf("{\"bench\":\"data\",\"what\":\"%s\",\"rows_per_second\":%.0f,\"microseconds_per_image\":%.3f,"
		       "\"rounds\":%d}\n",
		       SUBJECTS[s].name, SUBJECTS[s].rows * IMAGES / bench_median(&times[s]),
		       1e6 * bench_median(&times[s]) / IMAGES, times[s].n);
	for (int s = 0; s < count; s++)
		printf("{\"bench\":\"data\",\"what\":\"mask\",\"set\":\"%s\",\"passes\":%d,\"microseconds\":%.3f,"
		       "\"rounds\":%d}\n",
		       sets[s]->name, PASSES, 1e6 * bench_median(&mask_times[s]) / MASKS, mask_times[s].n);
}

int main(int argc, char **argv)
{
	int threads, rounds = 15;
	struct bench bench;
	struct bench_times times[N_SUBJECTS] = {0}, mask_times[SETS] = {0};
	const struct ff_kernels *sets[SETS];
	int count = ff_kernels_usable(sets, SETS);
	bench_options(argc, argv, &threads, &rounds);
	bench_init(&bench, threads);
	verify(&bench, sets, count);
	for (int i = -1; i < rounds; i++) { /* round -1 warms up, and is forgotten */
		for (int s = 0; s < N_SUBJECTS; s++)
			bench_add(&times[s], subject_seconds(&bench, &SUBJECTS[s]));
		for (int s = 0; s < count; s++)
			bench_add(&mask_times[s], mask_seconds(&bench, sets[s]));
		if (i < 0)
			memset(times, 0, sizeof times), memset(mask_times, 0, sizeof mask_times);
	}
	bench_print_machine("data", threads);
	report(times, mask_times, sets, count);
	bench_fini(&bench);
	return 0;
}

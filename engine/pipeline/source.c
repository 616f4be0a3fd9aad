#include "pipeline/source.h"

#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "model/augment.h"
#include "model/kernel_sets.h"
#include "model/negatives.h"
#include "product/gemm.h"

/* Images are kept in CSR if at most a share of FILLED is above 0, so that they take no more memory than pixels. */
static const double FILLED = 1.0 / 3;

struct ff_data_shape ff_source_shape(const struct ff_experiment *experiment, const struct ff_dataset *dataset)
{
	struct ff_data_shape shape = {.features = dataset->features, .classes = (size_t)dataset->classes};
	shape.csr = ff_schedule_labelled(experiment) && experiment->augment.shift == 0 && dataset->filled < FILLED &&
	            dataset->features <= FF_CSR_COLUMNS && ff_gemm_takes_csr();
	for (int s = 0; s < FF_N_SETS; s++) {
		shape.n[s] = ff_dataset_images(dataset, (enum ff_set)s)->n;
		shape.csr = shape.csr && shape.n[s] <= UINT32_MAX / dataset->features;
	}
	return shape;
}

/* Upper limit of the threads that make rows at the same time. */
enum { MAX_WORKERS = 16 };
_Static_assert((int)FF_MOST_JOBS <= (int)MAX_WORKERS, "each job needs a workspace of its own");

/* Workspace of a worker, for images on their way from bytes to rows. */
struct workspace {
	uint8_t *image, *partner, *mixed;
	void *mask;      /* of a hybrid */
	float *features; /* [features] of a row that is written out, or of a CSR row's image */
};

static struct workspace workspace_of(const struct ff_source *source, size_t worker)
{
	size_t bytes = ff_align_up(source->dataset->features);
	char *start = source->scratch + worker * source->scratch_bytes;
	char *last = start + 3 * bytes; /* masks and features are never needed together */
	return (struct workspace){(uint8_t *)start, (uint8_t *)start + bytes, (uint8_t *)start + 2 * bytes, last,
	                          (float *)(void *)last};
}

/* ---- CSR rows ---- */

/* The features of a set that are not inputs of the label. */
static struct ff_byte_rows free_pixels(const struct ff_source *source, enum ff_set set)
{
	const struct ff_images *images = ff_dataset_images(source->dataset, set);
	size_t features = source->overlay.features, label = (size_t)source->overlay.classes;
	return (struct ff_byte_rows){images->pixels + label, images->n, features, features - label};
}

static void layout_csr(struct ff_source *source, struct ff_arena *arena, enum ff_set set)
{
	struct ff_csr_images *of = &source->sets[set];
	size_t n = ff_dataset_images(source->dataset, set)->n;
	if (!source->csr)
		return;
	of->csr.start = ff_arena_take(arena, n + 1, sizeof *of->csr.start);
	size_t numbers = of->parts.number[of->parts.n];
	of->csr.column = ff_arena_take(arena, numbers, sizeof *of->csr.column);
	of->csr.byte = ff_arena_take(arena, numbers, sizeof *of->csr.byte);
	of->factors = ff_arena_take(arena, n, sizeof *of->factors);
	of->factor = ff_arena_take(arena, n, sizeof *of->factor);
}

static void count_csr(struct ff_source *source)
{
	for (int s = 0; s < FF_N_SETS; s++) {
		const struct ff_byte_rows from = free_pixels(source, (enum ff_set)s);
		source->sets[s].parts = ff_csr_count(&from);
	}
}

/* Computes the factors of a set's images. */
struct factor_work {
	struct ff_source *source;
	enum ff_set set;
};

static void factor_part(void *context, size_t i)
{
	const struct factor_work *work = context;
	struct ff_source *source = work->source;
	struct ff_csr_images *of = &source->sets[work->set];
	const uint8_t *pixels = ff_dataset_images(source->dataset, work->set)->pixels;
	size_t features = source->overlay.features;
	float *row = workspace_of(source, i).features;
	for (size_t r = of->parts.row[i]; r < of->parts.row[i + 1]; r++)
		of->factors[r] = ff_overlay_csr(&source->overlay, pixels + r * features, row, &of->factor[r]);
}

static void fill_csr(struct ff_source *source, enum ff_set set)
{
	struct ff_csr_images *of = &source->sets[set];
	const struct ff_byte_rows from = free_pixels(source, set);
	ff_csr_fill(&from, &of->parts, of->csr.start, of->csr.column, of->csr.byte);
	for (int byte = 0; byte <= UINT8_MAX; byte++)
		of->csr.value[byte] = (float)byte * ff_overlay_unit(&source->overlay);
	ff_jobs_do(of->parts.n, factor_part, &(struct factor_work){source, set});
}

static void layout(struct ff_source *source, struct ff_arena *arena)
{
	const struct ff_experiment *e = source->experiment;
	const struct ff_dataset *d = source->dataset;
	size_t height = (size_t)d->height, width = (size_t)d->width, last = d->features * sizeof(float);
	source->order = ff_arena_take(arena, source->n, sizeof *source->order);
	if (e->mode == FF_UNSUPERVISED && ff_has_negative(ff_schedule_sides(e))) {
		ff_hybrid_layout(&source->hybrid, arena, e->seed, height, width, d->features / (height * width),
		                 (size_t)e->negatives.blur);
		last = ff_hybrid_scratch(&source->hybrid);
	}
	for (int s = 0; s < FF_N_SETS; s++)
		layout_csr(source, arena, (enum ff_set)s);
	source->scratch_bytes = 3 * ff_align_up(d->features) + ff_align_up(last);
	source->scratch = ff_arena_take(arena, MAX_WORKERS, source->scratch_bytes);
}

size_t ff_source_bytes(const struct ff_experiment *experiment, const struct ff_dataset *dataset)
{
	struct ff_source source = {.experiment = experiment,
	                           .dataset = dataset,
	                           .n = dataset->train.n,
	                           .csr = ff_source_shape(experiment, dataset).csr};
	for (int s = 0; s < FF_N_SETS; s++) {
		size_t n = ff_dataset_images(dataset, (enum ff_set)s)->n, numbers = n * dataset->features;
		source.sets[s].parts.n = 1;
		source.sets[s].parts.number[1] = (size_t)(FILLED * (double)numbers);
	}
	layout(&source, &source.arena);
	return source.arena.used;
}

ff_status ff_source_init(struct ff_source *source, const struct ff_experiment *experiment, struct ff_dataset *dataset,
                         struct ff_error *error)
{
	double strength = experiment->label.strength;
	*source = (struct ff_source){
	    .experiment = experiment,
	    .dataset = dataset,
	    .overlay = {.kernels = ff_kernels_best(),
	                .features = dataset->features,
	                .classes = dataset->classes,
	                .scale = dataset->scale,
	                .shift = dataset->shift,
	                .strength = strength == FF_STRENGTH_MAX ? dataset->maximum : (float)strength,
	                .norm = experiment->layers[0].normalize,
	                .eps = experiment->layers[0].eps},
	    .n = dataset->train.n,
	    .sides = ff_schedule_sides(experiment),
	    .labelled = ff_schedule_labelled(experiment),
	    .csr = ff_source_shape(experiment, dataset).csr,
	};
	if (source->csr)
		count_csr(source);
	layout(source, &source->arena);
	FF_TRY(ff_arena_init(&source->arena, error));
	layout(source, &source->arena);
	for (int s = 0; source->csr && s < FF_N_SETS; s++)
		fill_csr(source, (enum ff_set)s);
	if (source->csr)
		ff_dataset_drop_pixels(dataset);
	source->data.labels = dataset->train.labels;
	for (int s = 0; s < FF_N_SETS; s++)
		source->data.csr[s] = source->csr ? &source->sets[s].csr : NULL;
	return FF_OK;
}

void ff_source_fini(struct ff_source *source)
{
	if (source)
		ff_arena_fini(&source->arena);
}

/* Shuffles the epoch's order. A full batch is not shuffled, as its sum has no order. */
static void shuffle(struct ff_source *source, const struct ff_packet *packet)
{
	uint32_t *order = source->order;
	for (size_t i = 0; i < source->n; i++)
		order[i] = (uint32_t)i;
	if (ff_schedule_full_batch(source->experiment, source->n))
		return;
	for (size_t i = source->n - 1; i > 0; i--) { /* Fisher & Yates */
		struct ff_random random =
		    ff_random_at(source->experiment->seed, FF_PURPOSE_SHUFFLE, 0, (uint32_t)packet->epoch, (uint32_t)i);
		size_t j = ff_random_below(random, (uint32_t)i + 1);
		uint32_t swapped = order[i];
		order[i] = order[j];
		order[j] = swapped;
	}
}

/* ---- rows ---- */

/* The making of a packet's rows, divided among workers. */
struct source_work {
	const struct ff_source *source;
	const struct ff_packet *packet;
	const uint8_t *wrong;            /* [n], or NULL */
	const struct ff_images *images;  /* of the packet's queries */
	const struct ff_csr_images *csr; /* or NULL */
	size_t workers;
	float *x;
	struct ff_labels labels; /* supervised */
};

/* Training image `sample` as this epoch shows it (shifted into `shifted`); NULL where its CSR row is used instead. */
static const uint8_t *shown(const struct source_work *work, uint32_t sample, uint8_t *shifted)
{
	const struct ff_dataset *d = work->source->dataset;
	const struct ff_experiment *e = work->source->experiment;
	if (work->csr)
		return NULL;
	const uint8_t *image = d->train.pixels + sample * d->features;
	size_t height = (size_t)d->height, width = (size_t)d->width;
	if (e->augment.shift == 0)
		return image;
	struct ff_shift shift = ff_shift_of(e->seed, sample, (uint32_t)work->packet->epoch, (int)e->augment.shift);
	ff_shift_image(shift, image, height, width, d->features / (height * width), shifted);
	return shifted;
}

/* The number of the draw for this epoch's negatives. */
static uint32_t draw_of(const struct source_work *work)
{
	return work->source->experiment->negatives.redraw == FF_REDRAW_ONCE ? 0 : (uint32_t)work->packet->epoch;
}

static int wrong_label(const struct source_work *work, size_t p, uint32_t sample, int label)
{
	if (work->wrong)
		return work->wrong[p];
	return ff_wrong_label(work->source->experiment->seed, sample, draw_of(work), label,
	                      work->source->overlay.classes);
}

/* Makes the image's row and its negative, a hybrid of it and another image. */
static void make_images(const struct source_work *work, size_t i, uint32_t sample, const uint8_t *image,
                        struct workspace *space)
{
	const struct ff_source *source = work->source;
	size_t width = source->overlay.features;
	uint32_t draw = draw_of(work);
	ff_overlay_plain(&source->overlay, image, work->x + i * width);
	if (!ff_has_negative(source->sides))
		return;
	uint32_t partner = ff_hybrid_partner(source->experiment->seed, sample, draw, (uint32_t)source->n);
	const uint8_t *other = shown(work, partner, space->partner);
	ff_hybrid_image(&source->hybrid, image, other, sample, draw, space->mask, space->mixed);
	ff_overlay_plain(&source->overlay, space->mixed, work->x + (FF_NEGATIVE * work->packet->n + i) * width);
}

/* Makes image i of the packet (samples come before queries), without its label, and the factors for its rows. */
static void label_image(const struct source_work *work, size_t i, const uint8_t *image)
{
	const struct ff_overlay *overlay = &work->source->overlay;
	size_t width = overlay->features - (size_t)overlay->classes;
	struct ff_overlay_factors factors;
	if (work->csr) {
		uint32_t row = work->labels.image[i];
		factors = work->csr->factors[row];
		work->labels.factor[i] = work->csr->factor[row];
	} else {
		factors = ff_overlay_image(overlay, image, work->x + i * width);
	}
	work->labels.value[i] = factors.value;
	work->labels.offset[i] = factors.offset;
	if (i >= work->packet->n)
		work->labels.ratio[i - work->packet->n] = factors.ratio;
}

/* Writes rows out for a first layer that takes no labels: every row with its label. */
static void write_sample(const struct source_work *work, size_t i, const uint8_t *image, const int label[],
                         struct workspace *space)
{
	const struct ff_overlay *overlay = &work->source->overlay;
	struct ff_overlay_factors factors = ff_overlay_image(overlay, image, space->features);
	for (size_t s = 0; s < work->packet->sides; s++)
		ff_overlay_row(overlay, space->features, factors, label[s],
		               work->x + (s * work->packet->n + i) * overlay->features);
}

static void write_query(const struct source_work *work, size_t i, const uint8_t *image, struct workspace *space)
{
	const struct ff_overlay *overlay = &work->source->overlay;
	const struct ff_packet *packet = work->packet;
	struct ff_overlay_factors factors = ff_overlay_image(overlay, image, space->features);
	size_t classes = (size_t)overlay->classes, first = ff_packet_sample_rows(packet) + i * classes;
	for (size_t c = 0; packet->scored && c < classes; c++)
		ff_overlay_row(overlay, space->features, factors, (int)c, work->x + (first + c) * overlay->features);
	if (packet->plain)
		ff_overlay_row(overlay, space->features, factors, -1,
		               work->x + (packet->plain_at + i) * overlay->features);
}

static void make_sample(const struct source_work *work, size_t i, struct workspace *space)
{
	const struct ff_source *source = work->source;
	size_t n = work->packet->n;
	uint32_t sample = source->order[work->packet->at + i];
	const uint8_t *image = shown(work, sample, space->image);
	if (source->experiment->mode == FF_UNSUPERVISED) {
		make_images(work, i, sample, image, space);
		return;
	}
	int label[FF_MAX_SIDES] = {source->dataset->train.labels[sample]};
	if (ff_has_negative(source->sides))
		label[FF_NEGATIVE] = wrong_label(work, i, sample, label[FF_POSITIVE]);
	if (!source->labelled) {
		write_sample(work, i, image, label, space);
		return;
	}
	for (size_t s = 0; s < source->sides; s++)
		work->labels.label[s * n + i] = (uint32_t)label[s];
	label_image(work, i, image);
}

static void make_query(const struct source_work *work, size_t i, struct workspace *space)
{
	const struct ff_source *source = work->source;
	const struct ff_packet *packet = work->packet;
	const struct ff_overlay *overlay = &source->overlay;
	size_t at = packet->queries_at + i;
	bool training = packet->kind == FF_PACKET_TRAIN;
	const uint8_t *image = training    ? shown(work, source->order[at], space->image)
	                       : work->csr ? NULL
	                                   : work->images->pixels + at * overlay->features;
	if (source->labelled)
		label_image(work, packet->n + i, image);
	else if (source->experiment->mode == FF_SUPERVISED)
		write_query(work, i, image, space);
	else if (packet->plain_at == ff_packet_sample_rows(packet)) /* else the positives serve as plain rows */
		ff_overlay_plain(overlay, image, work->x + (packet->plain_at + i) * overlay->features);
}

/* Makes the parts of workers [begin, end) of samples and queries. */
static void make_rows(void *context, size_t begin, size_t end)
{
	const struct source_work *work = context;
	size_t n = work->packet->n, m = work->packet->queries, all = work->workers;
	for (size_t w = begin; w < end; w++) {
		struct workspace space = workspace_of(work->source, w);
		for (size_t i = n * w / all; i < n * (w + 1) / all; i++)
			make_sample(work, i, &space);
		for (size_t i = m * w / all; i < m * (w + 1) / all; i++)
			make_query(work, i, &space);
	}
}

static void number_images(const struct ff_source *source, const struct ff_packet *packet, const struct ff_slot *slot)
{
	uint32_t *queries = ff_slot_queries(slot);
	memcpy(ff_slot_samples(slot), source->order + packet->at, packet->n * sizeof *source->order);
	for (size_t i = 0; i < packet->queries; i++)
		queries[i] = packet->kind == FF_PACKET_TRAIN ? source->order[packet->queries_at + i]
		                                             : (uint32_t)(packet->queries_at + i);
}

void ff_source_fill(struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                    const uint8_t *wrong, const struct ff_slot *slot)
{
	double started = ff_clock();
	size_t workers = team->threads < MAX_WORKERS ? (size_t)team->threads : MAX_WORKERS;
	struct source_work work = {.source = source,
	                           .packet = packet,
	                           .wrong = wrong,
	                           .images = ff_dataset_images(source->dataset, packet->set),
	                           .csr = source->csr ? &source->sets[packet->set] : NULL,
	                           .workers = workers,
	                           .x = slot->rows};
	*slot->packet = *packet;
	slot->packet->csr = source->csr;
	work.labels = ff_slot_labels(slot, (size_t)source->dataset->classes, NULL);
	if (packet->opens_epoch)
		shuffle(source, packet);
	if (packet->rows)
		number_images(source, packet, slot);
	if (packet->rows && packet->from == 0)
		ff_team_for(team, workers, 1, make_rows, &work);
	source->seconds += ff_clock() - started;
}

/* Seconds that do not depend on size; for a pixel of an image; for a pixel of a hybrid's mask and blur pass. Fitted to
 * trainings of many nets (tests/bench/NOTEBOOK.md). */
static const double FIXED = 5e-6, PIXEL = 0.4e-9, BLUR = 0.15e-9;

void ff_source_workload(const struct ff_experiment *experiment, const struct ff_data_shape *shape,
                        const struct ff_packet *packet, struct ff_workload *workload)
{
	double pixels = (double)shape->features, images = (double)(packet->n + packet->queries);
	double seconds = images * pixels * PIXEL;
	if (experiment->mode == FF_UNSUPERVISED && ff_has_negative(packet->sides))
		seconds = (double)packet->n * pixels * (2 * PIXEL + (double)experiment->negatives.blur * BLUR);
	workload->phase[FF_WORK_HAND_ON].seconds = FIXED + seconds;
}

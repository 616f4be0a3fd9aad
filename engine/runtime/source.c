#include "runtime/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "model/negatives.h"
#include "model/optimizer.h"

ff_status ff_source_init(struct ff_source *source, const struct ff_experiment *experiment,
                         const struct ff_dataset *dataset, struct ff_error *error)
{
	double strength = experiment->label.strength;
	size_t n = dataset->train.n;
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
	    .n = n,
	    .batch = experiment->train.batch == FF_AUTO ? n : (size_t)experiment->train.batch,
	    .order = malloc(n * sizeof *source->order),
	};
	if (!source->order)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the order of %zu images", n);
	return FF_OK;
}

void ff_source_fini(struct ff_source *source)
{
	if (!source)
		return;
	free(source->order);
	source->order = NULL;
}

void ff_source_begin(struct ff_source *source, int64_t epoch)
{
	uint32_t *order = source->order;
	source->epoch = epoch;
	source->rate_factor =
	    ff_rate_factor(source->experiment->optimizer.schedule, epoch, source->experiment->train.epochs);
	source->at = 0;
	for (size_t i = 0; i < source->n; i++)
		order[i] = (uint32_t)i;
	if (source->batch == source->n)
		return;
	for (size_t i = source->n - 1; i > 0; i--) { /* Fisher & Yates */
		struct ff_random random =
		    ff_random_at(source->experiment->seed, FF_PURPOSE_SHUFFLE, 0, (uint32_t)epoch, (uint32_t)i);
		size_t j = ff_random_below(random, (uint32_t)i + 1);
		uint32_t swapped = order[i];
		order[i] = order[j];
		order[j] = swapped;
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool ff_source_next(struct ff_source *source, struct ff_packet *packet)
{
	if (source->at == source->n)
		return false;
	size_t number = source->at / source->batch, start = number * source->batch, done = source->at - start;
	size_t batch = least(source->batch, source->n - start), pairs = least(FF_TILE_PAIRS, batch - done);
	*packet = (struct ff_packet){
	    .epoch = source->epoch,
	    .number = (int64_t)number,
	    .at = source->at,
	    .pairs = pairs,
	    .batch = batch,
	    .first = done == 0,
	    .last = done + pairs == batch,
	    .rate_factor = source->rate_factor,
	};
	source->at += pairs;
	return true;
}

struct source_work {
	const struct ff_source *source;
	const struct ff_images *images;
	size_t first, pairs;
	float *x;
};

static void pair_rows(void *context, size_t begin, size_t end)
{
	const struct source_work *work = context;
	const struct ff_source *source = work->source;
	const struct ff_images *images = &source->dataset->train;
	size_t width = source->overlay.features;
	int64_t draw = source->experiment->negatives.redraw == FF_REDRAW_ONCE ? 0 : source->epoch;
	for (size_t p = begin; p < end; p++) {
		uint32_t sample = source->order[work->first + p];
		int label = images->labels[sample];
		int wrong =
		    ff_wrong_label(source->experiment->seed, sample, (uint32_t)draw, label, source->overlay.classes);
		float *positive = work->x + p * width, *negative = positive + work->pairs * width;
		float value = ff_overlay_image(&source->overlay, images->pixels + sample * width, positive);
		memcpy(negative, positive, width * sizeof *negative);
		ff_overlay_label(&source->overlay, positive, label, value);
		ff_overlay_label(&source->overlay, negative, wrong, value);
	}
}

void ff_source_pairs(const struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                     float *x)
{
	size_t pairs = packet->pairs;
	struct source_work work = {.source = source, .first = packet->at, .pairs = pairs, .x = x};
	ff_team_for(team, pairs, ff_team_grain(2 * source->overlay.features), pair_rows, &work);
}

static void labelled_rows(void *context, size_t begin, size_t end)
{
	const struct source_work *work = context;
	const struct ff_overlay *overlay = &work->source->overlay;
	size_t width = overlay->features, classes = (size_t)overlay->classes;
	for (size_t i = begin; i < end; i++) {
		float *rows = work->x + i * classes * width;
		float value = ff_overlay_image(overlay, work->images->pixels + (work->first + i) * width, rows);
		for (size_t c = 1; c < classes; c++) {
			memcpy(rows + c * width, rows, width * sizeof *rows);
			ff_overlay_label(overlay, rows + c * width, (int)c, value);
		}
		ff_overlay_label(overlay, rows, 0, value);
	}
}

void ff_source_labelled(const struct ff_source *source, const struct ff_team *team, const struct ff_images *images,
                        size_t first, size_t n, float *x)
{
	struct source_work work = {.source = source, .images = images, .first = first, .x = x};
	ff_team_for(team, n, ff_team_grain((size_t)source->overlay.classes * source->overlay.features), labelled_rows,
	            &work);
}

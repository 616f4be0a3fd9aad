#include "runtime/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rng.h"
#include "model/negatives.h"

struct ff_data_shape ff_source_shape(const struct ff_dataset *dataset)
{
	struct ff_data_shape shape = {.features = dataset->features, .classes = (size_t)dataset->classes};
	for (int s = 0; s < FF_N_SETS; s++)
		shape.n[s] = ff_dataset_images(dataset, (enum ff_set)s)->n;
	return shape;
}

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

/* The epoch's order. A full batch is not shuffled: its sum has no order. */
static void shuffle(struct ff_source *source, const struct ff_packet *packet)
{
	uint32_t *order = source->order;
	for (size_t i = 0; i < source->n; i++)
		order[i] = (uint32_t)i;
	if (packet->batch == source->n)
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

struct source_work {
	const struct ff_source *source;
	const struct ff_packet *packet;
	const struct ff_images *images; /* of inference */
	float *x;
};

static void pair_rows(void *context, size_t begin, size_t end)
{
	const struct source_work *work = context;
	const struct ff_source *source = work->source;
	const struct ff_images *images = &source->dataset->train;
	size_t width = source->overlay.features;
	int64_t draw = source->experiment->negatives.redraw == FF_REDRAW_ONCE ? 0 : work->packet->epoch;
	for (size_t p = begin; p < end; p++) {
		uint32_t sample = source->order[work->packet->at + p];
		int label = images->labels[sample];
		int wrong =
		    ff_wrong_label(source->experiment->seed, sample, (uint32_t)draw, label, source->overlay.classes);
		float *positive = work->x + p * width, *negative = positive + work->packet->n * width;
		float value = ff_overlay_image(&source->overlay, images->pixels + sample * width, positive);
		memcpy(negative, positive, width * sizeof *negative);
		ff_overlay_label(&source->overlay, positive, label, value);
		ff_overlay_label(&source->overlay, negative, wrong, value);
	}
}

static void labelled_rows(void *context, size_t begin, size_t end)
{
	const struct source_work *work = context;
	const struct ff_overlay *overlay = &work->source->overlay;
	size_t width = overlay->features, classes = (size_t)overlay->classes;
	for (size_t i = begin; i < end; i++) {
		float *rows = work->x + i * classes * width;
		float value = ff_overlay_image(overlay, work->images->pixels + (work->packet->at + i) * width, rows);
		for (size_t c = 1; c < classes; c++) {
			memcpy(rows + c * width, rows, width * sizeof *rows);
			ff_overlay_label(overlay, rows + c * width, (int)c, value);
		}
		ff_overlay_label(overlay, rows, 0, value);
	}
}

/* x [2 n x I] = the packet's positives, then its negatives. */
static void fill_pairs(struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                       const struct ff_slot *slot)
{
	struct source_work work = {.source = source, .packet = packet, .x = slot->rows};
	if (packet->at == 0)
		shuffle(source, packet);
	if (packet->from == 0)
		ff_team_for(team, packet->n, ff_team_grain(2 * source->overlay.features), pair_rows, &work);
	if (packet->layer > 0)
		memcpy(slot->carried, source->order + packet->at, packet->n * sizeof *source->order);
}

/* x [n C x I] = each of the packet's images with every label in turn. */
static void fill_labelled(const struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                          const struct ff_slot *slot)
{
	const struct ff_overlay *overlay = &source->overlay;
	struct source_work work = {source, packet, ff_dataset_images(source->dataset, packet->set), slot->rows};
	ff_team_for(team, packet->n, ff_team_grain((size_t)overlay->classes * overlay->features), labelled_rows, &work);
}

void ff_source_fill(struct ff_source *source, const struct ff_team *team, const struct ff_packet *packet,
                    const struct ff_slot *slot)
{
	double started = ff_clock();
	*slot->packet = *packet;
	if (packet->kind == FF_PACKET_TRAIN)
		fill_pairs(source, team, packet, slot);
	if (packet->kind == FF_PACKET_INFER)
		fill_labelled(source, team, packet, slot);
	source->seconds += ff_clock() - started;
}

#include "pipeline/sizes.h"

#include "pipeline/packet.h"

enum { MIN_ROWS = 1024 }; /* so that evaluation uses large enough matrix products even with small batches */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t ff_schedule_batch_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	return experiment->train.batch == FF_AUTO ? shape->n[FF_SET_TRAIN] : (size_t)experiment->train.batch;
}

size_t ff_schedule_max_samples(const struct ff_experiment *experiment)
{
	bool narrow = ff_schedule_labelled(experiment); /* otherwise the images are rows too */
	for (int l = 0; l < experiment->n_layers; l++)
		narrow = narrow && experiment->layers[l].width <= FF_NARROW;
	return narrow ? FF_NARROW_TILE_SAMPLES : FF_TILE_SAMPLES;
}

size_t ff_schedule_tile_size(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	return least(ff_schedule_batch_size(experiment, shape), ff_schedule_max_samples(experiment));
}

bool ff_schedule_any_dropout(const struct ff_experiment *experiment)
{
	for (int l = 0; l < experiment->n_layers; l++)
		if (experiment->layers[l].dropout > 0)
			return true;
	return false;
}

/* Rows of an image in inference. Supervised: one per class, and a plain one for the head; unsupervised: the plain
 * one. */
static size_t rows_of_image(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	if (experiment->mode == FF_UNSUPERVISED)
		return 1;
	return shape->classes + ff_has_head(experiment);
}

size_t ff_schedule_query_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	size_t scored =
	    experiment->negatives.draw == FF_DRAW_GOODNESS && ff_is_adaptive(experiment) ? shape->classes : 0;
	return scored + ff_has_head(experiment);
}

size_t ff_schedule_max_rows(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	size_t rows = (ff_schedule_sides(experiment) + ff_schedule_query_rows(experiment, shape)) *
	              ff_schedule_tile_size(experiment, shape);
	size_t image = rows_of_image(experiment, shape);
	rows = rows > MIN_ROWS ? rows : MIN_ROWS;
	return rows > image ? rows : image;
}

size_t ff_schedule_images_per_packet(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	return ff_schedule_max_rows(experiment, shape) / rows_of_image(experiment, shape);
}

size_t ff_schedule_max_queries(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	size_t images = ff_schedule_images_per_packet(experiment, shape),
	       samples = ff_schedule_tile_size(experiment, shape);
	return images > samples ? images : samples;
}

size_t ff_schedule_max_images(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	size_t samples = ff_schedule_tile_size(experiment, shape),
	       inference = ff_schedule_images_per_packet(experiment, shape);
	size_t training = ff_schedule_query_rows(experiment, shape) ? 2 * samples : samples;
	return training > inference ? training : inference;
}

int64_t ff_schedule_lag(const struct ff_experiment *experiment, const struct ff_data_shape *shape)
{
	int64_t lag = experiment->negatives.lag == FF_AUTO ? experiment->n_layers + 2 : experiment->negatives.lag;
	size_t batch = ff_schedule_batch_size(experiment, shape), n = shape->n[FF_SET_TRAIN];
	int64_t batches = (int64_t)((n + batch - 1) / batch);
	return lag < batches ? lag : batches - 1;
}

#include "runtime/net.h"

#include <stdlib.h>

#include "base/memory.h"

enum { MIN_ROWS = 1024 }; /* so that evaluation has tiles worth a matrix product whatever the batch */

static size_t layer_inputs(const struct ff_experiment *experiment, const struct ff_dataset *dataset, int l)
{
	return l ? (size_t)experiment->layers[l - 1].width : dataset->features;
}

/* Rows of the largest packet: two a pair in training, one a class in inference. */
static size_t packet_rows(const struct ff_experiment *experiment, const struct ff_dataset *dataset)
{
	size_t batch = experiment->train.batch == FF_AUTO ? dataset->train.n : (size_t)experiment->train.batch;
	size_t rows = 2 * (batch < FF_TILE_PAIRS ? batch : FF_TILE_PAIRS);
	return rows > MIN_ROWS ? rows : MIN_ROWS;
}

static void layout(struct ff_net *net, struct ff_arena *arena, const struct ff_experiment *experiment,
                   const struct ff_dataset *dataset)
{
	net->input = ff_arena_take(arena, net->max_rows, dataset->features * sizeof(float));
	for (int l = 0; l < net->n_layers; l++)
		net->activation[l] =
		    ff_arena_take(arena, net->max_rows, (size_t)experiment->layers[l].width * sizeof(float));
	net->goodness = ff_arena_take(arena, net->max_rows, (size_t)net->n_layers * sizeof(float));
}

static ff_status allocate(struct ff_net *net, const struct ff_experiment *experiment, const struct ff_dataset *dataset,
                          struct ff_error *error)
{
	net->stages = calloc((size_t)net->n_layers, sizeof *net->stages);
	net->activation = calloc((size_t)net->n_layers, sizeof *net->activation);
	if (!net->stages || !net->activation)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %d stages", net->n_layers);
	layout(net, &net->arena, experiment, dataset);
	size_t bytes = net->arena.used;
	for (int l = 0; l < net->n_layers; l++)
		if (__builtin_add_overflow(
		        bytes, ff_stage_bytes(experiment, l, layer_inputs(experiment, dataset, l), net->max_rows),
		        &bytes))
			bytes = SIZE_MAX;
	FF_TRY(ff_memory_check(bytes, "the net", error));
	FF_TRY(ff_arena_init(&net->arena, error));
	layout(net, &net->arena, experiment, dataset);
	for (int l = 0; l < net->n_layers; l++)
		FF_TRY(ff_stage_init(&net->stages[l], experiment, l, layer_inputs(experiment, dataset, l),
		                     net->max_rows, net->team, error));
	return FF_OK;
}

ff_status ff_net_create(const struct ff_experiment *experiment, const struct ff_dataset *dataset, int threads,
                        struct ff_net *net, struct ff_error *error)
{
	*net = (struct ff_net){
	    .n_layers = experiment->n_layers,
	    .team = {threads},
	    .max_rows = packet_rows(experiment, dataset),
	};
	ff_status status = allocate(net, experiment, dataset, error);
	if (status != FF_OK)
		ff_net_destroy(net);
	return status;
}

void ff_net_destroy(struct ff_net *net)
{
	if (!net)
		return;
	for (int l = 0; net->stages && l < net->n_layers; l++)
		ff_stage_fini(&net->stages[l]);
	ff_arena_fini(&net->arena);
	free(net->activation);
	free(net->stages);
	*net = (struct ff_net){0};
}

ff_status ff_net_train(struct ff_net *net, const struct ff_source *source, const struct ff_packet *packet,
                       struct ff_error *error)
{
	ff_source_pairs(source, &net->team, packet, net->input);
	const float *x = net->input;
	for (int l = 0; l < net->n_layers; l++) {
		float *out = l + 1 < net->n_layers ? net->activation[l] : NULL;
		FF_TRY(ff_stage_train(&net->stages[l], packet, x, out, error));
		x = out;
	}
	return FF_OK;
}

const float *ff_net_infer(struct ff_net *net, size_t rows, int layers)
{
	const float *x = net->input;
	for (int l = 0; l < layers; l++) {
		float *out = l + 1 < net->n_layers ? net->activation[l] : NULL;
		ff_stage_infer(&net->stages[l], x, rows, out, net->goodness + (size_t)l * net->max_rows);
		x = out;
	}
	return x;
}

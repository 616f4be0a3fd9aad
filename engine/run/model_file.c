#include "run/model_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ffengine/version.h"

/* A matrix [I x O], which the file holds as [O x I], or a vector if columns = 0. */
static struct ff_tensor tensor_of(const float *data, size_t rows, size_t columns)
{
	return (struct ff_tensor){.rows = rows, .columns = columns, .transpose = columns > 0, .data = data};
}

/* Lists all tensors in the order of the file. Returns their number. */
static size_t list_tensors(const struct ff_net *net, struct ff_tensor *tensors)
{
	struct ff_tensor *t = tensors;
	for (int l = 0; l < net->n_layers; l++) {
		const struct ff_layer *layer = ff_net_layer(net, l);
		struct ff_layer_tensor of[FF_LAYER_TENSORS];
		int n = layer->kind->tensors(layer, of);
		for (int i = 0; i < n; i++) {
			*t = tensor_of(of[i].data, of[i].rows, of[i].columns);
			t->panel = of[i].panel;
			snprintf(t++->name, sizeof t->name, "layers.%d.%s", l, of[i].name);
		}
	}
	const struct ff_head *head = ff_net_head(net);
	const float *weight = head ? head->parameters.value : NULL;
	for (int i = 0; head && i < head->n_parts; weight += head->widths[i++] * head->classes) {
		*t = tensor_of(weight, head->widths[i], head->classes);
		snprintf(t++->name, sizeof t->name, "head.layers.%d.weight", head->layers[i]);
	}
	if (head) {
		*t = tensor_of(weight, head->classes, 0);
		snprintf(t++->name, sizeof t->name, "head.bias");
	}
	return (size_t)(t - tensors);
}

ff_status ff_model_file_check(const struct ff_net *net, struct ff_error *error)
{
	for (int l = 0; l < net->n_layers; l++) {
		const struct ff_layer_kind *kind = ff_net_layer(net, l)->kind;
		if (!kind->tensors)
			return ff_fail(error, FF_ERROR_CONFIG,
			               "layer %d is of the kind %s, which no model file can hold", l + 1, kind->name);
	}
	return FF_OK;
}

ff_status ff_model_file_write_tensors(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                                      const struct ff_tensor *tensors, size_t n_tensors, struct ff_error *error)
{
	char path[FF_MAX_PATH], seed[24];
	FF_TRY(ff_run_folder_file(folder, "model.safetensors", path, error));
	snprintf(seed, sizeof seed, "%" PRIu64, experiment->seed);
	const char *const metadata[] = {"format",           "pt",        "name", experiment->name, "seed", seed,
	                                "ffengine_version", ff_version()};
	return ff_safetensors_write(path, tensors, n_tensors, metadata, sizeof metadata / sizeof *metadata / 2, error);
}

ff_status ff_model_file_write(const struct ff_run_folder *folder, const struct ff_experiment *experiment,
                              const struct ff_net *net, struct ff_error *error)
{
	size_t most = (FF_LAYER_TENSORS + 1) * (size_t)net->n_layers + 1;
	struct ff_tensor *tensors = calloc(most, sizeof *tensors);
	if (!tensors)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to list %zu tensors", most);
	size_t n = list_tensors(net, tensors);
	ff_status status = ff_model_file_write_tensors(folder, experiment, tensors, n, error);
	free(tensors);
	return status;
}

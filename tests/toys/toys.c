/* The table of toys. The linker puts it in front of the engine's own tables (-Wl,--wrap), so that nothing in the engine
 * knows of it. */
#include "toys/toys.h"

#include <stddef.h>
#include <string.h>

#include "model/dense.h"
#include "pipeline/station_kinds.h"

static const struct toy {
	const char *name;
	const struct ff_layer_kind *layer; /* of every layer */
	const struct ff_loss *loss;
	const struct ff_station_kind *(*station)(void); /* of every layer */
} TOYS[] = {
    {.name = "a layer of local units", .layer = &toy_local_kind},
    {.name = "an objective without negatives", .loss = &toy_band_loss},
    {.name = "a station with an edge back", .station = toy_back_kind},
    {.name = "dense layers", .layer = &ff_dense_kind}, /* no toy: for a first layer that gets rows */
};

static const struct toy NONE, *used = &NONE;

void toys_use(const char *name)
{
	used = &NONE;
	for (size_t i = 0; name && i < sizeof TOYS / sizeof *TOYS; i++)
		if (strcmp(name, TOYS[i].name) == 0)
			used = &TOYS[i];
}

const struct ff_layer_kind *__real_ff_layer_kind_of(const struct ff_experiment *experiment, int index);
const struct ff_layer_kind *__wrap_ff_layer_kind_of(const struct ff_experiment *experiment, int index);
const struct ff_loss *__real_ff_loss_of(enum ff_loss_kind kind);
const struct ff_loss *__wrap_ff_loss_of(enum ff_loss_kind kind);
const struct ff_station_kind *__real_ff_station_kind_of(const struct ff_experiment *experiment, int number);
const struct ff_station_kind *__wrap_ff_station_kind_of(const struct ff_experiment *experiment, int number);

const struct ff_layer_kind *__wrap_ff_layer_kind_of(const struct ff_experiment *experiment, int index)
{
	return used->layer ? used->layer : __real_ff_layer_kind_of(experiment, index);
}

const struct ff_loss *__wrap_ff_loss_of(enum ff_loss_kind kind)
{
	return used->loss ? used->loss : __real_ff_loss_of(kind);
}

const struct ff_station_kind *__wrap_ff_station_kind_of(const struct ff_experiment *experiment, int number)
{
	bool layer = number < experiment->n_layers;
	return used->station && layer ? used->station() : __real_ff_station_kind_of(experiment, number);
}

/* The kinds of layers, and which layer is of which kind. */
#ifndef ENGINE_MODEL_LAYER_KINDS_H
#define ENGINE_MODEL_LAYER_KINDS_H

#include "model/layer.h"

/* The kind of layer `index` (from 0) of the experiment. */
const struct ff_layer_kind *ff_layer_kind_of(const struct ff_experiment *experiment, int index);

#endif

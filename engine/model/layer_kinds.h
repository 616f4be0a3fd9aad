/* The kinds of layers, and which kind each layer of an experiment is. */
#ifndef ENGINE_MODEL_LAYER_KINDS_H
#define ENGINE_MODEL_LAYER_KINDS_H

#include "model/layer.h"

/* The kind of layer `index` (from 0) of the experiment. */
const struct ff_layer_kind *ff_layer_kind_of(const struct ff_experiment *experiment, int index);

#endif

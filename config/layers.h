/* The layers of an experiment: widths, the values that each layer has of its own, and sets of layers. One thread. */
#ifndef CONFIG_LAYERS_H
#define CONFIG_LAYERS_H

#include "config/loader.h"

/* Fills n_layers and layers from layers.widths, layers.each and every key that a layer may have of its own. n_layers
 * stays 0 if these have faults. */
void ff_load_layers(struct ff_loader *loader);

/* Fills every key that is a set of layers; after ff_load_layers(). */
void ff_load_layer_sets(struct ff_loader *loader);

#endif

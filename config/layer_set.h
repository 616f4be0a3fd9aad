/* Sets of layers as text: all, N, N.., N..M (counted from 1). Used by one thread, for one load. */
#ifndef CONFIG_LAYER_SET_H
#define CONFIG_LAYER_SET_H

#include "config/value.h"

/* Adds the layers that the scalar names to *set. On failure *set is untouched and `what` and `hint` of *fault say why;
 * `label` is what messages call the key. With n_layers 0, the number not being known, only the text is checked. */
FF_NODISCARD bool ff_layer_set_parse(const char *label, struct ff_scalar scalar, int n_layers, struct ff_layer_set *set,
                                     struct ff_error *fault);

/* Adds all layers but the first, or the only one: the default of a set whose word for it is auto. */
void ff_layer_set_auto(int n_layers, struct ff_layer_set *set);

#endif

/* A dense layer: every unit sees every input.
 *
 *     forward   y = relu(x W + b)      W [I x O], b [O]
 *     gradient  grad W = x^T delta,    grad b = sum over rows of delta
 *
 * With mini-batches W is stored in panels (product/panels.h), since updates then go over the weights block by block. */
#ifndef ENGINE_MODEL_DENSE_H
#define ENGINE_MODEL_DENSE_H

#include "model/layer.h"

extern const struct ff_layer_kind ff_dense_kind;

#endif

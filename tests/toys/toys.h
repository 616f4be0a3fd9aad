/* A toy of each kind that an engineer may add: a layer, an objective, a station. Each is one file; the table in toys.c
 * has a line for each. None is a part of the engine. */
#ifndef TESTS_TOYS_TOYS_H
#define TESTS_TOYS_TOYS_H

#include "model/layer.h"
#include "pipeline/station.h"

extern const struct ff_layer_kind toy_local_kind;  /* toy_layer.c */
extern const struct ff_loss toy_band_loss;         /* toy_objective.c */
const struct ff_station_kind *toy_back_kind(void); /* toy_station.c */

/* Nets that are made from now on have the toy of this name in them, until the next call; NULL: none. */
void toys_use(const char *name);

#endif

/* Draws wrong labels for negatives. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_NEGATIVES_H
#define ENGINE_MODEL_NEGATIVES_H

#include <stdint.h>

/* A label in [0, classes) other than `label`, uniformly drawn for training image `sample` in draw number `draw` (0 if
 * drawn once, else the epoch). */
int ff_wrong_label(uint64_t seed, uint32_t sample, uint32_t draw, int label, int classes);

#endif

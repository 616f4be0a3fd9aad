/* Wrong labels for the negatives. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_NEGATIVES_H
#define ENGINE_MODEL_NEGATIVES_H

#include <stdint.h>

/* A label in [0, classes) other than `label`, each as likely, for training image `sample` in draw number `draw`
 * (0 when drawn once, else the epoch). */
int ff_wrong_label(uint64_t seed, uint32_t sample, uint32_t draw, int label, int classes);

#endif

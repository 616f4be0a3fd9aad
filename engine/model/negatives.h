/* Labels written into images, and wrong ones for the negatives. Pure functions; any thread may call them. */
#ifndef ENGINE_MODEL_NEGATIVES_H
#define ENGINE_MODEL_NEGATIVES_H

#include <stddef.h>
#include <stdint.h>

/* A label in [0, classes) other than `label`, each as likely, for training image `sample` in draw number `draw`
 * (0 when drawn once, else the epoch). */
int ff_wrong_label(uint64_t seed, uint32_t sample, uint32_t draw, int label, int classes);

/* The normalised row of an image carries its label in its first `classes` inputs (Hinton 2022, section 3.3): writes
 * `strength` at `label` and 0 at the others. */
void ff_label_write(float *row, int classes, int label, float strength);

#endif

/* The compiled sets of kernels, and which of them this processor can run. */
#ifndef ENGINE_MODEL_KERNEL_SETS_H
#define ENGINE_MODEL_KERNEL_SETS_H

#include "model/kernels.h"

/* The best set for this processor. */
const struct ff_kernels *ff_kernels_best(void);

/* Fills sets with all that this processor can run, best first, at most `most`; returns how many. For tests and
 * benchmarks. */
int ff_kernels_usable(const struct ff_kernels *sets[], int most);

#endif

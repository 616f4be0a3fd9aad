/* The sets of kernels that were compiled, and which of them this processor can run. */
#ifndef ENGINE_MODEL_KERNEL_SETS_H
#define ENGINE_MODEL_KERNEL_SETS_H

#include "model/kernels.h"

/* The best set for this processor. */
const struct ff_kernels *ff_kernels_best(void);

/* All sets this processor can run, best first, at most `most`; returns how many (for tests and benches). */
int ff_kernels_usable(const struct ff_kernels *sets[], int most);

#endif

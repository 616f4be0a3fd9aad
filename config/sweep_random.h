/* From the section random of a sweep to raw points. One thread. */
#ifndef CONFIG_SWEEP_RANDOM_H
#define CONFIG_SWEEP_RANDOM_H

#include "config/sweep_raw.h"

/* Adds points drawn by Philox with this seed. Complains about faults of form. */
void ff_expand_random(struct ff_raw_sweep *raw, struct ff_node random, uint64_t seed);

#endif

/* From the sections grid, list and seeds of a sweep to raw points. One thread. */
#ifndef CONFIG_SWEEP_EXPAND_H
#define CONFIG_SWEEP_EXPAND_H

#include "config/sweep_raw.h"

/* Add every combination of a grid's values, or the points of a list. They complain about faults of form. */
void ff_expand_grid(struct ff_raw_sweep *raw, struct ff_node grid);
void ff_expand_list(struct ff_raw_sweep *raw, struct ff_node list);

/* Multiplies the points by the seeds. */
void ff_expand_seeds(struct ff_raw_sweep *raw, struct ff_node seeds);

#endif

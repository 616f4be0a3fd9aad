/* What the keys of the section dataset need of each other and of the batch. One thread. */
#ifndef CONFIG_CHECK_DATA_H
#define CONFIG_CHECK_DATA_H

#include "config/loader.h"

void ff_check_data(struct ff_loader *loader);

/* Mini-batches of an epoch, as far as they can be known without the data; 0 if not. */
int64_t ff_known_batches(const struct ff_experiment *experiment);

#endif

/* What the modes, the head, adaptive negatives and early stopping need of each other. One thread. */
#ifndef CONFIG_MODES_H
#define CONFIG_MODES_H

#include "config/loader.h"

/* Settles what depends on the mode where the experiment leaves it open. */
void ff_settle_mode(struct ff_loader *loader);

/* Complains about what does not go together; after ff_settle_mode(). */
void ff_check_modes(struct ff_loader *loader);

#endif

/* Values that are each allowed, but not together. One thread. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/loader.h"

/* Complains about them all, with those of check_data.c and modes.c; when every key has been read. */
void ff_check_relations(struct ff_loader *loader);

#endif

/* Walks the maps of a file or an override, and notes in the loader which node sets which key. One thread. */
#ifndef CONFIG_WALK_H
#define CONFIG_WALK_H

#include "config/loader.h"

/* Notes the settings of a map of keys; complains about unknown keys, and about sections that are no maps. False if the
 * root is no map. */
FF_NODISCARD bool ff_walk_file(struct ff_loader *loader, struct ff_node root);

/* Notes the settings of override i (from 0), "key.path=value"; false if its form leaves open what it sets. */
FF_NODISCARD bool ff_walk_override(struct ff_loader *loader, int i);

/* Complains about the unknown key `path` of the experiment or, with in_each, of an entry of layers.each. */
void ff_complain_unknown(struct ff_loader *loader, struct ff_place place, const char *path, bool in_each);

#endif

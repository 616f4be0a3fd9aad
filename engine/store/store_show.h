/* Shows one run: `ffengine runs show`. */
#ifndef ENGINE_STORE_STORE_SHOW_H
#define ENGINE_STORE_STORE_SHOW_H

#include <jansson.h>

#include "store/store_db.h"

/* Everything about a run, given by its folder's name or by a prefix that only one run has: its columns as in
 * ff_store_list(); `settings`, an object of the experiment's keys; `experiment`, its text; `layers`, `stages` and
 * `metrics`, arrays of objects. The caller owns it. Errors: FF_ERROR_USAGE (no such run, or several), those of
 * ff_store_fail(). */
FF_NODISCARD ff_status ff_store_show(const struct ff_store *store, const char *id, json_t **run,
                                     struct ff_error *error);

#endif

/* A profile as JSON, for scripts. */
#ifndef ENGINE_TRACE_PROFILE_JSON_H
#define ENGINE_TRACE_PROFILE_JSON_H

#include <jansson.h>

#include "trace/profile_report.h"

/* Returns a new reference, NULL without memory. `rates`, whose reference is taken: what --rates of `ffengine plan`
 * reads. */
json_t *ff_profile_to_json(const struct ff_profile_report *report, json_t *rates);

#endif

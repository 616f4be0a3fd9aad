/* The JSON texts of a run's folder. Each ends with a newline. The caller frees it with free(); NULL without memory. */
#ifndef ENGINE_RUN_RESULT_H
#define ENGINE_RUN_RESULT_H

#include <jansson.h>

#include "ffengine/run.h"

/* result.json: an object with one key per line, always in the same order. failure == NULL: the run finished or was
 * interrupted. Otherwise status is "failed", `error` says why, and the rest is what *result has so far. null means not
 * measured. */
char *ff_result_format(const struct ff_result *result, const struct ff_error *failure);

/* A line of metrics.jsonl. */
char *ff_metrics_format(const struct ff_epoch_metrics *metrics);

/* The machine type and ffengine's version, as in result.json and run.json: an object that the caller owns; NULL without
 * memory. */
json_t *ff_machine_to_json(void);

#endif

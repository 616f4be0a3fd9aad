/* Where the rates of a plan come from. */
#ifndef ENGINE_CLI_PLAN_RATES_H
#define ENGINE_CLI_PLAN_RATES_H

#include <jansson.h>

#include "cli/cli.h"
#include "plan/cost.h"

enum ff_rates_from { FF_RATES_MEASURED, FF_RATES_GIVEN };

/* Fills *rates from --rates, else from --rate and --bandwidth over the table, else by a measurement on this machine.
 * Errors: FF_ERROR_USAGE (options), FF_ERROR_IO, FF_ERROR_DATA (the file), FF_ERROR_MEMORY, those of
 * ff_topology_init(). */
FF_NODISCARD ff_status ff_rates_get(const struct ff_arguments *arguments, struct ff_rates *rates,
                                    enum ff_rates_from *from, struct ff_error *error);

/* As --rates reads it; a new reference, NULL without memory. */
json_t *ff_rates_to_json(const struct ff_rates *rates);

#endif

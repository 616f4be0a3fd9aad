/* What several commands print alike. */
#ifndef ENGINE_CLI_PRINT_H
#define ENGINE_CLI_PRINT_H

#include <jansson.h>

#include "base/error.h"

/* Prints root as JSON on standard output and releases it. Errors: FF_ERROR_MEMORY if root is NULL, which is what a
 * builder of JSON without memory returns. */
FF_NODISCARD ff_status ff_print_json(json_t *root, struct ff_error *error);

#endif

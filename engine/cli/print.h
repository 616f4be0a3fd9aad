/* What several commands print alike. */
#ifndef ENGINE_CLI_PRINT_H
#define ENGINE_CLI_PRINT_H

#include <stdio.h>

#include <jansson.h>

#include "base/error.h"

/* Prints root as JSON on standard output and releases it. Errors: FF_ERROR_MEMORY if root is NULL, which is what a
 * builder of JSON without memory returns. */
FF_NODISCARD ff_status ff_print_json(json_t *root, struct ff_error *error);

/* Writes a word as a shell reads it back. */
void ff_print_word(FILE *stream, const char *word);

/* "ffengine: where: what", and the hint on a line of its own, on standard error. */
void ff_error_print(const struct ff_error *error);

#endif

/* Reads a command's words against its table of options. */
#ifndef ENGINE_CLI_OPTIONS_H
#define ENGINE_CLI_OPTIONS_H

#include "cli/cli.h"

/* Fills *arguments from n words: `--name value`, `--name=value`, `-h`; options and operands in any order, `--` ends the
 * options. Errors: FF_ERROR_USAGE (unknown option, with the nearest known one; missing or surplus value; wrong number
 * of operands), FF_ERROR_MEMORY. *arguments borrows the words; end it with ff_arguments_fini() either way. */
FF_NODISCARD ff_status ff_arguments_parse(const struct ff_command *command, const char *const words[], int n,
                                          struct ff_arguments *arguments, struct ff_error *error);

void ff_arguments_fini(struct ff_arguments *arguments);

/* True if `known` at that distance may be what `typed` was meant to be. */
bool ff_word_is_near(const char *typed, const char *known, int distance);

#endif

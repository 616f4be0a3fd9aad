/* From words of the command line to an entry of the table of commands. */
#ifndef ENGINE_CLI_COMMAND_FIND_H
#define ENGINE_CLI_COMMAND_FIND_H

#include "cli/cli.h"

/* The command that the first of n words (one at least) name, and in *used how many words that took. NULL if there is
 * none; *error then says so and names the nearest. */
const struct ff_command *ff_command_find(const char *const words[], int n, int *used, struct ff_error *error);

#endif

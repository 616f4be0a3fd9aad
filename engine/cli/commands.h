/* The table of all commands. Constant data. */
#ifndef ENGINE_CLI_COMMANDS_H
#define ENGINE_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct ff_command ff_commands[];
extern const int ff_n_commands;

#endif

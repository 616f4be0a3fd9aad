/* The help pages, made from the tables of commands, keys and terms. */
#ifndef ENGINE_CLI_HELP_H
#define ENGINE_CLI_HELP_H

#include "cli/cli.h"

/* Help for one command, for the commands of the group `name` ("data"; false if there is no such group), and the
 * overview. */
void ff_help_command(const struct ff_command *command, FILE *stream);
bool ff_help_group(const char *name, FILE *stream);
void ff_help_overview(FILE *stream);

/* The command `help`. It is not in the table of commands, which it reads. Errors: FF_ERROR_USAGE. */
ff_status ff_command_help(const struct ff_arguments *arguments, struct ff_error *error);

/* Whether `option` is the one that the command's other form begins with. */
bool ff_command_begins_instead(const struct ff_command *command, const struct ff_option *option);

#endif

/* A profile as tables and pictures in text. */
#ifndef ENGINE_CLI_PROFILE_PRINT_H
#define ENGINE_CLI_PROFILE_PRINT_H

#include "trace/profile.h"

void ff_profile_print(const struct ff_profile_report *report, FILE *stream);

#endif

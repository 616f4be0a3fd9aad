/* A key of an experiment in words. */
#ifndef CONFIG_KEY_HELP_H
#define CONFIG_KEY_HELP_H

#include "config/value_text.h"

enum { FF_MAX_KEY_LINE = 2 * FF_MAX_DESCRIBED };

/* Writes "a number, 0 to 1, or auto; default auto" into line (FF_MAX_KEY_LINE bytes). Numbers are plain between
 * ff_numeric_begin() and ff_numeric_end(). */
void ff_key_describe(const struct ff_key *key, char *line);

#endif

/* Values of an experiment as text, and in words what a key takes. Any thread. */
#ifndef CONFIG_VALUE_TEXT_H
#define CONFIG_VALUE_TEXT_H

#include "base/error.h"
#include "config/schema.h"

enum {
	FF_MAX_VALUE = 64,      /* of a printed number or word, with its end */
	FF_MAX_DESCRIBED = 256, /* of what a key takes, with its end */
};

/* The field as text that ff_value_parse() reads to the same bytes; false if it holds no valid value. Not for NAME,
 * FILE, LAYER_SET, WIDTHS and EACH. text holds FF_MAX_VALUE bytes. */
bool ff_value_print(const struct ff_key *key, const void *field, char *text);

/* What the key takes: "a whole number", "a word", ... */
const char *ff_value_noun(const struct ff_key *key);

/* The limits: "one of adam, sgd" or "0 to below 1, or auto"; with `reserved`, also the words reserved for later
 * versions, marked as such. text holds FF_MAX_DESCRIBED bytes. */
void ff_value_describe(const struct ff_key *key, bool reserved, char *text);

#endif

/* Single values of an experiment: from YAML text to a field. Numbers follow the C locale only between
 * ff_numeric_begin() and ff_numeric_end(). */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <locale.h>

#include "config/value_text.h"

/* Switches the calling thread to plain numbers (0.5, never 0,5) and back. Errors: FF_ERROR_MEMORY. */
struct ff_numeric {
	locale_t plain, before;
};
FF_NODISCARD ff_status ff_numeric_begin(struct ff_numeric *numeric, struct ff_error *error);
void ff_numeric_end(struct ff_numeric *numeric);

/* A scalar as it stands in a file: `plain` = without quotation marks. */
struct ff_scalar {
	const char *text; /* ends with a zero byte behind `length` bytes */
	size_t length;
	bool plain;
};

/* The scalar is left out, null or ~. */
bool ff_scalar_is_null(struct ff_scalar scalar);

/* Reads a scalar into the key's field; `label` is what messages call the key. Not for LAYER_SET, WIDTHS and EACH.
 * On failure *field is untouched and `what` and `hint` of *fault say why. */
FF_NODISCARD bool ff_value_parse(const struct ff_key *key, const char *label, struct ff_scalar scalar, void *field,
                                 struct ff_error *fault);

/* The key's default into its field; zeros if it has none. */
void ff_value_default(const struct ff_key *key, void *field);

#endif

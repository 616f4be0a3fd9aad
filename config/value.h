/* Single values of an experiment: from YAML text to a field and back. The numbers here follow the C locale only
 * between ff_numeric_begin() and ff_numeric_end(). */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <locale.h>

#include "base/error.h"
#include "config/schema.h"

enum { FF_MAX_VALUE = 64 }; /* of a printed number or word, with its end */

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

/* Why a value was refused. */
struct ff_refusal {
	char what[FF_ERROR_TEXT], hint[FF_ERROR_TEXT];
};

/* Reads a scalar of any type but LAYER_SET, WIDTHS, EACH and UNBUILT into the key's field. On failure *field is
 * untouched and *refusal says why. */
FF_NODISCARD bool ff_value_parse(const struct ff_key *key, struct ff_scalar scalar, void *field,
                                 struct ff_refusal *refusal);

/* The key's default into its field; zero bytes if it has none. */
void ff_value_default(const struct ff_key *key, void *field);

/* The field as the shortest YAML text that ff_value_parse() reads to the same bytes (text holds FF_MAX_PATH bytes).
 * For the types of ff_value_parse() only. */
void ff_value_print(const struct ff_key *key, const void *field, char *text, size_t size);

/* What the key takes: "adam, sgd" or "0 to 1, 1 excluded, or auto". With `all`, also the words not built yet, marked so. */
void ff_value_describe(const struct ff_key *key, bool all, char *text, size_t size);

/* A plain integer within int64_t, digits and a sign only. */
bool ff_integer_parse(struct ff_scalar scalar, int64_t *number);

#endif

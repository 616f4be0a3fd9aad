/* JSON values from input that jansson refuses: numbers that are not finite, integers above 2^63 - 1, and text that is
 * not UTF-8 (the name of a folder may be any bytes).
 *
 * All return a new reference that the caller owns or hands to a container; NULL without memory. Thread-safe. */
#ifndef ENGINE_BASE_JSON_H
#define ENGINE_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Digits of a real number: enough for times and for fractions of any count, and few enough to write 0.05 as 0.05. */
#define FF_JSON_DIGITS JSON_REAL_PRECISION(12)

/* The number; null if it is NaN or infinite. */
json_t *ff_json_real(double number);

/* An array of n such numbers. */
json_t *ff_json_real_array(const double *numbers, size_t n);

/* The number; a string of its digits if it is above 2^63 - 1, which most readers cannot represent. */
json_t *ff_json_unsigned(uint64_t number);

/* The text; if it is not UTF-8, every byte above 127 becomes '?'. */
json_t *ff_json_text(const char *text);

#endif

/* JSON values that jansson refuses to make from raw input: numbers that are not finite, integers beyond 2^63, text that
 * is not UTF-8 (a folder's name may be any bytes).
 *
 * All return a new reference for the caller to own or to hand to a container, NULL without memory. Thread-safe. */
#ifndef ENGINE_BASE_JSON_H
#define ENGINE_BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Digits of a real: enough for a fraction of any count and for a time, and 0.05 is written as 0.05. */
#define FF_JSON_DIGITS JSON_REAL_PRECISION(12)

/* null if the number is NaN or infinite. */
json_t *ff_json_real(double number);

/* [n] reals. */
json_t *ff_json_real_array(const double *numbers, size_t n);

/* A string of decimal digits if the number is beyond 2^63 - 1, which most readers cannot hold. */
json_t *ff_json_unsigned(uint64_t number);

/* Bytes that are not UTF-8 become '?'. */
json_t *ff_json_text(const char *text);

#endif

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *ff_json_real(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

json_t *ff_json_real_array(const double *numbers, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, ff_json_real(numbers[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

json_t *ff_json_unsigned(uint64_t number)
{
	char digits[24];
	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);
	snprintf(digits, sizeof digits, "%" PRIu64, number);
	return json_string(digits);
}

json_t *ff_json_text(const char *text)
{
	json_t *value = json_string(text);
	if (value)
		return value;
	char *plain = strdup(text);
	if (!plain)
		return NULL;
	for (char *p = plain; *p; p++)
		if (*p & 0x80)
			*p = '?';
	value = json_string(plain);
	free(plain);
	return value;
}

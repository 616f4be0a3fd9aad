#include "base/csv.h"

#include <math.h>
#include <string.h>

#include "base/json.h"

void ff_csv_put_text(const char *text, FILE *stream)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, stream);
		return;
	}
	fputc('"', stream);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}

void ff_csv_put_real(double number, FILE *stream)
{
	json_t *value = isfinite(number) ? json_real(number) : NULL;
	if (value)
		json_dumpf(value, stream, JSON_ENCODE_ANY | FF_JSON_DIGITS); /* independent of the locale */
	json_decref(value);
}

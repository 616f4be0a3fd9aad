#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

const char *ff_status_name(ff_status status)
{
	static const char *const NAMES[] = {"ok", "internal", "usage", "config", "data", "io", "memory", "numeric"};
	unsigned i = (unsigned)status;
	return i < sizeof NAMES / sizeof *NAMES ? NAMES[i] : "unknown";
}

char *ff_error_format(const struct ff_error *error, char *text, unsigned long size)
{
	snprintf(text, size, "%s%s%s%s%s", error->where, *error->where ? ": " : "", error->what,
	         *error->hint ? "; " : "", error->hint);
	return text;
}

static void fill(struct ff_error *error, ff_status status, const char *where, const char *hint, const char *format,
                 va_list args)
{
	if (!error)
		return;
	struct ff_error filled = {.status = status}; /* where and hint may point into *error */
	vsnprintf(filled.what, sizeof filled.what, format, args);
	snprintf(filled.where, sizeof filled.where, "%s", where ? where : "");
	snprintf(filled.hint, sizeof filled.hint, "%s", hint ? hint : "");
	*error = filled;
}

ff_status ff_fail(struct ff_error *error, ff_status status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fill(error, status, NULL, NULL, format, args);
	va_end(args);
	return status;
}

ff_status ff_fail_at(struct ff_error *error, ff_status status, const char *where, const char *hint, const char *format,
                     ...)
{
	va_list args;
	va_start(args, format);
	fill(error, status, where, hint, format, args);
	va_end(args);
	return status;
}

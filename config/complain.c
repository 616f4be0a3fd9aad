#include "config/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int ff_place_compare(struct ff_place a, struct ff_place b)
{
	if (a.source != b.source)
		return a.source < b.source ? -1 : 1;
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column == b.column ? 0 : a.column < b.column ? -1 : 1;
}

/* A path that is too long loses its beginning: line and column, and the file's name, say more. */
static void print_place(const struct ff_complaints *complaints, struct ff_place place, char *text, size_t size)
{
	const char *path = complaints->path ? complaints->path : "";
	char position[48] = "";
	if (place.source > 0) {
		snprintf(text, size, "--set %s", complaints->overrides[place.source - 1]);
		return;
	}
	if (complaints->path && place.line)
		snprintf(position, sizeof position, ":%zu:%zu", place.line, place.column);
	size_t length = strlen(path), space = size - 1 - strlen(position);
	if (length <= space)
		snprintf(text, size, "%s%s", path, position);
	else
		snprintf(text, size, "...%s%s", path + (length - space + 3), position);
}

/* Index in out->items where a complaint at this place belongs, behind those at the same place. */
static int position_of(const struct ff_complaints *complaints, struct ff_place place)
{
	int i = complaints->count < FF_MAX_DIAGNOSTICS ? complaints->count : FF_MAX_DIAGNOSTICS;
	while (i > 0 && ff_place_compare(place, complaints->places[i - 1]) < 0)
		i--;
	return i;
}

static void add(struct ff_complaints *complaints, ff_status status, struct ff_place place, const char *hint,
                const char *format, va_list args)
{
	int i = position_of(complaints, place);
	int held = complaints->count < FF_MAX_DIAGNOSTICS ? complaints->count : FF_MAX_DIAGNOSTICS - 1;
	complaints->count++;
	if (i == 0)
		complaints->status = status;
	if (i == FF_MAX_DIAGNOSTICS)
		return;
	memmove(complaints->places + i + 1, complaints->places + i, (size_t)(held - i) * sizeof place);
	complaints->places[i] = place;
	if (!complaints->out)
		return;
	struct ff_error *item = complaints->out->items + i;
	memmove(item + 1, item, (size_t)(held - i) * sizeof *item);
	memset(item, 0, sizeof *item);
	item->status = status;
	vsnprintf(item->what, sizeof item->what, format, args);
	print_place(complaints, place, item->where, sizeof item->where);
	snprintf(item->hint, sizeof item->hint, "%s", hint ? hint : "");
}

bool ff_complain(struct ff_complaints *complaints, struct ff_place place, const char *hint, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(complaints, FF_ERROR_CONFIG, place, hint, format, args);
	va_end(args);
	return false;
}

bool ff_complain_status(struct ff_complaints *complaints, ff_status status, const char *hint, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(complaints, status, (struct ff_place){0}, hint, format, args);
	va_end(args);
	return false;
}

const char *ff_quote(char *quote, const char *text, size_t length)
{
	enum { SHOWN = FF_MAX_QUOTE - 6 }; /* two quotation marks, three dots, the end */
	size_t n = length > SHOWN ? SHOWN : length;
	while (n < length && n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--; /* not within a UTF-8 sequence */
	char *out = quote;
	*out++ = '\'';
	for (size_t i = 0; i < n; i++)
		*out++ = (char)((unsigned char)text[i] < ' ' || text[i] == 0x7F ? '?' : text[i]);
	snprintf(out, 5, "%s'", n < length ? "..." : "");
	return quote;
}

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value_text.h"

/* The fewest digits that read back as the same number; whole numbers without an exponent. */
static void print_real(double value, char *text)
{
	if (fabs(value) < 1e15 && value == trunc(value)) {
		snprintf(text, FF_MAX_VALUE, "%.0f", value);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, FF_MAX_VALUE, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			return;
	}
}

static bool print_word(const struct ff_key *key, const void *field, char *text)
{
	int value;
	memcpy(&value, field, sizeof value);
	for (const struct ff_word *word = key->words; word->text; word++)
		if (word->value == value) {
			snprintf(text, FF_MAX_VALUE, "%s", word->text);
			return true;
		}
	return false;
}

static bool print_choice(const struct ff_key *key, const char *field, char *text)
{
	for (const struct ff_word *word = key->words; word->text; word++)
		if (strncmp(word->text, field, key->size) == 0) {
			snprintf(text, FF_MAX_VALUE, "%s", word->text);
			return true;
		}
	return false;
}

static bool print_integer(const struct ff_key *key, const void *field, char *text)
{
	int64_t value = 0;
	int narrow = 0;
	if (key->size == sizeof narrow) {
		memcpy(&narrow, field, sizeof narrow);
		value = narrow;
	} else {
		memcpy(&value, field, sizeof value);
	}
	if (key->special && value == (int64_t)key->sentinel)
		snprintf(text, FF_MAX_VALUE, "%s", key->special);
	else
		snprintf(text, FF_MAX_VALUE, "%" PRId64, value);
	return true;
}

bool ff_value_print(const struct ff_key *key, const void *field, char *text)
{
	double real;
	uint64_t seed;
	bool truth;
	switch (key->type) {
	case FF_KEY_WORD:
		return print_word(key, field, text);
	case FF_KEY_CHOICE:
		return print_choice(key, field, text);
	case FF_KEY_BOOL:
		memcpy(&truth, field, sizeof truth);
		snprintf(text, FF_MAX_VALUE, "%s", truth ? "true" : "false");
		return true;
	case FF_KEY_SEED:
		memcpy(&seed, field, sizeof seed);
		snprintf(text, FF_MAX_VALUE, "%" PRIu64, seed);
		return true;
	case FF_KEY_REAL:
		memcpy(&real, field, sizeof real);
		if (key->special && real == key->sentinel)
			snprintf(text, FF_MAX_VALUE, "%s", key->special);
		else
			print_real(real, text);
		return isfinite(real);
	case FF_KEY_INTEGER:
	case FF_KEY_BYTES:
		return print_integer(key, field, text);
	default:
		return false;
	}
}

const char *ff_value_noun(const struct ff_key *key)
{
	static const char *const NOUNS[] = {
	    [FF_KEY_WORD] = "a word",
	    [FF_KEY_CHOICE] = "a word",
	    [FF_KEY_NAME] = "a name",
	    [FF_KEY_FILE] = "the path of a file",
	    [FF_KEY_BOOL] = "true or false",
	    [FF_KEY_INTEGER] = "a whole number",
	    [FF_KEY_SEED] = "a whole number",
	    [FF_KEY_BYTES] = "a number of bytes",
	    [FF_KEY_REAL] = "a number",
	    [FF_KEY_LAYER_SET] = "layers",
	    [FF_KEY_WIDTHS] = "a list of widths",
	    [FF_KEY_EACH] = "a list with a map for each layer",
	    [FF_KEY_SWEEP] = "a part of a sweep",
	    [FF_KEY_RESERVED] = "nothing",
	};
	return NOUNS[key->type];
}

/* Appends to the FF_MAX_DESCRIBED bytes at text. */
static void append(char *text, const char *format, ...) FF_PRINTF(2, 3);
static void append(char *text, const char *format, ...)
{
	size_t n = strlen(text);
	va_list args;
	va_start(args, format);
	vsnprintf(text + n, FF_MAX_DESCRIBED - n, format, args);
	va_end(args);
}

static void describe_range(const struct ff_key *key, char *text)
{
	char low[FF_MAX_VALUE], high[FF_MAX_VALUE];
	print_real(key->min, low);
	print_real(key->max, high);
	append(text, "%s%s", key->above_min ? "above " : "", low);
	if (key->type == FF_KEY_BYTES)
		append(text, " or more, such as 512MiB");
	else
		append(text, " to %s%s", key->below_max ? "below " : "", high);
	if (key->special)
		append(text, ", or %s", key->special);
}

static void describe_words(const struct ff_key *key, bool reserved, char *text)
{
	int shown = 0;
	for (const struct ff_word *word = key->words; word->text; word++)
		shown += reserved || !word->reserved;
	append(text, shown == 1 ? "only " : "one of ");
	int n = 0;
	for (const struct ff_word *word = key->words; word->text; word++)
		if (reserved || !word->reserved)
			append(text, "%s%s%s", n++ ? ", " : "", word->text, word->reserved ? " (reserved)" : "");
}

void ff_value_describe(const struct ff_key *key, bool reserved, char *text)
{
	*text = '\0';
	switch (key->type) {
	case FF_KEY_WORD:
	case FF_KEY_CHOICE:
		describe_words(key, reserved, text);
		break;
	case FF_KEY_NAME:
		append(text, "letters, digits, dots, _ and -, not starting with a dot or -");
		break;
	case FF_KEY_SEED:
		append(text, "0 to %" PRIu64, UINT64_MAX);
		break;
	case FF_KEY_LAYER_SET:
		append(text, "all, N, N.., N..M or a list of these");
		break;
	case FF_KEY_WIDTHS:
		append(text, "such as [500, 500]");
		break;
	case FF_KEY_EACH:
		append(text, "such as [{rate: 0.1}, {}]");
		break;
	case FF_KEY_INTEGER:
	case FF_KEY_BYTES:
	case FF_KEY_REAL:
		describe_range(key, text);
		break;
	default:
		break;
	}
}

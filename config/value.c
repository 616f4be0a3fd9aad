#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/complain.h"

ff_status ff_numeric_begin(struct ff_numeric *numeric, struct ff_error *error)
{
	numeric->plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	if (!numeric->plain)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for a locale");
	numeric->before = uselocale(numeric->plain);
	return FF_OK;
}

void ff_numeric_end(struct ff_numeric *numeric)
{
	uselocale(numeric->before);
	freelocale(numeric->plain);
}

/* ---- parsing ---- */

static bool refuse(struct ff_refusal *refusal, const char *format, ...) FF_PRINTF(2, 3);
static bool refuse(struct ff_refusal *refusal, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(refusal->what, sizeof refusal->what, format, args);
	va_end(args);
	return false;
}

/* "KEY is 'TEXT', which is not WHAT", with what the key takes as the hint. */
static bool not_what(const struct ff_key *key, struct ff_scalar scalar, const char *what, struct ff_refusal *refusal)
{
	char quote[FF_MAX_QUOTE], takes[FF_ERROR_TEXT - 16];
	ff_value_describe(key, false, takes, sizeof takes);
	snprintf(refusal->hint, sizeof refusal->hint, "it takes %s", takes);
	return refuse(refusal, "%s: %s is not %s", key->path, ff_quote(quote, scalar.text, scalar.length), what);
}

static bool digits_only(const char *text)
{
	text += *text == '-' || *text == '+';
	return *text && strspn(text, "0123456789") == strlen(text);
}

bool ff_integer_parse(struct ff_scalar scalar, int64_t *number)
{
	if (!scalar.plain || strlen(scalar.text) != scalar.length || !digits_only(scalar.text))
		return false;
	errno = 0;
	*number = strtoll(scalar.text, NULL, 10);
	return errno == 0;
}

static bool in_range(const struct ff_key *key, double number)
{
	bool low = key->above_min ? number > key->min : number >= key->min;
	bool high = key->below_max ? number < key->max : number <= key->max;
	return low && high;
}

static void store_integer(const struct ff_key *key, int64_t number, void *field)
{
	if (key->size == sizeof(int))
		*(int *)field = (int)number;
	else
		*(int64_t *)field = number;
}

static bool parse_integer(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	int64_t number;
	if (!ff_integer_parse(scalar, &number))
		return not_what(key, scalar, "an integer in range", refusal);
	if (!in_range(key, (double)number))
		return not_what(key, scalar, "in range", refusal);
	store_integer(key, number, field);
	return true;
}

static bool parse_seed(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	bool digits = scalar.plain && isdigit((unsigned char)scalar.text[0]) && digits_only(scalar.text);
	errno = 0;
	uint64_t number = digits ? strtoull(scalar.text, NULL, 10) : 0;
	if (!digits || errno)
		return not_what(key, scalar, "an integer in range", refusal);
	*(uint64_t *)field = number;
	return true;
}

static bool parse_bytes(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	static const struct {
		const char *suffix;
		int64_t bytes;
	} UNITS[] = {{"", 1},      {"KiB", 1 << 10}, {"MiB", 1 << 20},  {"GiB", 1 << 30},
	             {"KB", 1000}, {"MB", 1000000},  {"GB", 1000000000}};
	char number[24];
	size_t digits = strspn(scalar.text, "0123456789");
	if (!scalar.plain || digits == 0 || digits >= sizeof number)
		return not_what(key, scalar, "a number of bytes", refusal);
	snprintf(number, sizeof number, "%.*s", (int)digits, scalar.text);
	int64_t bytes;
	if (!ff_integer_parse((struct ff_scalar){number, digits, true}, &bytes))
		return not_what(key, scalar, "in range", refusal);
	for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
		if (strcmp(scalar.text + digits, UNITS[i].suffix) != 0)
			continue;
		if (__builtin_mul_overflow(bytes, UNITS[i].bytes, &bytes) || !in_range(key, (double)bytes))
			return not_what(key, scalar, "in range", refusal);
		*(int64_t *)field = bytes;
		return true;
	}
	return not_what(key, scalar, "a number of bytes", refusal);
}

/* Digits with at most one point and an exponent: what strtod() takes, less "nan", "inf" and hexadecimal. */
static bool looks_real(const char *text)
{
	text += *text == '-' || *text == '+';
	size_t whole = strspn(text, "0123456789");
	text += whole;
	size_t part = 0;
	if (*text == '.')
		part = strspn(++text, "0123456789");
	text += part;
	if (whole + part == 0)
		return false;
	if (*text == 'e' || *text == 'E')
		return digits_only(text + 1);
	return *text == '\0';
}

static bool parse_real(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	if (!scalar.plain || strlen(scalar.text) != scalar.length || !looks_real(scalar.text))
		return not_what(key, scalar, "a number", refusal);
	double number = strtod(scalar.text, NULL);
	if (!isfinite(number) || !in_range(key, number))
		return not_what(key, scalar, "in range", refusal);
	*(double *)field = number == 0 ? 0 : number; /* no -0: equal experiments have equal bytes */
	return true;
}

static bool parse_bool(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	bool yes = strcmp(scalar.text, "true") == 0, no = strcmp(scalar.text, "false") == 0;
	if (!scalar.plain || (!yes && !no))
		return not_what(key, scalar, "true or false", refusal);
	*(bool *)field = yes;
	return true;
}

static bool not_built(const struct ff_key *key, struct ff_scalar scalar, struct ff_refusal *refusal)
{
	char quote[FF_MAX_QUOTE];
	if (key->initial)
		snprintf(refusal->hint, sizeof refusal->hint, "this version takes only %s", key->initial);
	return refuse(refusal, "%s: %s is not built yet", key->path, ff_quote(quote, scalar.text, scalar.length));
}

static bool parse_word(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	for (const struct ff_word *word = key->words; word->text; word++) {
		if (strcmp(word->text, scalar.text) != 0)
			continue;
		if (word->unbuilt)
			return not_built(key, scalar, refusal);
		if (key->type == FF_KEY_CHOICE)
			snprintf(field, key->size, "%s", word->text);
		else
			*(unsigned *)field = (unsigned)word->value; /* the width of every enum here */
		return true;
	}
	return not_what(key, scalar, "a word it knows", refusal);
}

static bool parse_name(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	bool good = scalar.length && strspn(scalar.text, LETTERS) == scalar.length && scalar.text[0] != '.';
	if (!good || scalar.length >= key->size)
		return not_what(key, scalar, "a name", refusal);
	memcpy(field, scalar.text, scalar.length + 1);
	return true;
}

static bool parse_file(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	if (scalar.length == 0 || scalar.length >= key->size || strlen(scalar.text) != scalar.length)
		return not_what(key, scalar, "the path of a file", refusal);
	for (size_t i = 0; i < scalar.length; i++)
		if (iscntrl((unsigned char)scalar.text[i]))
			return not_what(key, scalar, "the path of a file", refusal);
	memcpy(field, scalar.text, scalar.length + 1);
	return true;
}

static bool parse_special(const struct ff_key *key, struct ff_scalar scalar, void *field)
{
	if (!key->special || strcmp(key->special, scalar.text) != 0)
		return false;
	if (key->type == FF_KEY_REAL)
		*(double *)field = key->sentinel;
	else
		store_integer(key, (int64_t)key->sentinel, field);
	return true;
}

typedef bool parse_fn(const struct ff_key *, struct ff_scalar, void *, struct ff_refusal *);

bool ff_value_parse(const struct ff_key *key, struct ff_scalar scalar, void *field, struct ff_refusal *refusal)
{
	static parse_fn *const PARSE[] = {
	    [FF_KEY_WORD] = parse_word, [FF_KEY_CHOICE] = parse_word, [FF_KEY_NAME] = parse_name,
	    [FF_KEY_FILE] = parse_file, [FF_KEY_BOOL] = parse_bool,   [FF_KEY_INTEGER] = parse_integer,
	    [FF_KEY_SEED] = parse_seed, [FF_KEY_BYTES] = parse_bytes, [FF_KEY_REAL] = parse_real,
	};
	*refusal = (struct ff_refusal){0};
	char value[sizeof(int64_t)], initial[sizeof value];
	if (!key->unbuilt) {
		if (parse_special(key, scalar, field))
			return true;
		return PARSE[key->type](key, scalar, field, refusal);
	}
	/* Numbers only; the default may be spelt out. */
	ff_value_default(key, initial);
	if (!parse_special(key, scalar, value) && !PARSE[key->type](key, scalar, value, refusal))
		return false;
	if (memcmp(value, initial, key->size) != 0)
		return not_built(key, scalar, refusal);
	memcpy(field, value, key->size);
	return true;
}

void ff_value_default(const struct ff_key *key, void *field)
{
	memset(field, 0, key->size);
	if (!key->initial)
		return;
	struct ff_key built = *key;
	built.unbuilt = false;
	struct ff_refusal refusal;
	(void)!ff_value_parse(&built, (struct ff_scalar){key->initial, strlen(key->initial), true}, field, &refusal);
}

/* ---- printing ---- */

static int64_t stored_integer(const struct ff_key *key, const void *field)
{
	return key->size == sizeof(int) ? *(const int *)field : *(const int64_t *)field;
}

static void print_real(double number, char *text, size_t size)
{
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, size, "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			return;
	}
}

/* In double quotation marks, where YAML wants these two characters escaped. */
static void print_quoted(const char *from, char *text, size_t size)
{
	size_t n = 0;
	text[n++] = '"';
	for (; *from && n + 3 < size; from++) {
		if (*from == '"' || *from == '\\')
			text[n++] = '\\';
		text[n++] = *from;
	}
	text[n++] = '"';
	text[n] = '\0';
}

void ff_value_print(const struct ff_key *key, const void *field, char *text, size_t size)
{
	double number = key->type == FF_KEY_REAL                                   ? *(const double *)field
	                : key->type == FF_KEY_INTEGER || key->type == FF_KEY_BYTES ? (double)stored_integer(key, field)
	                                                                           : 0;
	if (key->special && number == key->sentinel)
		snprintf(text, size, "%s", key->special);
	else if (key->type == FF_KEY_REAL)
		print_real(number, text, size);
	else if (key->type == FF_KEY_INTEGER || key->type == FF_KEY_BYTES)
		snprintf(text, size, "%" PRId64, stored_integer(key, field));
	else if (key->type == FF_KEY_SEED)
		snprintf(text, size, "%" PRIu64, *(const uint64_t *)field);
	else if (key->type == FF_KEY_BOOL)
		snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
	else if (key->type == FF_KEY_WORD)
		for (const struct ff_word *word = key->words; word->text; word++) {
			if ((unsigned)word->value == *(const unsigned *)field)
				snprintf(text, size, "%s", word->text);
		}
	else if (key->type == FF_KEY_CHOICE || (key->type == FF_KEY_NAME && isalnum(*(const unsigned char *)field)))
		snprintf(text, size, "%s", (const char *)field);
	else
		print_quoted(field, text, size);
}

/* ---- describing ---- */

static void append(char *text, size_t size, const char *format, ...) FF_PRINTF(3, 4);
static void append(char *text, size_t size, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;
	va_start(args, format);
	vsnprintf(text + used, size - used, format, args);
	va_end(args);
}

static void describe_range(const struct ff_key *key, char *text, size_t size)
{
	append(text, size, "%s from %.10g%s to %.10g%s", key->type == FF_KEY_REAL ? "a number" : "an integer", key->min,
	       key->above_min ? " (excluded)" : "", key->max, key->below_max ? " (excluded)" : "");
}

void ff_value_describe(const struct ff_key *key, bool all, char *text, size_t size)
{
	static const char *const PLAIN[] = {
	    [FF_KEY_NAME] = "letters, digits and . _ - (63 at most)",
	    [FF_KEY_FILE] = "the path of a file",
	    [FF_KEY_BOOL] = "true or false",
	    [FF_KEY_SEED] = "an integer from 0 to 18446744073709551615",
	    [FF_KEY_BYTES] = "bytes, such as 1000000, 64MiB or 2GB",
	    [FF_KEY_LAYER_SET] = "all, N, N.., N..M, or a list of these",
	    [FF_KEY_WIDTHS] = "a list of integers from 1 to 1000000",
	    [FF_KEY_EACH] = "a list of maps, one a layer",
	    [FF_KEY_UNBUILT] = "nothing",
	};
	*text = '\0';
	if (key->words) {
		const char *separator = "";
		for (const struct ff_word *word = key->words; word->text; word++) {
			if (word->unbuilt && !all)
				continue;
			append(text, size, "%s%s%s", separator, word->text, word->unbuilt ? " (not built yet)" : "");
			separator = ", ";
		}
	} else if (key->type == FF_KEY_INTEGER || key->type == FF_KEY_REAL) {
		describe_range(key, text, size);
	} else {
		append(text, size, "%s", PLAIN[key->type]);
	}
	if (key->special)
		append(text, size, ", or %s", key->special);
}

#include "config/value.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
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

bool ff_scalar_is_null(struct ff_scalar scalar)
{
	static const char *const NULLS[] = {"", "~", "null", "Null", "NULL"};
	for (size_t i = 0; scalar.plain && i < sizeof NULLS / sizeof *NULLS; i++)
		if (strcmp(scalar.text, NULLS[i]) == 0 && strlen(scalar.text) == scalar.length)
			return true;
	return false;
}

/* The value of one attempt to read a scalar, and what is needed to complain about it. */
struct reading {
	const struct ff_key *key;
	const char *label;
	struct ff_scalar scalar;
	struct ff_error *fault;
	union {
		int word;
		bool truth;
		int64_t integer;
		uint64_t seed;
		double real;
	} value;
};

static bool wrong_type(const struct reading *r)
{
	char quote[FF_MAX_QUOTE];
	char limits[FF_MAX_DESCRIBED];
	ff_value_describe(r->key, false, limits);
	ff_quote(quote, r->scalar.text, r->scalar.length);
	if (!r->scalar.plain && r->key->type >= FF_KEY_BOOL)
		ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, "write it without quotation marks",
		           "%s needs %s, not the text %s", r->label, ff_value_noun(r->key), quote);
	else if (r->key->words)
		ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, limits, "%s cannot be %s", r->label, quote);
	else
		ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, limits, "%s needs %s, not %s", r->label,
		           ff_value_noun(r->key), quote);
	return false;
}

static bool out_of_range(const struct reading *r)
{
	char quote[FF_MAX_QUOTE], limits[FF_MAX_DESCRIBED];
	ff_value_describe(r->key, false, limits);
	ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, limits, "%s is out of range: %s", r->label,
	           ff_quote(quote, r->scalar.text, r->scalar.length));
	return false;
}

static bool fits(const struct ff_key *key, double value)
{
	bool low = key->above_min ? value > key->min : value >= key->min;
	bool high = key->below_max ? value < key->max : value <= key->max;
	return low && high;
}

/* Digits with an optional sign; no leading zeros, which YAML 1.1 takes for octal. */
static bool is_integer(const char *text)
{
	text += *text == '-' || *text == '+';
	size_t digits = strspn(text, "0123456789");
	return digits > 0 && text[digits] == '\0' && (digits == 1 || *text != '0');
}

/* 1, .5, 1., 1e-3 and the like; neither hexadecimal nor nan nor inf. */
static bool is_real(const char *text)
{
	text += *text == '-' || *text == '+';
	size_t whole = strspn(text, "0123456789");
	text += whole;
	size_t fraction = *text == '.' ? strspn(text + 1, "0123456789") : 0;
	text += *text == '.' ? fraction + 1 : 0;
	if (whole + fraction == 0)
		return false;
	if (*text != 'e' && *text != 'E')
		return *text == '\0';
	text++;
	text += *text == '-' || *text == '+';
	size_t exponent = strspn(text, "0123456789");
	return exponent > 0 && text[exponent] == '\0';
}

static bool read_integer(struct reading *r)
{
	if (!r->scalar.plain || !is_integer(r->scalar.text))
		return wrong_type(r);
	errno = 0;
	long long value = strtoll(r->scalar.text, NULL, 10);
	if (errno == ERANGE || !fits(r->key, (double)value))
		return out_of_range(r);
	r->value.integer = value;
	return true;
}

static bool read_seed(struct reading *r)
{
	if (!r->scalar.plain || !is_integer(r->scalar.text))
		return wrong_type(r);
	errno = 0;
	unsigned long long value = strtoull(r->scalar.text, NULL, 10);
	if (errno == ERANGE || *r->scalar.text == '-')
		return out_of_range(r);
	r->value.seed = value;
	return true;
}

/* Nonzero digits that strtod() turned into zero are lost digits, not a zero. */
static bool underflowed(const char *text, double value)
{
	size_t mantissa = strcspn(text, "eE");
	return value == 0 && strcspn(text, "123456789") < mantissa;
}

static bool read_real(struct reading *r)
{
	if (!r->scalar.plain || !is_real(r->scalar.text))
		return wrong_type(r);
	double value = strtod(r->scalar.text, NULL);
	if (!isfinite(value) || underflowed(r->scalar.text, value) || !fits(r->key, value))
		return out_of_range(r);
	r->value.real = value == 0 ? 0 : value; /* no -0 */
	return true;
}

static bool read_bytes(struct reading *r)
{
	static const struct {
		const char *suffix;
		double bytes;
	} UNITS[] = {{"", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}};
	const char *text = r->scalar.text;
	char number[FF_MAX_VALUE];
	size_t digits = strspn(text, "+-0123456789");
	snprintf(number, sizeof number, "%.*s", (int)(digits < sizeof number ? digits : sizeof number - 1), text);
	text += digits;
	text += digits && *text == ' ';
	size_t u = 0, n = sizeof UNITS / sizeof *UNITS;
	while (u < n && strcmp(text, UNITS[u].suffix) != 0)
		u++;
	if (!r->scalar.plain || u == n || !is_integer(number))
		return wrong_type(r);
	errno = 0;
	long long count = strtoll(number, NULL, 10);
	if (errno == ERANGE || digits >= sizeof number || !fits(r->key, (double)count * UNITS[u].bytes))
		return out_of_range(r);
	r->value.integer = count * (int64_t)UNITS[u].bytes;
	return true;
}

static bool read_word(struct reading *r)
{
	char quote[FF_MAX_QUOTE], limits[FF_MAX_DESCRIBED];
	const struct ff_word *word = r->key->words;
	while (word->text && strcmp(word->text, r->scalar.text) != 0)
		word++;
	if (!word->text)
		return wrong_type(r);
	r->value.word = word->value;
	if (!word->reserved)
		return true;
	ff_value_describe(r->key, false, limits);
	ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, limits, "%s: %s is reserved for a later version", r->label,
	           ff_quote(quote, word->text, strlen(word->text)));
	return false;
}

static bool read_bool(struct reading *r)
{
	r->value.truth = strcmp(r->scalar.text, "true") == 0;
	if (!r->scalar.plain || (!r->value.truth && strcmp(r->scalar.text, "false") != 0))
		return wrong_type(r);
	return true;
}

/* A name becomes a folder's: it may not hide, climb or look like an option. */
static bool is_name(const char *text)
{
	return *text && strchr(FF_LETTERS, *text) && text[strspn(text, FF_LETTERS ".-")] == '\0';
}

static bool read_string(struct reading *r)
{
	if (r->key->type == FF_KEY_CHOICE)
		return read_word(r);
	if (r->scalar.length == 0 || (r->key->type == FF_KEY_NAME && !is_name(r->scalar.text)))
		return wrong_type(r);
	if (r->scalar.length < r->key->size)
		return true;
	ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, "shorten it", "%s has %zu bytes, more than %zu", r->label,
	           r->scalar.length, r->key->size - 1);
	return false;
}

static bool read_reserved(struct reading *r)
{
	ff_fail_at(r->fault, FF_ERROR_CONFIG, NULL, "leave it out", "'%s' is reserved for a later version", r->label);
	return false;
}

/* The word that stands for a number: auto, all, full, width or max. */
static bool read_special(struct reading *r)
{
	if (!r->key->special || strcmp(r->key->special, r->scalar.text) != 0)
		return false;
	if (r->key->type == FF_KEY_REAL)
		r->value.real = r->key->sentinel;
	else
		r->value.integer = (int64_t)r->key->sentinel;
	return true;
}

static bool (*const READERS[])(struct reading *) = {
    [FF_KEY_WORD] = read_word,         [FF_KEY_CHOICE] = read_string, [FF_KEY_NAME] = read_string,
    [FF_KEY_FILE] = read_string,       [FF_KEY_BOOL] = read_bool,     [FF_KEY_INTEGER] = read_integer,
    [FF_KEY_SEED] = read_seed,         [FF_KEY_BYTES] = read_bytes,   [FF_KEY_REAL] = read_real,
    [FF_KEY_RESERVED] = read_reserved,
};

static void store(const struct reading *r, void *field)
{
	const struct ff_key *key = r->key;
	if (key->type == FF_KEY_CHOICE || key->type == FF_KEY_NAME || key->type == FF_KEY_FILE) {
		memset(field, 0, key->size);
		memcpy(field, r->scalar.text, r->scalar.length);
	} else if (key->type == FF_KEY_INTEGER && key->size == sizeof(int)) {
		int narrow = (int)r->value.integer; /* in range: `max` of such a key is an int */
		memcpy(field, &narrow, sizeof narrow);
	} else {
		memcpy(field, &r->value, key->size);
	}
}

bool ff_value_parse(const struct ff_key *key, const char *label, struct ff_scalar scalar, void *field,
                    struct ff_error *fault)
{
	struct reading r = {.key = key, .label = label, .scalar = scalar, .fault = fault};
	if (key->type != FF_KEY_RESERVED && ff_scalar_is_null(scalar)) {
		char limits[FF_MAX_DESCRIBED];
		ff_value_describe(key, false, limits);
		ff_fail_at(fault, FF_ERROR_CONFIG, NULL, limits, "%s has no value", label);
		return false;
	}
	if (strlen(scalar.text) != scalar.length)
		return wrong_type(&r);
	if (!read_special(&r) && !READERS[key->type](&r))
		return false;
	store(&r, field);
	return true;
}

void ff_value_default(const struct ff_key *key, void *field)
{
	struct ff_scalar scalar = {key->initial, key->initial ? strlen(key->initial) : 0, true};
	memset(field, 0, key->size);
	bool ok = key->initial && ff_value_parse(key, key->path, scalar, field, NULL);
	(void)ok; /* a test reads all defaults */
}

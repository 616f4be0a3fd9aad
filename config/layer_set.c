#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/complain.h"
#include "config/layer_set.h"

static const char FORMS[] = "all, N, N.., N..M or a list of these";

/* Digits at *text as a number up to FF_MAX_LAYERS + 1; moves *text behind them. -1 if there are none. */
static int read_layer(const char **text)
{
	int value = 0;
	size_t digits = strspn(*text, "0123456789");
	for (size_t i = 0; i < digits; i++)
		value = value > FF_MAX_LAYERS ? value : value * 10 + ((*text)[i] - '0');
	*text += digits;
	return digits ? value : -1;
}

static bool fault_in(struct ff_error *fault, const char *label, struct ff_scalar scalar, const char *why,
                     const char *hint)
{
	char quote[FF_MAX_QUOTE];
	ff_fail_at(fault, FF_ERROR_CONFIG, NULL, hint, "%s: %s %s", label, ff_quote(quote, scalar.text, scalar.length),
	           why);
	return false;
}

bool ff_layer_set_parse(const char *label, struct ff_scalar scalar, int n_layers, struct ff_layer_set *set,
                        struct ff_error *fault)
{
	const char *text = scalar.text;
	int known = n_layers ? n_layers : FF_MAX_LAYERS;
	int first = 1, last = known;
	if (!scalar.plain || strcmp(text, "all") != 0) {
		first = last = read_layer(&text);
		if (strncmp(text, "..", 2) == 0) {
			text += 2;
			last = *text ? read_layer(&text) : known;
		}
		if (!scalar.plain || first < 0 || last < 0 || text != scalar.text + scalar.length)
			return fault_in(fault, label, scalar, "is not a set of layers", FORMS);
	}
	if (first == 0)
		return fault_in(fault, label, scalar, "names layer 0", "layers count from 1");
	if (first > known || last > known)
		return fault_in(fault, label, scalar, "is beyond the last layer",
		                "layers.widths says how many there are");
	if (first > last)
		return fault_in(fault, label, scalar, "is empty", FORMS);
	for (int l = first - 1; l < last && n_layers; l++)
		set->bits[l / 64] |= (uint64_t)1 << (l % 64);
	return true;
}

void ff_layer_set_auto(int n_layers, struct ff_layer_set *set)
{
	for (int l = n_layers > 1; l < n_layers; l++)
		set->bits[l / 64] |= (uint64_t)1 << (l % 64);
}

#include "config/sweep_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* A key of the section: choices, or a range. */
struct draw {
	int k;
	struct ff_node key, choices; /* choices: a list, or none */
	double min, max;
	bool log, whole;
};

static void complain(struct ff_raw_sweep *raw, struct ff_node node, const char *hint, const char *what)
{
	raw->failed = true;
	ff_complain(raw->complaints, ff_node_place(node), hint, "%s", what);
}

static bool read_real(struct ff_raw_sweep *raw, struct ff_node node, const char *label, double *number)
{
	static const struct ff_key REAL = {
	    .path = "min", .type = FF_KEY_REAL, .size = sizeof(double), .min = -1e300, .max = 1e300};
	struct ff_error fault;
	struct ff_scalar scalar = ff_node_scalar(node);
	if (scalar.text && ff_value_parse(&REAL, label, scalar, number, &fault))
		return true;
	complain(raw, node, "such as {min: 1e-4, max: 1e-2, scale: log}", "min and max are numbers");
	return false;
}

static void read_scale(struct ff_raw_sweep *raw, struct draw *draw, struct ff_node value)
{
	struct ff_scalar scalar = ff_node_scalar(value);
	draw->log = scalar.text && strcmp(scalar.text, "log") == 0;
	if (!draw->log && !(scalar.text && strcmp(scalar.text, "linear") == 0))
		complain(raw, value, "one of linear, log", "unknown scale");
}

static void read_range(struct ff_raw_sweep *raw, struct draw *draw, struct ff_node map)
{
	static const char FORM[] = "such as {min: 1e-4, max: 1e-2, scale: log}";
	int index = ff_schema_find(raw->keys[draw->k]);
	enum ff_key_type type = index >= 0 ? ff_schema[index].type : FF_KEY_REAL;
	bool has_min = false, has_max = false;
	draw->whole = type == FF_KEY_INTEGER || type == FF_KEY_SEED;
	if (type != FF_KEY_REAL && !draw->whole)
		complain(raw, map, "give a list of choices", "only a key that takes a number can have a range");
	for (int i = 0; i < ff_node_count(map); i++) {
		struct ff_node key, value = ff_node_pair(map, i, &key);
		struct ff_scalar name = ff_node_scalar(key);
		if (name.text && strcmp(name.text, "min") == 0)
			has_min = read_real(raw, value, "min", &draw->min);
		else if (name.text && strcmp(name.text, "max") == 0)
			has_max = read_real(raw, value, "max", &draw->max);
		else if (name.text && strcmp(name.text, "scale") == 0)
			read_scale(raw, draw, value);
		else
			complain(raw, key, "there are min, max, scale", "unknown key of a range");
	}
	if (raw->failed)
		return;
	if (!has_min || !has_max)
		complain(raw, map, FORM, "a range needs min and max");
	else if (draw->min > draw->max)
		complain(raw, map, FORM, "min is greater than max");
	else if (draw->log && draw->min <= 0)
		complain(raw, map, FORM, "a logarithmic range begins above 0");
	else if (draw->whole && (draw->min != floor(draw->min) || draw->max != floor(draw->max) ||
	                         fabs(draw->min) > 1e15 || fabs(draw->max) > 1e15))
		complain(raw, map, FORM, "the key takes whole numbers, so min and max must be whole");
}

static void read_draw(struct ff_raw_sweep *raw, struct draw *draw, struct ff_node key, struct ff_node value)
{
	*draw = (struct draw){.k = ff_raw_sweep_key(raw, key), .key = key, .choices = value};
	if (draw->k < 0)
		return;
	if (ff_node_is_list(value) && ff_node_count(value) == 0)
		complain(raw, value, "give it values, or leave the key out", "there are no choices");
	else if (ff_node_is_map(value))
		read_range(raw, draw, value);
	else if (!ff_node_is_list(value))
		complain(raw, value, "such as [0.001, 0.002] or {min: 1e-4, max: 1e-2}",
		         "a key of sweep.random takes a list of choices, or a range");
}

/* [0, 1) with 53 bits. */
static double unit(struct ff_random random)
{
	uint64_t bits = (uint64_t)random.word[1] << 32 | random.word[0];
	return (double)(bits >> 11) * 0x1p-53;
}

/* From a range. */
static void draw_number(const struct draw *draw, double u, char *text, size_t size)
{
	double low = draw->min, top = draw->max, value;
	if (draw->whole && !draw->log)
		value = low + floor(u * (top - low + 1));
	else if (draw->log)
		value = exp(log(low) + u * (log(top) - log(low)));
	else
		value = low + u * (top - low);
	value = draw->whole ? round(value) : value;
	value = value < low ? low : value > top ? top : value;
	snprintf(text, size, draw->whole ? "%.0f" : "%.6g", value);
}

/* Draws all keys of a point; `attempt` draws other values. */
static void draw_point(struct ff_raw_sweep *raw, struct ff_raw_point *point, const struct draw *draws, int n,
                       uint64_t seed, int index, int attempt)
{
	for (int d = 0; d < n; d++) {
		const struct draw *draw = &draws[d];
		struct ff_random random =
		    ff_random_at(seed, FF_PURPOSE_SWEEP, (uint32_t)d, (uint32_t)attempt, (uint32_t)index);
		char number[64], *text = NULL;
		struct ff_node value = draw->choices;
		if (ff_node_is_list(draw->choices)) {
			value = ff_node_item(draw->choices,
			                     (int)ff_random_below(random, (uint32_t)ff_node_count(draw->choices)));
			text = ff_node_text(value);
		} else {
			draw_number(draw, unit(random), number, sizeof number);
		}
		ff_raw_sweep_set(raw, point, draw->k, text ? text : number, ff_node_place(draw->key),
		                 ff_node_place(value));
		free(text);
	}
}

static bool same_settings(const struct ff_raw_sweep *raw, const struct ff_raw_point *a, const struct ff_raw_point *b)
{
	for (int k = 0; k < raw->n_keys; k++)
		if (strcmp(a->settings[k].text, b->settings[k].text) != 0)
			return false;
	return true;
}

/* Draws the last point until it is another than those before. */
static bool draw_new(struct ff_raw_sweep *raw, const struct draw *draws, int n, uint64_t seed)
{
	enum { ATTEMPTS = 1000 };
	int index = raw->n_points - 1;
	for (int attempt = 0; attempt < ATTEMPTS && !raw->failed; attempt++) {
		draw_point(raw, &raw->points[index], draws, n, seed, index, attempt);
		int other = 0;
		while (!raw->failed && other < index && !same_settings(raw, &raw->points[other], &raw->points[index]))
			other++;
		if (other == index)
			return true;
	}
	return false;
}

static int read_points(struct ff_raw_sweep *raw, struct ff_node node)
{
	static const struct ff_key POINTS = {.path = "sweep.random.points",
	                                     .type = FF_KEY_INTEGER,
	                                     .size = sizeof(int),
	                                     .min = 1,
	                                     .max = FF_MAX_SWEEP_POINTS};
	struct ff_error fault = {0};
	struct ff_scalar scalar = ff_node_scalar(node);
	int n = 0;
	if (scalar.text && ff_value_parse(&POINTS, POINTS.path, scalar, &n, &fault))
		return n;
	complain(raw, node, *fault.hint ? fault.hint : "such as points: 20",
	         *fault.what ? fault.what : "sweep.random.points needs a whole number");
	return 0;
}

void ff_expand_random(struct ff_raw_sweep *raw, struct ff_node random, uint64_t seed)
{
	static const char FORM[] = "such as {points: 20, optimizer.rate: {min: 1e-4, max: 1e-2, scale: log}}";
	struct draw draws[FF_MAX_SWEEP_KEYS];
	int n_draws = 0, n = 0;
	if (!ff_node_is_map(random)) {
		complain(raw, random, FORM, "sweep.random is a map of points and keys");
		return;
	}
	for (int i = 0; i < ff_node_count(random) && n_draws < FF_MAX_SWEEP_KEYS; i++) {
		struct ff_node key, value = ff_node_pair(random, i, &key);
		struct ff_scalar name = ff_node_scalar(key);
		if (name.text && strcmp(name.text, "points") == 0)
			n = read_points(raw, value);
		else
			read_draw(raw, &draws[n_draws++], key, value);
	}
	if (!raw->failed && (n == 0 || n_draws == 0))
		complain(raw, random, FORM, n ? "sweep.random names no key" : "sweep.random.points is missing");
	for (int p = 0; p < n && !raw->failed; p++)
		if (!ff_raw_sweep_add(raw) || !draw_new(raw, draws, n_draws, seed)) {
			if (!raw->failed)
				complain(raw, random, "ask for fewer points",
				         "there are fewer different points than that");
			return;
		}
}

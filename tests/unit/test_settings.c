#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#include "run/origin.h"
#include "run/settings.h"

/* The settings of a text as compact JSON, in their order; the caller frees it. */
static char *read_all(const char *text)
{
	json_t *settings = NULL;
	struct ff_error error = {0};
	CHECK_INT(ff_settings_read(text, strlen(text), &settings, &error), FF_OK);
	CHECK_TEXT(error.what, "");
	char *all = json_dumps(settings, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(settings);
	return all;
}

static void keys_are_flat_and_values_typed(void)
{
	char *all = read_all("name: \"12\"\ntrain: {batch: 50, all: auto}\nlayers: {widths: [64, 32], "
	                     "each: [{}, {rate: 0.1}]}\nsmall: 1e-08\nseed: 18446744073709551615\nwide: []\n");
	CHECK_TEXT(all,
	           "{\"name\":\"12\",\"train.batch\":50,\"train.all\":\"auto\",\"layers.widths\":\"[64, 32]\","
	           "\"layers.each[2].rate\":0.1,\"small\":1e-8,\"seed\":\"18446744073709551615\",\"wide\":\"[]\"}");
	free(all);
}

static void check_hashes(const char *a, const char *b, bool equal)
{
	char hashes[2][FF_SETTINGS_HASH];
	const char *const texts[] = {a, b};
	ff_scenario("'%s' and '%s'", a, b);
	for (int i = 0; i < 2; i++) {
		json_t *settings = NULL;
		CHECK_INT(ff_settings_read(texts[i], strlen(texts[i]), &settings, NULL), FF_OK);
		ff_settings_hash(settings, hashes[i]);
		json_decref(settings);
	}
	CHECK_INT(strlen(hashes[0]), 16);
	CHECK_INT(strcmp(hashes[0], hashes[1]) == 0, equal);
}

static void the_hash_leaves_execution_out(void)
{
	check_hashes("a: 1\nexecution: {kind: pipeline}", "a: 1\nexecution: {kind: sequential, threads: {total: 3}}",
	             true);
	check_hashes("a: 1\nl: {each: [{threads: 1, rate: 2}]}", "a: 1\nl: {each: [{threads: 9, rate: 2}]}", true);
	check_hashes("a: 1", "a: 2", false);
	check_hashes("a: 0.1", "a: 0.10000000000000001", true);
	check_hashes("a: 0.1", "a: 0.1000000000000001", false);
	check_hashes("a: bc", "ab: c", false);
	check_hashes("a: 1\nb: 2", "a: 1", false);
}

/* Aliases that multiply, depth, and what is no map: refused in no time. */
static void what_is_no_experiment_is_refused(void)
{
	static const char *const TEXTS[] = {
	    "",
	    "[1, 2]",
	    "a: [b",
	    "{[a]: b}",
	    "a: {b: {c: {d: {e: {f: {g: {h: {i: {j: k}}}}}}}}}",
	    "a: &a {x1: 1, x2: 2, x3: 3, x4: 4, x5: 5, x6: 6, x7: 7}\n"
	    "b: &b {x1: *a, x2: *a, x3: *a, x4: *a, x5: *a, x6: *a, x7: *a}\n"
	    "c: &c {x1: *b, x2: *b, x3: *b, x4: *b, x5: *b, x6: *b, x7: *b}\n"
	    "d: &d {x1: *c, x2: *c, x3: *c, x4: *c, x5: *c, x6: *c, x7: *c}\n"
	    "e: &e {x1: *d, x2: *d, x3: *d, x4: *d, x5: *d, x6: *d, x7: *d}\n",
	};
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		ff_scenario("'%.60s'", TEXTS[i]);
		json_t *settings = NULL;
		struct ff_error error = {0};
		CHECK_INT(ff_settings_read(TEXTS[i], strlen(TEXTS[i]), &settings, &error), FF_ERROR_DATA);
		CHECK_HAS(error.what, "not an experiment: ");
		CHECK(settings == NULL);
	}
}

static void times_move(void)
{
	char text[40];
	ff_origin_later("2026-02-28T23:59:59.900Z", 0.1, text, sizeof text);
	CHECK_TEXT(text, "2026-03-01T00:00:00.000Z");
	ff_origin_later("2026-11-23T22:16:06.125Z", 86400, text, sizeof text);
	CHECK_TEXT(text, "2026-11-24T22:16:06.125Z");
	ff_origin_later("2026-11-23T22:16:06.125Z", 1e300, text, sizeof text);
	CHECK_TEXT(text, "");
	ff_origin_later("yesterday", 1, text, sizeof text);
	CHECK_TEXT(text, "");
	ff_origin_later("9999-99-99T99:99:99.999Z", 1e9, text, sizeof text); /* whatever it is, it fits */
	CHECK(strlen(text) < sizeof text);
}

FF_TESTS("settings", {"keys are flat and values typed", keys_are_flat_and_values_typed},
         {"the hash leaves execution out", the_hash_leaves_execution_out},
         {"what is no experiment is refused", what_is_no_experiment_is_refused}, {"times move", times_move})

/* Loads experiments from text for the tests of config/. */
#ifndef TESTS_UNIT_CONFIG_SUPPORT_H
#define TESTS_UNIT_CONFIG_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "ffengine/experiment.h"

/* What one load gave. Static storage: the next load overwrites it. */
struct loaded {
	ff_status status;
	struct ff_experiment experiment; /* zero bytes before the load */
	struct ff_diagnostics diagnostics;
};

/* The text goes through a file, as a user's does. */
struct loaded *load_bytes(const char *bytes, size_t size, const char *const overrides[], int n);
struct loaded *load(const char *text);
struct loaded *load_set(const char *text, const char *override);

/* Complaint i as one line without the file's name: "2:3: what; hint"; "" if there is none. */
const char *line(const struct loaded *loaded, int i);

bool begins(const char *text, const char *start);

/* An experiment with one fault: how the complaint begins, and what its hint holds. */
struct fault {
	const char *text, *wanted, *hint;
};

/* Checks that each of them [n] is refused with that one complaint, and the caller's experiment left alone. */
void check_faults(const struct fault *faults, size_t n);

#endif

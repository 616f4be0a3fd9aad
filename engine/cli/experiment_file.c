#include "cli/experiment_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether `word` is a number of threads. */
static bool is_count(const char *word)
{
	char *end;
	errno = 0;
	long long number = strtoll(word, &end, 10);
	return *word >= '0' && *word <= '9' && *end == '\0' && errno == 0 && number >= 1 && number <= FF_MAX_THREADS;
}

/* Makes --threads an override like those of --set, after them. */
static ff_status threads_override(const char *threads, char *text, size_t size, struct ff_error *error)
{
	char hint[64];
	snprintf(hint, sizeof hint, "give a whole number from 1 to %d, or auto", FF_MAX_THREADS);
	bool good = is_count(threads) || strcmp(threads, "auto") == 0;
	if (!good || snprintf(text, size, "execution.threads.total=%s", threads) >= (int)size)
		return ff_fail_at(error, FF_ERROR_USAGE, "--threads", hint, "'%s' is not a number of threads", threads);
	return FF_OK;
}

/* Faults of the file begin with file:line:column, where editors look for it. */
static void print_diagnostics(const struct ff_diagnostics *diagnostics, const char *path)
{
	char line[3 * FF_ERROR_TEXT + 8];
	int in_set = 0;
	int shown = diagnostics->count < FF_MAX_DIAGNOSTICS ? diagnostics->count : FF_MAX_DIAGNOSTICS;
	for (int i = 0; i < shown; i++) {
		fprintf(stderr, "%s\n", ff_error_format(&diagnostics->items[i], line, sizeof line));
		in_set += strncmp(diagnostics->items[i].where, "--set ", 6) == 0;
	}
	if (shown < diagnostics->count)
		fprintf(stderr, "and %d more\n", diagnostics->count - shown);
	fprintf(stderr, "ffengine: %s%s%s: %d fault%s\n  see `ffengine help experiment`\n", in_set < shown ? path : "",
	        in_set && in_set < shown ? " and " : "", in_set ? "--set" : "", diagnostics->count,
	        diagnostics->count == 1 ? "" : "s");
}

static ff_status report(const struct ff_diagnostics *diagnostics, ff_status status, const char *path,
                        struct ff_error *error)
{
	if (status == FF_ERROR_CONFIG && diagnostics->count)
		print_diagnostics(diagnostics, path);
	else if (diagnostics->count)
		*error = diagnostics->items[0];
	else
		return ff_fail_at(error, status, path, NULL, "cannot load the experiment");
	return status;
}

ff_status ff_load_experiment(const struct ff_arguments *arguments, struct ff_experiment *experiment,
                             struct ff_error *error)
{
	char threads[64];
	const char *path = arguments->operands.items[0];
	struct ff_words set = arguments->set;
	if (arguments->threads) {
		FF_TRY(threads_override(arguments->threads, threads, sizeof threads, error));
		set.items[set.n++] = threads;
	}
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!diagnostics)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to load %s", path);
	ff_status status = ff_experiment_load(path, set.items, set.n, experiment, diagnostics);
	if (status != FF_OK)
		status = report(diagnostics, status, path, error);
	free(diagnostics);
	return status;
}

ff_status ff_load_sweep(const struct ff_arguments *arguments, struct ff_sweep *sweep, struct ff_error *error)
{
	const char *path = arguments->operands.items[0];
	struct ff_diagnostics *diagnostics = calloc(1, sizeof *diagnostics);
	if (!diagnostics)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory to load %s", path);
	ff_status status = ff_sweep_load(path, arguments->set.items, arguments->set.n, sweep, diagnostics);
	if (status != FF_OK)
		status = report(diagnostics, status, path, error);
	free(diagnostics);
	return status;
}

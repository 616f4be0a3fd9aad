#include "sweep/sweep_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- words ---- */

/* A command line being built. */
struct words {
	char **items; /* ends in NULL */
	int n;
	bool failed;
};

static struct words begin(const struct ff_sweep *sweep, const struct ff_sweep_options *options)
{
	enum { OTHERS = 8 };
	size_t most = (size_t)options->n_overrides + (size_t)sweep->n_keys + OTHERS + 1;
	struct words words = {calloc(most, sizeof *words.items), 0, false};
	words.failed = !words.items;
	return words;
}

/* Adds "PREFIX" "TEXT" as one word. */
static void add(struct words *words, const char *prefix, const char *text)
{
	size_t size = strlen(prefix) + strlen(text) + 1;
	char *word = words->failed ? NULL : malloc(size);
	words->failed = !word;
	if (!word)
		return;
	snprintf(word, size, "%s%s", prefix, text);
	words->items[words->n++] = word;
}

static void add_overrides(struct words *words, const struct ff_sweep_options *options)
{
	for (int i = 0; i < options->n_overrides; i++)
		add(words, "--set=", options->overrides[i]);
}

static char **end(struct words *words)
{
	if (!words->failed)
		return words->items;
	ff_sweep_command_free(words->items);
	return NULL;
}

static struct words begin_run(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int threads)
{
	char number[16];
	struct words words = begin(sweep, options);
	snprintf(number, sizeof number, "%d", threads);
	add(&words, "ffengine", "");
	add(&words, "run", "");
	if (threads)
		add(&words, "--threads=", number);
	return words;
}

/* Adds "OPTION=" with the point's folder. */
static void add_folder(struct words *words, const char *option, const struct ff_sweep_options *options,
                       const struct ff_sweep_point *point)
{
	char path[FF_MAX_PATH];
	words->failed |= !ff_sweep_path(options, "points", point->name, "", path);
	add(words, option, words->failed ? "" : path);
}

char **ff_sweep_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point, int threads)
{
	const struct ff_sweep_point *p = &sweep->points[point];
	struct words words = begin_run(sweep, options, threads);
	add_overrides(&words, options);
	add(&words, "--set=", "sweep=off");
	for (int k = 0; k < sweep->n_keys; k++)
		if (p->settings[k])
			add(&words, "--set=", p->settings[k]);
	add_folder(&words, "--out=", options, p);
	add(&words, "--quiet", "");
	add(&words, "--", "");
	add(&words, options->file, "");
	return end(&words);
}

char **ff_sweep_resume_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point,
                               int threads)
{
	struct words words = begin_run(sweep, options, threads);
	add_folder(&words, "--resume=", options, &sweep->points[point]);
	add(&words, "--quiet", "");
	return end(&words);
}

char **ff_sweep_job_command(const struct ff_sweep *sweep, const struct ff_sweep_options *options, int point)
{
	struct words words = begin(sweep, options);
	add(&words, "ffengine", "");
	add(&words, "sweep", "");
	add_overrides(&words, options);
	add(&words, "--out=", options->folder);
	add(&words, "--point=", sweep->points[point].name);
	add(&words, "--", "");
	add(&words, options->file, "");
	return end(&words);
}

void ff_sweep_command_free(char **words)
{
	for (int i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

ff_status ff_sweep_program(char program[PATH_MAX], struct ff_error *error)
{
	ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
	if (length < 0)
		return ff_fail(error, FF_ERROR_IO, "cannot find this program's file: %s", strerror(errno));
	program[length] = '\0';
	return FF_OK;
}

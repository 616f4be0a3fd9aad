/* What a run's hooks find in its folder, and in which order they are called. */
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/run.h"

static char events[200]; /* of one run, in their order */

static void note(const char *event)
{
	snprintf(events + strlen(events), sizeof events - strlen(events), "%s%s", *events ? " " : "", event);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int lines_of(const char *path)
{
	FILE *stream = fopen(path, "r");
	int lines = 0;
	for (int c = stream ? fgetc(stream) : EOF; c != EOF; c = fgetc(stream))
		lines += c == '\n';
	if (stream)
		fclose(stream);
	return lines;
}

static void begun(void *user, const char *folder, void (*warn)(void *run, const char *text), void *run)
{
	(void)user;
	note("begun");
	CHECK_TEXT(folder, "run");
	CHECK(exists("run/resolved.yaml") && exists("run/run.json"));
	CHECK_INT(lines_of("run/metrics.jsonl"), 0);
	warn(run, "a warning of the hook");
}

static void epoch(void *user)
{
	int *epochs = user;
	note("epoch");
	CHECK_INT(lines_of("run/metrics.jsonl"), ++*epochs);
	CHECK(!exists("run/result.json"));
}

static void ended(void *user)
{
	(void)user;
	note(exists("run/result.json") ? "ended" : "ended-without-result");
}

static void observe(void *user, const struct ff_epoch_metrics *metrics)
{
	(void)user, (void)metrics;
	note("observer");
}

static void hear(void *user, const char *text)
{
	(void)user;
	if (strcmp(text, "a warning of the hook") == 0)
		note("warned");
}

/* Two epochs in the folder `run` of an empty current folder. */
static ff_status run_into(const char *folder)
{
	static const char *const SET[] = {"dataset={name: synthetic, train: 100, test: 50}", "layers.widths=[8]",
	                                  "train={epochs: 2, batch: 50}", "execution.kind=sequential"};
	static struct ff_experiment experiment;
	static struct ff_diagnostics diagnostics;
	static struct ff_result result;
	int epochs = 0;
	const struct ff_run_options options = {.folder = folder, .observer = {.epoch = observe, .message = hear}};
	const struct ff_run_hooks hooks = {&epochs, begun, epoch, ended};
	struct ff_error error = {0};
	*events = '\0';
	CHECK_INT(ff_experiment_load(NULL, SET, sizeof SET / sizeof *SET, &experiment, &diagnostics), FF_OK);
	return ff_run_hooked(&experiment, &options, &hooks, &result, &error);
}

static void hooks_follow_the_files(void)
{
	char work[] = "/tmp/ff_hooks_XXXXXX";
	CHECK(mkdtemp(work) != NULL && chdir(work) == 0);
	CHECK_INT(run_into("run"), FF_OK);
	CHECK_TEXT(events, "begun warned epoch observer epoch observer ended");
	CHECK_INT(run_into("run"), FF_ERROR_USAGE); /* refused: the folder is not empty */
	CHECK_TEXT(events, "ended");
	CHECK(!exists("runs.sqlite")); /* which only engine/store writes */
	CHECK_INT(chdir("/"), 0);
	char command[80];
	snprintf(command, sizeof command, "rm -r %s", work);
	CHECK_INT(system(command), 0);
}

FF_TESTS("run_hooks", {"hooks follow the files", hooks_follow_the_files})

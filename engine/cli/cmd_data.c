#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/json.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "data/catalog.h"
#include "data/describe.h"
#include "data/fetch.h"

enum { N_FILES = 4 };

/* [4] paths, or null if the files are not all here. */
static json_t *describe_files(const char *name)
{
	char paths[N_FILES][FF_MAX_PATH];
	if (ff_dataset_locate(name, paths, NULL) != FF_OK)
		return json_null();
	return json_pack("[oooo]", ff_json_text(paths[0]), ff_json_text(paths[1]), ff_json_text(paths[2]),
	                 ff_json_text(paths[3]));
}

static ff_status list_json(const struct ff_catalog_entry *entries, size_t n, struct ff_error *error)
{
	json_t *root = json_array();
	for (size_t i = 0; i < n; i++) {
		const struct ff_catalog_entry *e = &entries[i];
		json_t *entry = json_pack("{ss ss ss sb so}", "name", e->name, "title", e->title, "source", e->source,
		                          "fetchable", e->fetchable, "files", describe_files(e->name));
		if (json_array_append_new(root, entry) != 0) {
			json_decref(root);
			return ff_fail(error, FF_ERROR_MEMORY, "no memory for the list of datasets");
		}
	}
	return ff_print_json(root, error);
}

/* Where else it was looked for, if there is more to say than that nothing is there: a folder lacks a file. */
static void print_incomplete(const struct ff_error *error)
{
	const char *looked = strstr(error->what, "looked in ");
	if (looked && strchr(looked, '('))
		printf("%-14s  %s\n", "", looked);
}

/* Where the dataset lies: the folder of its first file, or how to get it. */
static void print_place(const struct ff_catalog_entry *entry)
{
	char paths[N_FILES][FF_MAX_PATH];
	struct ff_error error = {0};
	ff_status status = ff_dataset_locate(entry->name, paths, &error);
	if (status == FF_ERROR_USAGE) {
		puts("made in memory");
	} else if (status != FF_OK) {
		if (entry->fetchable)
			printf("not found; to download it: ffengine data fetch %s\n", entry->name);
		else
			printf("not found: %s\n", *error.hint ? error.hint : entry->source);
		print_incomplete(&error);
	} else {
		char *slash = strrchr(paths[0], '/');
		printf("%.*s\n", slash ? (int)(slash - paths[0]) : 1, slash ? paths[0] : ".");
	}
}

ff_status ff_command_data_list(const struct ff_arguments *arguments, struct ff_error *error)
{
	size_t n;
	const struct ff_catalog_entry *entries = ff_catalog(&n);
	if (arguments->json)
		return list_json(entries, n, error);
	for (size_t i = 0; i < n; i++) {
		printf("%-14s  %s\n%-14s  ", entries[i].name, entries[i].title, "");
		print_place(&entries[i]);
	}
	return FF_OK;
}

static json_t *counts_to_json(const size_t *counts, int n)
{
	json_t *array = json_array();
	for (int i = 0; i < n; i++)
		if (json_array_append_new(array, json_integer((json_int_t)counts[i])) != 0) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *info_to_json(const char *name, const struct ff_dataset_info *d)
{
	return json_pack("{so sI sI si si si so so so so so}", "name", ff_json_text(name), "train",
	                 (json_int_t)d->train, "test", (json_int_t)d->test, "height", d->height, "width", d->width,
	                 "classes", d->classes, "mean", ff_json_real(d->mean), "std", ff_json_real(d->std),
	                 "train_per_class", counts_to_json(d->train_per_class, d->classes), "test_per_class",
	                 counts_to_json(d->test_per_class, d->classes), "files", describe_files(name));
}

static void print_info(const char *name, const struct ff_dataset_info *d)
{
	printf("%s: %zu training and %zu test images of %d x %d pixels, %d classes\n", name, d->train, d->test,
	       d->height, d->width, d->classes);
	printf("pixels of the training images (0..1): mean %.4f, standard deviation %.4f\n\n", d->mean, d->std);
	printf("%5s  %9s  %9s\n", "class", "train", "test");
	for (int c = 0; c < d->classes; c++)
		printf("%5d  %9zu  %9zu\n", c, d->train_per_class[c], d->test_per_class[c]);
}

ff_status ff_command_data_info(const struct ff_arguments *arguments, struct ff_error *error)
{
	const char *name = arguments->operands.items[0];
	struct ff_dataset_info info = {0};
	FF_TRY(ff_dataset_describe(name, &info, error));
	if (arguments->json)
		return ff_print_json(info_to_json(name, &info), error);
	print_info(name, &info);
	return FF_OK;
}

/* The file being downloaded; on a terminal drawn ten times a second, else named once. */
struct download {
	bool terminal, drawn;
	double last;
	char file[128];
};

static void draw_download(struct download *download, const char *file, double done, double total)
{
	char line[256];
	double now = ff_clock();
	if (now - download->last < 0.1 && (total <= 0 || done < total))
		return;
	download->last = now;
	if (total > 0)
		snprintf(line, sizeof line, "%s  %.1f of %.1f MB  %.0f %%", file, done / 1e6, total / 1e6,
		         100 * done / total);
	else
		snprintf(line, sizeof line, "%s  %.1f MB", file, done / 1e6);
	ff_progress_draw(line);
	download->drawn = true;
}

static void on_download(void *user, const char *file, double done, double total)
{
	struct download *download = user;
	bool same = strncmp(download->file, file, sizeof download->file - 1) == 0;
	if (!same && download->drawn)
		fputc('\n', stderr);
	if (!same && !download->terminal)
		fprintf(stderr, "%s\n", file);
	snprintf(download->file, sizeof download->file, "%s", file);
	if (download->terminal)
		draw_download(download, file, done, total);
}

/* Whether the dataset is looked for, and first found, in this folder. */
static bool is_found(const char *name, const char *folder)
{
	char paths[N_FILES][FF_MAX_PATH];
	size_t length = strlen(folder);
	return ff_dataset_locate(name, paths, NULL) == FF_OK && strncmp(paths[0], folder, length) == 0 &&
	       paths[0][length] == '/';
}

static void print_advice(const char *folder)
{
	char *whole = realpath(folder, NULL);
	printf("so that it is found there: export FFENGINE_DATA='%s'\n", whole ? whole : folder);
	free(whole);
}

ff_status ff_command_data_fetch(const struct ff_arguments *arguments, struct ff_error *error)
{
	char folder[FF_MAX_PATH];
	struct download download = {.terminal = ff_progress_terminal(), .last = -1e9};
	struct ff_fetch_options options = {arguments->operands.items[0], arguments->to, arguments->mirror,
	                                   arguments->quiet ? NULL : on_download, &download};
	signal(SIGPIPE, SIG_IGN); /* of a server that leaves; libcurl is told not to touch signals */
	ff_status status = ff_fetch(&options, error);
	if (download.drawn)
		fputc('\n', stderr);
	FF_TRY(status);
	FF_TRY(ff_fetch_folder(&options, folder, error));
	printf("%s is in %s\n", options.name, folder);
	if (arguments->to && !is_found(options.name, folder))
		print_advice(arguments->to);
	return FF_OK;
}

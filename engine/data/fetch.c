#include "data/fetch.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "data/catalog.h"
#include "data/search.h"

#ifdef FF_HAVE_FETCH
#include "data/fetch_table.h"

static ff_status fetch(const struct ff_catalog_entry *entry, const struct ff_fetch_options *options, const char *folder,
                       struct ff_error *error)
{
	const char *const given[] = {options->mirror};
	struct ff_fetch_table table = {.files = entry->files,
	                               .n_files = FF_FETCH_FILES,
	                               .mirrors = options->mirror ? given : entry->mirrors,
	                               .n_mirrors = options->mirror ? 1 : FF_FETCH_MIRRORS,
	                               .connect_seconds = 15,
	                               .stall_seconds = 30};
	return ff_fetch_files(&table, folder, options, error);
}
#else
/* Appends text as one word of a shell command. */
static void append_quoted(char *line, size_t size, const char *text)
{
	size_t used = strlen(line);
	used += (size_t)snprintf(line + used, size - used, "'");
	for (; *text && used + 5 < size; text++)
		used += (size_t)snprintf(line + used, size - used, *text == '\'' ? "'\\''" : "%c", *text);
	snprintf(line + used, size - used, "'");
}

/* Writes the command that fetches the files into `folder` or, if that is NULL, into the current folder. */
static void describe_command(const struct ff_catalog_entry *entry, const char *mirror, const char *folder, char *line,
                             size_t size)
{
	char url[2048];
	int used = snprintf(url, sizeof url, "%s%s{", mirror, mirror[strlen(mirror) - 1] == '/' ? "" : "/");
	for (int i = 0; i < FF_FETCH_FILES && used < (int)sizeof url; i++)
		used += snprintf(url + used, sizeof url - (size_t)used, "%s%s", entry->files[i].name,
		                 i + 1 < FF_FETCH_FILES ? "," : "}");
	snprintf(line, size, "%s: curl -fL --remote-name-all ", folder ? "run" : "run in the dataset's folder");
	append_quoted(line, size, url);
	if (!folder)
		return;
	size_t length = strlen(line);
	snprintf(line + length, size - length, " --create-dirs --output-dir ");
	append_quoted(line, size, folder);
}

static ff_status fetch(const struct ff_catalog_entry *entry, const struct ff_fetch_options *options, const char *folder,
                       struct ff_error *error)
{
	char command[2 * FF_MAX_PATH + 4 * FF_ERROR_TEXT];
	const char *mirror = options->mirror ? options->mirror : entry->mirrors[0];
	describe_command(entry, mirror, folder, command, sizeof command);
	if (strlen(command) >= FF_ERROR_TEXT)
		describe_command(entry, mirror, NULL, command, sizeof command);
	return ff_fail_at(error, FF_ERROR_USAGE, options->name, command,
	                  "this ffengine is built without libcurl and cannot download");
}
#endif

static ff_status check_mirror(const char *mirror, struct ff_error *error)
{
	if (!mirror || strncasecmp(mirror, "http://", 7) == 0 || strncasecmp(mirror, "https://", 8) == 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_USAGE, mirror, "give the URL of the folder that holds the four .gz files",
	                  "a mirror starts with http:// or https://");
}

ff_status ff_fetch_folder(const struct ff_fetch_options *options, char folder[FF_MAX_PATH], struct ff_error *error)
{
	char cache[FF_MAX_PATH];
	const char *above = options->folder;
	if (!above) {
		FF_TRY(ff_search_cache(cache, error));
		above = cache;
	}
	if (snprintf(folder, FF_MAX_PATH, "%s/%s", above, options->name) >= FF_MAX_PATH)
		return ff_fail_at(error, FF_ERROR_USAGE, above, NULL, "the path is too long");
	return FF_OK;
}

ff_status ff_fetch(const struct ff_fetch_options *options, struct ff_error *error)
{
	char folder[FF_MAX_PATH];
	const struct ff_catalog_entry *entry = ff_catalog_find(options->name, error);
	if (!entry)
		return FF_ERROR_USAGE;
	if (!entry->fetchable)
		return ff_fail_at(error, FF_ERROR_USAGE, options->name,
		                  entry->get ? entry->get : "it is generated from the seed when it is used",
		                  "cannot be downloaded by ffengine");
	FF_TRY(check_mirror(options->mirror, error));
	FF_TRY(ff_fetch_folder(options, folder, error));
	return fetch(entry, options, folder, error);
}

#include "store/store_writer.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/store_sync.h"

static const double INTERVAL = 0.5; /* seconds between two transactions */

static void warn(struct ff_store_writer *writer, const struct ff_error *error)
{
	char text[3 * FF_ERROR_TEXT + 200], why[3 * FF_ERROR_TEXT];
	if (!writer->warned && writer->watch.message) {
		snprintf(text, sizeof text,
		         "warning: this run is not in the run store, but its folder is complete (`ffengine runs "
		         "rebuild` adds it later): %s",
		         ff_error_format(error, why, sizeof why));
		writer->watch.message(writer->watch.user, text);
	}
	writer->warned = true;
	/* a damaged database, or one of a newer ffengine, stays as it is */
	writer->lost |= error->status == FF_ERROR_DATA;
}

static void update(struct ff_store_writer *writer, int wait)
{
	struct ff_error error = {0};
	writer->last = ff_clock();
	if (writer->lost || !*writer->id)
		return;
	/* without a watch: the files are our own, and one that is still incomplete deserves no message */
	if (ff_store_sync(&writer->store, writer->id, &writer->position, wait, NULL, &error) != FF_OK)
		warn(writer, &error);
}

/* Splits the path of a run's folder, which may end in a slash or be `.`, into parent and name. */
static ff_status split(const char *folder, char parent[FF_MAX_PATH], char *name, size_t size, struct ff_error *error)
{
	char copy[FF_MAX_PATH], *whole = NULL;
	snprintf(copy, sizeof copy, "%s", folder);
	snprintf(name, size, "%s", basename(copy));
	bool plain = strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
	if (!plain)
		whole = realpath(folder, NULL);
	snprintf(copy, sizeof copy, "%s", plain || !whole ? folder : whole);
	snprintf(name, size, "%s", basename(copy));
	snprintf(copy, sizeof copy, "%s", plain || !whole ? folder : whole);
	snprintf(parent, FF_MAX_PATH, "%s", dirname(copy));
	free(whole);
	if (strcmp(name, "/") != 0 && *name && strcmp(name, ".") != 0)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_DATA, folder, NULL, "the run's folder has no parent folder");
}

void ff_store_writer_begin(struct ff_store_writer *writer, const char *folder, const struct ff_store_watch *watch)
{
	char parent[FF_MAX_PATH], name[sizeof writer->id];
	struct ff_error error = {0};
	*writer = (struct ff_store_writer){.store = {.lock = -1}, .watch = *watch};
	if (split(folder, parent, name, sizeof name, &error) != FF_OK ||
	    ff_store_locate(parent, &writer->store, &error) != FF_OK) {
		writer->lost = true;
		warn(writer, &error);
		return;
	}
	memcpy(writer->id, name, sizeof name);
	update(writer, FF_STORE_WAIT);
}

void ff_store_writer_epoch(struct ff_store_writer *writer)
{
	if (ff_clock() - writer->last >= INTERVAL)
		update(writer, writer->warned ? 0 : FF_STORE_WAIT);
}

void ff_store_writer_end(struct ff_store_writer *writer)
{
	if (!*writer->id)
		return;
	update(writer, FF_STORE_WAIT);
	ff_store_close(&writer->store);
	*writer->id = '\0';
}

/* Reads the files of a run's folder for the store. Whatever is wrong with a file is reported, and never an error: the
 * store takes what it can read. */
#ifndef ENGINE_STORE_STORE_FILES_H
#define ENGINE_STORE_STORE_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* Receives a message about each file that cannot be read whole. */
struct ff_store_watch {
	void (*message)(void *user, const char *text);
	void *user;
};

/* The files of a run; all borrowed. */
struct ff_store_files {
	const char *folder;                 /* that holds the run folders */
	const char *id;                     /* the name of the run's folder */
	const struct ff_store_watch *watch; /* may be NULL */
};

/* Passes a message about a file to the watch. */
void ff_store_report(const struct ff_store_files *files, const char *file, const char *what);

/* Whether the folder has an entry of this name. */
bool ff_store_has_file(const struct ff_store_files *files, const char *file);

/* Opens a regular file for reading. NULL if there is none or if it cannot be opened, which is reported. */
FILE *ff_store_open_file(const struct ff_store_files *files, const char *file);

/* Reads a whole file as a text that the caller frees. NULL if there is none or if it cannot be read, which is
 * reported. */
char *ff_store_read_file(const struct ff_store_files *files, const char *file, size_t *size);

/* Reads a JSON object that the caller owns. NULL if there is none or if it is not JSON, which is reported. */
json_t *ff_store_read_json(const struct ff_store_files *files, const char *file);

#endif

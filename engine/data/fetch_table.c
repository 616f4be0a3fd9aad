#include "data/fetch_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/file.h"
#include "data/download.h"
#include "data/verify.h"
#include "ffengine/experiment.h"

enum { SLACK = 1 << 20 }; /* by which compressed content may be longer than the plain one */

struct fetch {
	const struct ff_fetch_table *table;
	const struct ff_fetch_file *file;
	const struct ff_fetch_options *options;
	char path[FF_MAX_PATH], part[FF_MAX_PATH + 8];
	int fd;                        /* of part, locked */
	char notes[FF_ERROR_TEXT / 2]; /* why each mirror failed */
	ff_status worst;
};

static ff_status part_error(const struct fetch *f, const char *what, struct ff_error *error)
{
	return ff_fail_at(error, FF_ERROR_IO, f->part, NULL, "%s: %s", what, strerror(errno));
}

static void note(struct fetch *f, const char *url, const char *why)
{
	size_t used = strlen(f->notes);
	snprintf(f->notes + used, sizeof f->notes - used, "%s%s: %s", used ? "; " : "", url, why);
}

/* Opens and locks the part file. If another process renames it between our open and our lock, the name no longer leads
 * to the file that we opened. */
static ff_status open_part(struct fetch *f, struct ff_error *error)
{
	f->fd = open(f->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (f->fd < 0)
		return part_error(f, "cannot create", error);
	struct stat ours, named;
	if (flock(f->fd, LOCK_EX | LOCK_NB) == 0 && fstat(f->fd, &ours) == 0 && stat(f->part, &named) == 0 &&
	    ours.st_ino == named.st_ino && ours.st_dev == named.st_dev)
		return FF_OK;
	close(f->fd);
	return ff_fail_at(error, FF_ERROR_IO, f->part, "wait for it to end",
	                  "another process is downloading this file");
}

/* Removes an empty part file. */
static void close_part(const struct fetch *f)
{
	struct stat st;
	if (fstat(f->fd, &st) == 0 && st.st_size == 0)
		unlink(f->part);
	close(f->fd);
}

static void report_done(const struct fetch *f)
{
	struct stat st;
	if (f->options->progress && stat(f->path, &st) == 0)
		f->options->progress(f->options->user, f->file->name, (double)st.st_size, (double)st.st_size);
}

static ff_status finish(const struct fetch *f, struct ff_error *error)
{
	if (fsync(f->fd) != 0)
		return part_error(f, "cannot write", error);
	if (rename(f->part, f->path) != 0)
		return part_error(f, "cannot rename", error);
	report_done(f);
	return FF_OK;
}

/* Downloads from one mirror, and again from the start if a resumed file is wrong, since its pieces may come from
 * different compressions. *right: the part file is complete. Fails only if no other mirror can help. */
static ff_status try_mirror(struct fetch *f, const char *mirror, bool *right, struct ff_error *error)
{
	char url[2048];
	size_t length = strlen(mirror);
	snprintf(url, sizeof url, "%s%s%s", mirror, length && mirror[length - 1] == '/' ? "" : "/", f->file->name);
	struct ff_download d = {.url = url,
	                        .path = f->part,
	                        .name = f->file->name,
	                        .fd = f->fd,
	                        .most = f->file->size + SLACK,
	                        .connect_seconds = f->table->connect_seconds,
	                        .stall_seconds = f->table->stall_seconds,
	                        .options = f->options};
	do {
		struct ff_error reason = {0};
		ff_status status = ff_download(&d, &reason);
		if (status != FF_OK && d.local) {
			if (error)
				*error = reason;
			return status;
		}
		if (status != FF_OK) {
			note(f, url, reason.what);
			return FF_OK;
		}
		FF_TRY(ff_verify(f->part, f->file->sha256, f->file->size, right, error));
		if (!*right && ftruncate(f->fd, 0) != 0)
			return part_error(f, "cannot write", error);
	} while (!*right && d.resumed);
	if (!*right) {
		note(f, url, "its content is not the dataset's (wrong SHA-256)");
		f->worst = FF_ERROR_DATA;
	}
	return FF_OK;
}

static ff_status download(struct fetch *f, struct ff_error *error)
{
	bool right = false;
	for (int i = 0; i < f->table->n_mirrors && !right; i++)
		FF_TRY(try_mirror(f, f->table->mirrors[i], &right, error));
	if (right)
		return finish(f, error);
	return ff_fail_at(error, f->worst, f->path,
	                  "check the network or name another --mirror; the same command continues the download",
	                  "cannot download: %s", f->notes);
}

/* *right: there is an intact unpacked file, which is read in place of the .gz beside it. */
static ff_status check_plain(struct fetch *f, bool *right, struct ff_error *error)
{
	char path[FF_MAX_PATH], hint[FF_MAX_PATH + 40];
	struct stat st;
	size_t length = strlen(f->path);
	*right = false;
	if (length < 3 || strcmp(f->path + length - 3, ".gz") != 0)
		return FF_OK;
	snprintf(path, sizeof path, "%.*s", (int)(length - 3), f->path);
	if (stat(path, &st) != 0)
		return FF_OK;
	FF_TRY(ff_verify(path, f->file->sha256, f->file->size, right, error));
	if (*right) {
		if (f->options->progress)
			f->options->progress(f->options->user, f->file->name, (double)st.st_size, (double)st.st_size);
		return FF_OK;
	}
	snprintf(hint, sizeof hint, "remove it (rm '%s') and fetch again", path);
	return ff_fail_at(error, FF_ERROR_DATA, path, hint, "is damaged, and would be read in place of a downloaded %s",
	                  f->file->name);
}

static ff_status fetch_file(struct fetch *f, const char *folder, struct ff_error *error)
{
	if (snprintf(f->path, sizeof f->path, "%s/%s", folder, f->file->name) >= (int)sizeof f->path)
		return ff_fail_at(error, FF_ERROR_USAGE, folder, NULL, "the path is too long");
	snprintf(f->part, sizeof f->part, "%s.part", f->path);
	bool right;
	FF_TRY(check_plain(f, &right, error));
	if (right)
		return FF_OK;
	FF_TRY(ff_verify(f->path, f->file->sha256, f->file->size, &right, error));
	if (right) {
		report_done(f);
		return FF_OK;
	}
	FF_TRY(open_part(f, error));
	ff_status status = download(f, error);
	close_part(f);
	return status;
}

/* The length of the beginning of path that exists. */
static size_t existing(const char *path)
{
	char part[FF_MAX_PATH];
	struct stat st;
	snprintf(part, sizeof part, "%s", path);
	while (*part && stat(part, &st) != 0) {
		char *slash = strrchr(part, '/');
		*(slash ? slash : part) = '\0';
	}
	return strlen(part);
}

/* Removes the empty folders of path behind its first `keep` bytes. */
static void remove_made(const char *path, size_t keep)
{
	char part[FF_MAX_PATH];
	snprintf(part, sizeof part, "%s", path);
	while (strlen(part) > keep) {
		rmdir(part);
		char *slash = strrchr(part, '/');
		*(slash ? slash : part) = '\0';
	}
}

static ff_status fetch_all(const struct ff_fetch_table *table, const char *folder,
                           const struct ff_fetch_options *options, struct ff_error *error)
{
	FF_TRY(ff_folder_create(folder, error));
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ff_fail(error, FF_ERROR_INTERNAL, "cannot start libcurl");
	ff_status status = FF_OK;
	for (int i = 0; i < table->n_files && status == FF_OK; i++) {
		struct fetch f = {
		    .table = table, .file = &table->files[i], .options = options, .fd = -1, .worst = FF_ERROR_IO};
		status = fetch_file(&f, folder, error);
	}
	curl_global_cleanup();
	return status;
}

ff_status ff_fetch_files(const struct ff_fetch_table *table, const char *folder, const struct ff_fetch_options *options,
                         struct ff_error *error)
{
	size_t before = existing(folder);
	ff_status status = fetch_all(table, folder, options, error);
	if (status != FF_OK)
		remove_made(folder, before);
	return status;
}

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_TRIES = 100, MAX_LINKS = 40 }; /* names tried for a temporary file; links followed to a file */

static ff_status io_error(struct ff_error *error, const char *path, const char *what)
{
	const char *hint =
	    errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? "free some space or write to another folder" : NULL;
	return ff_fail_at(error, FF_ERROR_IO, path, hint, "%s: %s", what, strerror(errno));
}

/* Follows symbolic links by hand, because the file that the last one names need not exist. */
static bool resolve(struct ff_file_writer *writer)
{
	char link[sizeof writer->target], *target = writer->target;
	memcpy(target, writer->path, sizeof writer->target);
	for (int i = 0; i < MAX_LINKS; i++) {
		ssize_t n = readlink(target, link, sizeof link);
		if (n < 0)
			return errno == EINVAL || errno == ENOENT; /* not a link; no file yet */
		const char *slash = *link == '/' ? NULL : strrchr(target, '/');
		size_t folder = slash ? (size_t)(slash + 1 - target) : 0;
		if (folder + (size_t)n >= sizeof writer->target) {
			errno = ENAMETOOLONG;
			return false;
		}
		memcpy(target + folder, link, (size_t)n);
		target[folder + (size_t)n] = '\0';
	}
	errno = ELOOP;
	return false;
}

static bool same_inode(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Returns another descriptor of standard output or standard error if it goes to this file; -1 if neither does. Replacing
 * the file would lose what they write, and opening it again would let both overwrite each other. */
static int standard_stream(const struct stat *file)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		struct stat st;
		int flags = fcntl(fd, F_GETFL);
		if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && fstat(fd, &st) == 0 && same_inode(file, &st))
			return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	}
	return -1;
}

static int open_temporary(struct ff_file_writer *writer)
{
	int fd = -1;
	for (int i = 0; i < MAX_TRIES && fd < 0; i++) { /* mkstemp() would make the result unreadable for others */
		snprintf(writer->temporary, sizeof writer->temporary, "%s.%ld-%d.tmp", writer->target, (long)getpid(),
		         i);
		fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd;
}

static int open_file(struct ff_file_writer *writer)
{
	struct stat st;
	if (stat(writer->path, &st) == 0) {
		int fd = standard_stream(&st);
		if (fd >= 0)
			return fd;
		if (!S_ISREG(st.st_mode)) /* opening a folder fails */
			return open(writer->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	}
	return resolve(writer) ? open_temporary(writer) : -1;
}

ff_status ff_file_create(struct ff_file_writer *writer, const char *path, struct ff_error *error)
{
	*writer = (struct ff_file_writer){0};
	if (snprintf(writer->path, sizeof writer->path, "%s", path) >= (int)sizeof writer->path) {
		errno = ENAMETOOLONG;
		return io_error(error, path, "cannot create");
	}
	int fd = open_file(writer);
	if (fd < 0)
		return io_error(error, path, "cannot create");
	writer->stream = fdopen(fd, "wb");
	if (!writer->stream) {
		ff_status status = io_error(error, path, "cannot open");
		close(fd);
		if (*writer->temporary)
			unlink(writer->temporary);
		return status;
	}
	return FF_OK;
}

/* Fills *st for the folder of a path. */
static bool stat_folder(const char *path, struct stat *st)
{
	char folder[sizeof((struct ff_file_writer *)NULL)->target];
	snprintf(folder, sizeof folder, "%s", path);
	return stat(dirname(folder), st) == 0;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool ff_file_same(const struct ff_file_writer *a, const struct ff_file_writer *b)
{
	struct stat in_a, in_b;
	return *a->temporary && *b->temporary && strcmp(name_of(a->target), name_of(b->target)) == 0 &&
	       stat_folder(a->target, &in_a) && stat_folder(b->target, &in_b) && same_inode(&in_a, &in_b);
}

void ff_file_sync_folder(const char *path)
{
	char folder[sizeof((struct ff_file_writer *)NULL)->target];
	snprintf(folder, sizeof folder, "%s", path);
	int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

/* Flushes and closes the stream. Sets errno on failure. */
static bool finish(FILE *stream, bool sync)
{
	int failed = ferror(stream);
	errno = 0;
	if (failed) { /* the errno of that write is lost: provoke it again, since the file is lost anyway */
		clearerr(stream);
		(void)fputc(0, stream);
		(void)fflush(stream);
	} else {
		failed = fflush(stream) || (sync && fsync(fileno(stream)));
	}
	int saved = errno ? errno : EIO;
	if (fclose(stream) && !failed)
		return false;
	errno = saved;
	return !failed;
}

ff_status ff_file_commit(struct ff_file_writer *writer, struct ff_error *error)
{
	FILE *stream = writer->stream;
	bool replaces = *writer->temporary;
	writer->stream = NULL;
	if (finish(stream, replaces) && (!replaces || rename(writer->temporary, writer->target) == 0)) {
		if (replaces)
			ff_file_sync_folder(writer->target);
		return FF_OK;
	}
	ff_status status = io_error(error, writer->path, "cannot write");
	if (replaces)
		unlink(writer->temporary);
	return status;
}

void ff_file_abandon(struct ff_file_writer *writer)
{
	if (!writer->stream)
		return;
	fclose(writer->stream);
	writer->stream = NULL;
	if (*writer->temporary)
		unlink(writer->temporary);
}

ff_status ff_file_write(const char *path, const void *bytes, size_t size, struct ff_error *error)
{
	struct ff_file_writer writer;
	FF_TRY(ff_file_create(&writer, path, error));
	if (size)
		(void)fwrite(bytes, 1, size, writer.stream); /* commit sees a failure */
	return ff_file_commit(&writer, error);
}

ff_status ff_folder_create(const char *path, struct ff_error *error)
{
	char part[1024];
	if (!*path || snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
		errno = *path ? ENAMETOOLONG : ENOENT;
		return io_error(error, path, "cannot create folder");
	}
	for (char *p = part + 1;; p++) {
		char end = *p;
		if (end != '/' && end != '\0')
			continue;
		*p = '\0';
		struct stat st;
		if (mkdir(part, 0777) != 0 && !(errno == EEXIST && stat(part, &st) == 0 && S_ISDIR(st.st_mode)))
			return io_error(error, part, "cannot create folder");
		if (end == '\0')
			return FF_OK;
		*p = end;
	}
}

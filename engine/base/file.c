#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_TRIES = 100 }; /* names for a temporary file */

static ff_status io_error(struct ff_error *error, const char *path, const char *what)
{
	const char *hint =
	    errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? "free some space or write to another folder" : NULL;
	return ff_fail_at(error, FF_ERROR_IO, path, hint, "%s: %s", what, strerror(errno));
}

ff_status ff_file_create(struct ff_file_writer *writer, const char *path, struct ff_error *error)
{
	*writer = (struct ff_file_writer){0};
	if (snprintf(writer->path, sizeof writer->path, "%s", path) >= (int)sizeof writer->path) {
		errno = ENAMETOOLONG;
		return io_error(error, path, "cannot create");
	}
	int fd = -1;
	for (int i = 0; i < MAX_TRIES && fd < 0; i++) { /* not mkstemp(): a result is as readable as any other file */
		snprintf(writer->temporary, sizeof writer->temporary, "%s.%ld-%d.tmp", path, (long)getpid(), i);
		fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return io_error(error, path, "cannot create");
	writer->stream = fdopen(fd, "wb");
	if (!writer->stream) {
		ff_status status = io_error(error, path, "cannot open");
		close(fd);
		unlink(writer->temporary);
		return status;
	}
	return FF_OK;
}

/* So that a crash of the machine does not undo the rename; some file systems cannot, which loses nothing else. */
static void sync_folder(const char *path)
{
	char folder[sizeof((struct ff_file_writer *)NULL)->path];
	snprintf(folder, sizeof folder, "%s", path);
	int fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

ff_status ff_file_commit(struct ff_file_writer *writer, struct ff_error *error)
{
	FILE *stream = writer->stream;
	writer->stream = NULL;
	int failed = ferror(stream);
	if (failed) { /* errno of that write is long gone: ask again what is wrong, the file is lost anyway */
		clearerr(stream);
		errno = 0;
		(void)fputc(0, stream);
		(void)fflush(stream);
	} else {
		failed = fflush(stream) || fsync(fileno(stream));
	}
	int saved = errno ? errno : EIO;
	if (fclose(stream) && !failed) {
		failed = 1;
		saved = errno;
	}
	if (!failed && rename(writer->temporary, writer->path) == 0) {
		sync_folder(writer->path);
		return FF_OK;
	}
	errno = failed ? saved : errno;
	ff_status status = io_error(error, writer->path, "cannot write");
	unlink(writer->temporary);
	return status;
}

void ff_file_abandon(struct ff_file_writer *writer)
{
	if (!writer->stream)
		return;
	fclose(writer->stream);
	writer->stream = NULL;
	unlink(writer->temporary);
}

ff_status ff_file_write(const char *path, const void *bytes, size_t size, struct ff_error *error)
{
	struct ff_file_writer writer;
	FF_TRY(ff_file_create(&writer, path, error));
	if (size)
		(void)fwrite(bytes, 1, size, writer.stream); /* a failure is kept by the stream and seen at commit */
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

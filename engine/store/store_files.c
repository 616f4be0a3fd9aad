#include "store/store_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/store_db.h"

enum { MAX_FILE = 64 << 20 }; /* bytes of a file that is read as a whole */

void ff_store_report(const struct ff_store_files *files, const char *file, const char *what)
{
	char text[2 * FF_STORE_PATH];
	if (!files->watch || !files->watch->message)
		return;
	snprintf(text, sizeof text, "%s/%s/%s: %s", files->folder, files->id, file, what);
	files->watch->message(files->watch->user, text);
}

bool ff_store_has_file(const struct ff_store_files *files, const char *file)
{
	char path[2 * FF_STORE_PATH];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s/%s", files->folder, files->id, file);
	return lstat(path, &st) == 0;
}

FILE *ff_store_open_file(const struct ff_store_files *files, const char *file)
{
	char path[2 * FF_STORE_PATH];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s/%s", files->folder, files->id, file);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* opening a pipe waits for its other end */
		ff_store_report(files, file, "it is not a regular file");
		return NULL;
	}
	FILE *stream = fopen(path, "re");
	if (!stream && errno != ENOENT)
		ff_store_report(files, file, strerror(errno));
	return stream;
}

char *ff_store_read_file(const struct ff_store_files *files, const char *file, size_t *size)
{
	char *text = NULL, part[4096];
	FILE *stream = ff_store_open_file(files, file);
	FILE *copy = stream ? open_memstream(&text, size) : NULL;
	size_t n = 1, total = 0;
	while (copy && n > 0 && total < MAX_FILE) {
		n = fread(part, 1, sizeof part, stream);
		fwrite(part, 1, n, copy);
		total += n;
	}
	bool failed = stream && (!copy || ferror(stream) || total >= MAX_FILE);
	if (stream)
		fclose(stream);
	if (copy)
		failed |= fclose(copy) != 0;
	if (failed) {
		ff_store_report(files, file, "it cannot be read");
		free(text);
		return NULL;
	}
	return text;
}

json_t *ff_store_read_json(const struct ff_store_files *files, const char *file)
{
	size_t size = 0;
	json_error_t problem;
	char *text = ff_store_read_file(files, file, &size);
	if (!text)
		return NULL;
	json_t *root = json_loadb(text, size, 0, &problem);
	free(text);
	if (json_is_object(root))
		return root;
	ff_store_report(files, file, root ? "it is not a JSON object" : problem.text);
	json_decref(root);
	return NULL;
}

#include "support/config_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/harness.h"

static char path[400]; /* of the last file loaded */

struct loaded *load_bytes(const char *bytes, size_t size, const char *const overrides[], int n)
{
	static struct loaded loaded;
	const char *temporary = getenv("TMPDIR");
	snprintf(path, sizeof path, "%s/ff_config_XXXXXX", temporary && *temporary ? temporary : "/tmp");
	int fd = mkstemp(path);
	memset(&loaded, 0, sizeof loaded);
	if (!CHECK(fd >= 0))
		return &loaded;
	CHECK_INT(write(fd, bytes, size), size);
	close(fd);
	loaded.status = ff_experiment_load(path, overrides, n, &loaded.experiment, &loaded.diagnostics);
	unlink(path);
	return &loaded;
}

struct loaded *load(const char *text)
{
	return load_bytes(text, strlen(text), NULL, 0);
}

struct loaded *load_set(const char *text, const char *override)
{
	return load_bytes(text, strlen(text), &override, 1);
}

const char *line(const struct loaded *loaded, int i)
{
	static char text[2000];
	*text = '\0';
	if (i >= loaded->diagnostics.count)
		return text;
	ff_error_format(&loaded->diagnostics.items[i], text, sizeof text);
	size_t length = strlen(path);
	bool in_file = length && strncmp(text, path, length) == 0 && text[length] == ':';
	return in_file ? text + length + 1 : text;
}

bool begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

void check_faults(const struct fault *faults, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct loaded *got = load(faults[i].text);
		CHECK_INT(got->status, FF_ERROR_CONFIG);
		CHECK_INT(got->diagnostics.count, 1);
		if (!CHECK(begins(line(got, 0), faults[i].wanted)))
			printf("\n    %s\n not %s\n", line(got, 0), faults[i].wanted);
		CHECK(*faults[i].hint != '\0');
		CHECK_HAS(line(got, 0), faults[i].hint);
		CHECK_INT(got->experiment.n_layers, 0); /* untouched */
	}
}

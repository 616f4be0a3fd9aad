#include "run/origin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "ffengine/experiment.h"
#include "run/result.h"

enum { HOST_SIZE = 256, PROCESS_SIZE = 96, TIME_SIZE = 40 };

static void format_time(double when, char *text, size_t size)
{
	double whole = floor(when);
	time_t seconds = (time_t)whole;
	unsigned thousandths = (unsigned)((when - whole) * 1000) % 1000;
	struct tm utc;
	char stamp[24];
	strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
	snprintf(text, size, "%s.%03uZ", stamp, thousandths);
}

void ff_origin_later(const char *started, double seconds, char *text, size_t size)
{
	struct tm utc = {0};
	int thousandths = 0;
	*text = '\0';
	if (sscanf(started, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &utc.tm_year, &utc.tm_mon, &utc.tm_mday, &utc.tm_hour,
	           &utc.tm_min, &utc.tm_sec, &thousandths) != 7 ||
	    !(fabs(seconds) < 1e10))
		return;
	utc.tm_year -= 1900;
	utc.tm_mon -= 1;
	/* half a thousandth, so that rounding down does not lose a whole one */
	format_time((double)timegm(&utc) + 1e-3 * thousandths + seconds + 0.0005, text, size);
}

static void host_name(char host[HOST_SIZE])
{
	if (gethostname(host, HOST_SIZE) != 0)
		strcpy(host, "unknown");
	host[HOST_SIZE - 1] = '\0';
}

static void read_line(const char *path, char *line, int size)
{
	FILE *stream = fopen(path, "re");
	if (!stream || !fgets(line, size, stream))
		*line = '\0';
	if (stream)
		fclose(stream);
	line[strcspn(line, "\n")] = '\0';
}

/* "BOOT/START" of a process on this machine; "" if there is none. */
static void identify(long pid, char process[PROCESS_SIZE])
{
	char path[64], boot[48], line[1024];
	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	read_line(path, line, sizeof line);
	read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	*process = '\0';
	/* proc(5): the start is field 22. Field 2 is a name in parentheses that may hold any characters. A dead process
	 * that nobody has waited for is in state Z or X. */
	char *field = strrchr(line, ')'), *rest = NULL;
	if (!field || strlen(field) < 4 || field[2] == 'Z' || field[2] == 'X')
		return;
	field = strtok_r(field + 1, " ", &rest);
	for (int i = 3; field && i < 22; i++)
		field = strtok_r(NULL, " ", &rest);
	if (field)
		snprintf(process, PROCESS_SIZE, "%s/%s", boot, field);
}

enum ff_liveness ff_origin_alive(const char *host, long pid, const char *process)
{
	char here[HOST_SIZE], now[PROCESS_SIZE];
	host_name(here);
	if (!host || !process)
		return FF_DEAD;
	if (strcmp(host, here) != 0)
		return FF_UNKNOWN;
	identify(pid, now);
	return *now && strcmp(now, process) == 0 ? FF_ALIVE : FF_DEAD;
}

static ff_status write_origin(const char *path, json_t *root, struct ff_error *error)
{
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (!text)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for %s", path);
	ff_status status = ff_file_write(path, text, strlen(text), error);
	free(text);
	return status;
}

static ff_status path_of(const char *folder, char path[FF_MAX_PATH], struct ff_error *error)
{
	if (snprintf(path, FF_MAX_PATH, "%s/run.json", folder) < FF_MAX_PATH)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_IO, folder, "write to another folder with --out", "the path is too long");
}

/* Describes this process, in a run that began at this time. */
static json_t *describe(const char *started)
{
	char host[HOST_SIZE], process[PROCESS_SIZE];
	host_name(host);
	identify(getpid(), process);
	return json_pack("{ss so sI ss so}", "started", started, "host", ff_json_text(host), "pid",
	                 (json_int_t)getpid(), "process", process, "machine", ff_machine_to_json());
}

static void format_past(double elapsed, char text[TIME_SIZE])
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	format_time((double)now.tv_sec + 1e-9 * (double)now.tv_nsec - elapsed, text, TIME_SIZE);
}

ff_status ff_origin_write(const char *folder, double elapsed, struct ff_error *error)
{
	char path[FF_MAX_PATH], started[TIME_SIZE];
	FF_TRY(path_of(folder, path, error));
	format_past(elapsed, started);
	return write_origin(path, describe(started), error);
}

ff_status ff_origin_resume(const char *folder, double elapsed, double seconds_before, struct ff_error *error)
{
	char path[FF_MAX_PATH], resumed[TIME_SIZE];
	FF_TRY(path_of(folder, path, error));
	format_past(elapsed, resumed);
	json_t *before = json_load_file(path, 0, NULL);
	const char *started = json_string_value(json_object_get(before, "started"));
	json_t *root = describe(started ? started : resumed);
	json_decref(before);
	if (json_object_set_new(root, "resumed", json_string(resumed)) != 0 ||
	    json_object_set_new(root, "seconds_before", ff_json_real(seconds_before)) != 0) {
		json_decref(root);
		root = NULL;
	}
	return write_origin(path, root, error);
}

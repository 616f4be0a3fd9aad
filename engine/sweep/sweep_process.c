#include "sweep/sweep_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sweep/sweep_command.h"
#include "sweep/sweep_folder.h"
#include "sweep/sweep_point.h"

/* Fills the slot's places: neighbouring processors, in a cache domain of their own if possible. Returns their number. */
static int places_of(const struct ff_sweep_run *run, int slot, int *places)
{
	int first, n;
	ff_topology_part(&run->topology, run->n_slots, slot, &first, &n);
	for (int i = 0; i < n; i++)
		places[i] = first + i;
	return n;
}

/* Whether points are bound to processors. With a CPU quota, or a number of processors given by the environment, we do
 * not know which processors are ours: other processes would be bound to the same ones. */
static bool binds(const struct ff_sweep_run *run)
{
	const struct ff_topology_limits *limits = &run->topology.limits;
	return !limits->quota_cut && (!limits->batch_cut || limits->narrowed);
}

/* In the child process: becomes the point's run and never returns. */
static void become_point(const struct ff_sweep_run *run, int slot, const char *log, const char *program, char **words,
                         int *places, pid_t parent)
{
	struct ff_error error = {0};
	char text[2 * FF_ERROR_TEXT];
	setpgid(0, 0); /* Ctrl-C is for the sweep, which ends its points */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(FF_ERROR_INTERNAL);
	int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		_exit(FF_ERROR_IO);
	close(in);
	close(out);
	if (binds(run) && ff_topology_bind(&run->topology, places, places_of(run, slot, places), &error) != FF_OK) {
		ff_error_format(&error, text, sizeof text);
		dprintf(2, "ffengine: warning: %s\n", text);
	}
	execv(program, words);
	dprintf(2, "ffengine: cannot start %s: %s\n", program, strerror(errno));
	_exit(FF_ERROR_INTERNAL);
}

/* The point's command. Without binding, its number of threads is the slot's share of the processors. */
static char **full_command(const struct ff_sweep_run *run, int point, bool resume)
{
	int first, threads;
	const struct ff_experiment *e = &run->sweep->points[point].experiment;
	bool share = !binds(run) && e->execution.threads == FF_AUTO;
	for (int l = 0; l < e->n_layers; l++)
		share = share && e->layers[l].threads == FF_AUTO;
	ff_topology_part(&run->topology, run->n_slots, run->results[point].slot, &first, &threads);
	return (resume ? ff_sweep_resume_command : ff_sweep_command)(run->sweep, run->options, point,
	                                                             share ? threads : 0);
}

ff_status ff_sweep_start(struct ff_sweep_run *run, int point, struct ff_error *error)
{
	char log[FF_MAX_PATH], program[PATH_MAX];
	struct ff_point_result *result = &run->results[point];
	bool resume;
	FF_TRY(ff_sweep_program(program, error));
	FF_TRY(ff_sweep_make_ready(run, point, &resume, error));
	if (!ff_sweep_path(run->options, "logs", run->sweep->points[point].name, ".txt", log))
		return ff_fail_at(error, FF_ERROR_IO, run->options->folder, NULL, "the path is too long");
	char **words = full_command(run, point, resume);
	int *places = calloc((size_t)run->topology.n_places, sizeof *places);
	pid_t parent = getpid(), child = words && places ? fork() : -1;
	int why = errno;
	if (child == 0)
		become_point(run, result->slot, log, program, words, places, parent);
	ff_sweep_command_free(words);
	free(places);
	if (child < 0)
		return ff_fail(error, FF_ERROR_MEMORY, "cannot start the process of a point: %s", strerror(why));
	result->state = FF_POINT_RUNNING;
	result->process = child;
	result->started = ff_clock();
	*result->message = '\0';
	return FF_OK;
}

/* Takes the failure's message from the log: the first error, or else the last line. */
static void read_log(const struct ff_sweep_run *run, int point)
{
	char path[FF_MAX_PATH], line[FF_ERROR_TEXT];
	struct ff_point_result *result = &run->results[point];
	FILE *stream = ff_sweep_path(run->options, "logs", run->sweep->points[point].name, ".txt", path)
	                   ? fopen(path, "re")
	                   : NULL;
	bool found = false;
	while (stream && !found && fgets(line, sizeof line, stream)) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "ffengine: ", 10) == 0 && strncmp(line + 10, "warning", 7) != 0;
		if (*line)
			snprintf(result->message, sizeof result->message, "%s", found ? line + 10 : line);
	}
	if (stream)
		fclose(stream);
}

bool ff_sweep_reap(struct ff_sweep_run *run, int point)
{
	struct ff_point_result *result = &run->results[point];
	int status = 0;
	pid_t ended = waitpid(result->process, &status, WNOHANG);
	if (ended == 0 || (ended < 0 && errno == EINTR))
		return false;
	result->process = 0;
	bool good = ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (good && ff_sweep_read_result(run, point)) {
		result->state = FF_POINT_DONE;
		return true;
	}
	result->state = FF_POINT_FAILED;
	int code = ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	result->failure = code >= FF_ERROR_INTERNAL && code <= FF_ERROR_NUMERIC ? (ff_status)code : FF_ERROR_INTERNAL;
	result->seconds = ff_clock() - result->started;
	(void)!ff_sweep_read_result(run, point); /* for its message */
	if (ended > 0 && WIFSIGNALED(status))
		snprintf(result->message, sizeof result->message, "its process was ended by signal %d (%s)",
		         WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!*result->message)
		read_log(run, point);
	if (!*result->message)
		snprintf(result->message, sizeof result->message, "its process left no result (exit status %d)", code);
	return true;
}

/* The program ffengine: finds the command, reads its options, runs it, reports its failure. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/edit_distance.h"
#include "cli/command_find.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/print.h"

/* Opens what the caller closed, so that no file of ours becomes standard output: writing there fails, as it should. */
static void occupy_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return;
}

static ff_status run_command(const char *const words[], int n, struct ff_error *error)
{
	int used = 0;
	struct ff_arguments arguments;
	const struct ff_command *command = ff_command_find(words, n, &used, error);
	if (!command)
		return FF_ERROR_USAGE;
	ff_status status = ff_arguments_parse(command, words + used, n - used, &arguments, error);
	if (status == FF_OK && arguments.help)
		ff_help_command(command, stdout);
	else if (status == FF_OK)
		status = command->run ? command->run(&arguments, error) : ff_command_help(&arguments, error);
	ff_arguments_fini(&arguments);
	return status;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* A first word with a dash that is no option of the program itself. */
static ff_status unknown_option(const char *word, struct ff_error *error)
{
	static const char *const KNOWN[] = {"--help", "--version"};
	char hint[64] = "options follow the command; see `ffengine help`";
	for (int i = 0; i < 2; i++)
		if (ff_word_is_near(word, KNOWN[i], ff_edit_distance(word, KNOWN[i])))
			snprintf(hint, sizeof hint, "did you mean `ffengine %s`?", KNOWN[i]);
	return ff_fail_at(error, FF_ERROR_USAGE, NULL, hint, "unknown option '%s'", word);
}

static ff_status dispatch(const char *const words[], int n, struct ff_error *error)
{
	static const char *const VERSION[] = {"version"}, *const HELP[] = {"help"};
	const char *help[3];
	if (n == 0) {
		ff_help_overview(stderr);
		return FF_ERROR_USAGE;
	}
	if (is_help(words[0]) && n == 1)
		return run_command(HELP, 1, error);
	if (is_help(words[0]) && n <= 3) {
		help[0] = HELP[0];
		memcpy(help + 1, words + 1, (size_t)(n - 1) * sizeof *words);
		return run_command(help, n, error);
	}
	if (n == 2 && is_help(words[1]) && ff_help_group(words[0], stdout))
		return FF_OK;
	if (strcmp(words[0], "--version") == 0 && n == 1)
		return run_command(VERSION, 1, error);
	if (words[0][0] == '-')
		return unknown_option(words[0], error);
	return run_command(words, n, error);
}

/* Output may still be buffered: a full disk, or a reader that has left, shows only here. */
static ff_status flush_output(struct ff_error *error)
{
	bool failed = ferror(stdout) != 0;
	errno = 0;
	failed = fclose(stdout) != 0 || failed;
	if (!failed)
		return FF_OK;
	return ff_fail_at(error, FF_ERROR_IO, "standard output", NULL, "cannot write: %s",
	                  errno ? strerror(errno) : "an earlier write failed");
}

/* The OpenMP runtime reads its settings before main(), so they are set by starting again. By default its threads spin
 * for milliseconds at the end of each piece of work, which stalls a run many times over while another process wants
 * the core; this count is some tens of microseconds. Whoever has a setting of their own keeps it. */
static void limit_spinning(char *argv[])
{
	char self[PATH_MAX];
	if (getenv("GOMP_SPINCOUNT") || getenv("OMP_WAIT_POLICY") || !argv[0])
		return;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return;
	self[n] = '\0';
	const char *name = strrchr(self, '/');
	if (!name || strncmp(name, "/ld", 3) == 0) /* the dynamic loader, started by hand on our file */
		return;
	(void)setenv("KMP_BLOCKTIME", "0", 0); /* the same of clang's runtime, in milliseconds */
	if (setenv("GOMP_SPINCOUNT", "1000", 0) == 0)
		(void)execv(self, argv); /* if it fails, runs are slower on a busy machine, but no worse */
}

int main(int argc, char *argv[])
{
	struct ff_error error = {0};
	limit_spinning(argv);
	occupy_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow: the write fails, and is reported like a full disk */
	signal(SIGPIPE, SIG_DFL); /* quiet when a reader has seen enough; commands that work on ignore it */
	const char *const *words = (const char *const *)(argc > 0 ? argv + 1 : argv);
	ff_status status = dispatch(words, argc > 0 ? argc - 1 : 0, &error);
	if (status != FF_OK && *error.what)
		ff_error_print(&error);
	ff_status flushed = flush_output(&error);
	if (flushed != FF_OK)
		ff_error_print(&error);
	if (status == FF_OK && flushed == FF_OK)
		return ff_interrupt_exit_code();
	return (int)(status != FF_OK ? status : flushed);
}

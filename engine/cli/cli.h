/* The program's commands, its options, and what every command shares.
 *
 * A command is one entry of ff_commands[] and one file. It prints results on standard output, everything else on
 * standard error, and returns a status, which becomes the exit code. On failure it fills *error; an error without
 * text means that it has told the user already. */
#ifndef ENGINE_CLI_CLI_H
#define ENGINE_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "ffengine/experiment.h"

/* Borrowed words of the command line; the array is the owner's. */
struct ff_words {
	const char **items;
	int n;
};

/* What any command's options can set; options not given are false, NULL or empty. */
struct ff_arguments {
	bool help, json, quiet, graph, dot, smt, print_jobs;
	const char *out, *threads, *to, *mirror, *topology, *runs, *where, *sort, *limit;
	const char *cores, *rate, *bandwidth, *rates;
	const char *seconds, *slices, *trace, *report, *point;
	const char *resume; /* stands for the operand */
	struct ff_words set, operands;
};

enum ff_option_kind { FF_OPTION_FLAG, FF_OPTION_VALUE, FF_OPTION_LIST };

struct ff_option {
	const char *name;  /* without its two dashes */
	const char *value; /* the value's name in the help text; NULL for a flag */
	const char *help;
	enum ff_option_kind kind;
	size_t offset;                          /* in struct ff_arguments: a bool, const char * or struct ff_words */
	void (*fallback)(char *text, size_t n); /* writes the default as it is here and now; may be NULL */
};

struct ff_command {
	const char *name; /* one or two words, such as "run" or "data list" */
	const char *summary;
	const char *operands; /* their names in the help text */
	const char *instead;  /* another form of the command line, which begins with an option of its own; NULL: none */
	int min_operands, max_operands;
	const char *about, *examples, *next; /* parts of the help text */
	const struct ff_option *options;
	int n_options;
	ff_status (*run)(const struct ff_arguments *arguments, struct ff_error *error);
};

enum { FF_RUNS_COMPARED = 64 }; /* runs at most that one command compares */

/* The table of all commands. */
extern const struct ff_command ff_commands[];
extern const int ff_n_commands;

ff_status ff_command_run(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_check(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_sweep(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_data_list(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_data_info(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_data_fetch(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_runs_list(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_runs_show(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_runs_compare(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_runs_export(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_runs_rebuild(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_plan(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_profile(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_topology(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_version(const struct ff_arguments *arguments, struct ff_error *error);
ff_status ff_command_help(const struct ff_arguments *arguments, struct ff_error *error);

/* The command that the first words name, and in *used how many words that took; NULL if there is none, and then
 * *error says so and names the nearest. */
const struct ff_command *ff_command_find(const char *const words[], int n, int *used, struct ff_error *error);

/* Help for one command, for all commands of the group `name` ("data"), or the overview. */
void ff_help_command(const struct ff_command *command, FILE *stream);
bool ff_help_group(const char *name, FILE *stream);
void ff_help_overview(FILE *stream);

/* Loads operand 0 with --set and --threads applied; faults of the file go to standard error, one a line as
 * file:line:column: what. Errors: those of ff_experiment_load(), FF_ERROR_USAGE. */
FF_NODISCARD ff_status ff_load_experiment(const struct ff_arguments *arguments, struct ff_experiment *experiment,
                                          struct ff_error *error);

/* "ffengine: where: what", and the hint on a line of its own, on standard error. */
void ff_print_error(const struct ff_error *error);

#endif

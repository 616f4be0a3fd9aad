/* What every command shares: its entry in the table of commands, and its arguments.
 *
 * A command is one entry of ff_commands[] (commands.c) and one file. It prints results on standard output, everything
 * else on standard error, and returns a status, which becomes the exit code. On failure it fills *error; an error
 * without text means that the command has told the user already. */
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
	size_t offset;                        /* in struct ff_arguments: a bool, const char * or struct ff_words */
	const char *initial;                  /* the default in words, or NULL */
	void (*now)(char *text, size_t size); /* writes the default as it is on this machine; may be NULL */
};

struct ff_command {
	const char *name; /* one or two words, such as "run" or "data list" */
	const char *summary;
	const char *operands; /* their names in the help text */
	const char *instead;  /* another form of the command line, which begins with an option of its own; NULL: none */
	int min_operands, max_operands;
	const char *about;                     /* paragraphs, with an empty line between two of them */
	void (*rest)(char *text, size_t size); /* writes one more paragraph, from a table; may be NULL */
	const char *examples;                  /* a command line per line */
	const char *next;                      /* other commands to look at, or NULL */
	const struct ff_option *options;
	int n_options;
	ff_status (*run)(const struct ff_arguments *arguments, struct ff_error *error); /* NULL: ff_command_help() */
};

enum {
	FF_RUNS_COMPARED = 64, /* runs at most that one command compares */
	FF_MAX_PARAGRAPH = 1024,
};

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

#endif

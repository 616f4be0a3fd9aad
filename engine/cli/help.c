#include "cli/cli.h"

#include <string.h>

#include "base/edit_distance.h"
#include "cli/options.h"
#include "ffengine/version.h"

enum { OPTION_COLUMN = 20 }; /* where the options' descriptions begin */

/* Prints text, its further lines indented to the option column. */
static void print_indented(const char *text, FILE *stream)
{
	for (; *text; text++) {
		fputc(*text, stream);
		if (*text == '\n')
			fprintf(stream, "%*s", OPTION_COLUMN, "");
	}
}

static void print_option(const struct ff_option *option, FILE *stream)
{
	char left[64], fallback[FF_MAX_PATH];
	snprintf(left, sizeof left, "  --%s %s", option->name, option->value ? option->value : "");
	fprintf(stream, "%-*s", OPTION_COLUMN, left);
	print_indented(option->help, stream);
	fputc('\n', stream);
	if (option->fallback) {
		option->fallback(fallback, sizeof fallback);
		fprintf(stream, "%*s(default: %s)\n", OPTION_COLUMN, "", fallback);
	}
}

/* Whether the option opens the command's other form. */
static bool is_instead(const struct ff_command *command, const struct ff_option *option)
{
	size_t n = strlen(option->name);
	return command->instead && strncmp(command->instead + 2, option->name, n) == 0 &&
	       command->instead[2 + n] == ' ';
}

static void print_usage(const struct ff_command *command, FILE *stream)
{
	fprintf(stream, "usage: ffengine %s%s%s", command->name, *command->operands ? " " : "", command->operands);
	for (int i = 0; i < command->n_options; i++) {
		const struct ff_option *option = &command->options[i];
		if (is_instead(command, option))
			continue;
		if (option->value)
			fprintf(stream, " [--%s %s]%s", option->name, option->value,
			        option->kind == FF_OPTION_LIST ? "..." : "");
		else if (strcmp(option->name, "help") != 0)
			fprintf(stream, " [--%s]", option->name);
	}
	fputc('\n', stream);
	if (command->instead)
		fprintf(stream, "       ffengine %s %s\n", command->name, command->instead);
}

void ff_help_command(const struct ff_command *command, FILE *stream)
{
	print_usage(command, stream);
	fprintf(stream, "\n%s\nOptions:\n", command->about);
	for (int i = 0; i < command->n_options; i++)
		print_option(&command->options[i], stream);
	fprintf(stream, "\nExamples:\n%s", command->examples);
	if (command->next)
		fprintf(stream, "\n%s", command->next);
}

static void print_summary(const struct ff_command *command, FILE *stream)
{
	fprintf(stream, "  %-12s %s\n", command->name, command->summary);
}

bool ff_help_group(const char *name, FILE *stream)
{
	size_t length = strlen(name);
	bool found = false;
	for (int i = 0; i < ff_n_commands; i++) {
		if (strncmp(ff_commands[i].name, name, length) != 0 || ff_commands[i].name[length] != ' ')
			continue;
		if (!found)
			fprintf(stream, "usage: ffengine %s COMMAND\n\n", name);
		found = true;
		print_summary(&ff_commands[i], stream);
	}
	if (found)
		fprintf(stream, "\n`ffengine help %s COMMAND` tells more.\n", name);
	return found;
}

void ff_help_overview(FILE *stream)
{
	fprintf(stream,
	        "ffengine %s trains networks with the Forward-Forward algorithm on many-core processors.\n\n"
	        "usage: ffengine COMMAND [ARGUMENT]... [OPTION]...\n\n",
	        ff_version());
	for (int i = 0; i < ff_n_commands; i++)
		print_summary(&ff_commands[i], stream);
	fputs("\nFirst steps:\n"
	      "  ffengine data list                           which datasets are here\n"
	      "  ffengine run experiments/quickstart.yaml     train on Fashion-MNIST, under a minute\n"
	      "  ffengine help experiment                     every key of an experiment file\n"
	      "\n`ffengine COMMAND --help` explains a command; ffengine(1) lists the exit codes.\n",
	      stream);
}

static void help_experiment(FILE *stream)
{
	fputs("An experiment file is YAML. Every key but layers.widths has a default. This is one:\n\n"
	      "  name: first\n"
	      "  dataset: {name: mnist}\n"
	      "  layers: {widths: [64, 32]}\n\n"
	      "`ffengine check FILE` prints a file with every key spelt out; `--set layers.widths='[64,32]'` overrides "
	      "one.\n\n",
	      stream);
	ff_experiment_print_keys(stream);
}

ff_status ff_command_help(const struct ff_arguments *arguments, struct ff_error *error)
{
	const struct ff_words *words = &arguments->operands;
	int used = 0;
	if (words->n == 0) {
		ff_help_overview(stdout);
		return FF_OK;
	}
	if (words->n == 1 && strcmp(words->items[0], "experiment") == 0) {
		help_experiment(stdout);
		return FF_OK;
	}
	if (words->n == 1 && ff_help_group(words->items[0], stdout))
		return FF_OK;
	const char *first = words->items[0];
	const struct ff_command *command = ff_command_find(words->items, words->n, &used, error);
	if (!command && ff_word_is_near(first, "experiment", ff_edit_distance(first, "experiment")))
		return ff_fail_at(error, FF_ERROR_USAGE, "help", "did you mean `ffengine help experiment`?",
		                  "unknown command '%s'", first);
	if (!command)
		return FF_ERROR_USAGE;
	if (used < words->n)
		return ff_fail_at(error, FF_ERROR_USAGE, "help", NULL, "surplus argument '%s'", words->items[used]);
	ff_help_command(command, stdout);
	return FF_OK;
}

#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/edit_distance.h"

bool ff_word_is_near(const char *typed, const char *known, int distance)
{
	size_t n = strlen(typed);
	return distance <= (n < 4 ? 1 : 2) || (n >= 2 && strncmp(typed, known, n) == 0);
}

static const struct ff_option *find_option(const struct ff_command *command, const char *name, size_t length)
{
	for (int i = 0; i < command->n_options; i++) {
		const struct ff_option *option = &command->options[i];
		if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
			return option;
	}
	return NULL;
}

static ff_status unknown_option(const struct ff_command *command, const char *word, struct ff_error *error)
{
	char name[FF_EDIT_DISTANCE_LETTERS], hint[128];
	const char *nearest = NULL;
	int least = FF_EDIT_DISTANCE_LETTERS;
	size_t dashes = strspn(word, "-");
	snprintf(name, sizeof name, "%.*s", (int)strcspn(word + dashes, "="), word + dashes);
	for (int i = 0; i < command->n_options; i++) {
		int distance = ff_edit_distance(name, command->options[i].name);
		if (distance < least && ff_word_is_near(name, command->options[i].name, distance)) {
			least = distance;
			nearest = command->options[i].name;
		}
	}
	if (nearest)
		snprintf(hint, sizeof hint, "did you mean --%s?", nearest);
	else
		snprintf(hint, sizeof hint, "see `ffengine help %s`", command->name);
	return ff_fail_at(error, FF_ERROR_USAGE, command->name, hint, "unknown option %.*s%s", (int)dashes, word, name);
}

/* Stores an option; *i moves on if the value is the next word. */
static ff_status take_option(const struct ff_command *command, const char *const words[], int n, int *i,
                             struct ff_arguments *arguments, struct ff_error *error)
{
	const char *name = words[*i] + 2, *equals = strchr(name, '=');
	const struct ff_option *option =
	    strcmp(words[*i], "-h") == 0 ? find_option(command, "help", 4)
	    : words[*i][1] == '-'        ? find_option(command, name, equals ? (size_t)(equals - name) : strlen(name))
	                                 : NULL;
	if (!option)
		return unknown_option(command, words[*i], error);
	void *field = (char *)arguments + option->offset;
	if (option->kind == FF_OPTION_FLAG) {
		if (equals)
			return ff_fail_at(error, FF_ERROR_USAGE, command->name, NULL, "--%s takes no value",
			                  option->name);
		*(bool *)field = true;
		return FF_OK;
	}
	bool next = !equals && *i + 1 < n && strncmp(words[*i + 1], "--", 2) != 0;
	if (!equals && !next)
		return ff_fail_at(error, FF_ERROR_USAGE, command->name, NULL, "--%s needs a value: --%s %s",
		                  option->name, option->name, option->value);
	const char *value = equals ? equals + 1 : words[++*i];
	if (!*value)
		return ff_fail_at(error, FF_ERROR_USAGE, command->name, NULL, "--%s has an empty value: --%s %s",
		                  option->name, option->name, option->value);
	if (option->kind == FF_OPTION_LIST) {
		struct ff_words *list = field;
		list->items[list->n++] = value;
	} else {
		*(const char **)field = value;
	}
	return FF_OK;
}

static ff_status check_operands(const struct ff_command *command, const struct ff_arguments *arguments,
                                struct ff_error *error)
{
	char hint[160];
	const struct ff_words *operands = &arguments->operands;
	int least = arguments->resume ? 0 : command->min_operands, most = command->max_operands;
	snprintf(hint, sizeof hint, "usage: ffengine %s %s; see `ffengine help %s`", command->name, command->operands,
	         command->name);
	if (operands->n < least)
		return ff_fail_at(error, FF_ERROR_USAGE, command->name, hint, "%s is missing", command->operands);
	if (operands->n && arguments->resume)
		return ff_fail_at(error, FF_ERROR_USAGE, command->name, hint,
		                  "'%s': %s and --resume exclude each other: a resumed run keeps its own experiment",
		                  operands->items[0], command->operands);
	if (operands->n > most)
		return ff_fail_at(error, FF_ERROR_USAGE, command->name, hint, "unexpected argument '%s'",
		                  operands->items[most]);
	for (int i = 0; i < operands->n; i++)
		if (!*operands->items[i])
			return ff_fail_at(error, FF_ERROR_USAGE, command->name, hint, "%s is empty",
			                  command->min_operands ? command->operands : "an argument");
	return FF_OK;
}

ff_status ff_arguments_parse(const struct ff_command *command, const char *const words[], int n,
                             struct ff_arguments *arguments, struct ff_error *error)
{
	*arguments = (struct ff_arguments){0};
	arguments->set.items = calloc((size_t)n + 2, sizeof(char *)); /* one to spare for --threads */
	arguments->operands.items = calloc((size_t)n + 1, sizeof(char *));
	if (!arguments->set.items || !arguments->operands.items)
		return ff_fail(error, FF_ERROR_MEMORY, "no memory for the command line");
	bool options = true;
	for (int i = 0; i < n; i++) {
		if (options && strcmp(words[i], "--") == 0)
			options = false;
		else if (options && words[i][0] == '-' && words[i][1])
			FF_TRY(take_option(command, words, n, &i, arguments, error));
		else
			arguments->operands.items[arguments->operands.n++] = words[i];
	}
	return arguments->help ? FF_OK : check_operands(command, arguments, error);
}

void ff_arguments_fini(struct ff_arguments *arguments)
{
	free(arguments->set.items);
	free(arguments->operands.items);
	*arguments = (struct ff_arguments){0};
}

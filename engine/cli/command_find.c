#include "cli/command_find.h"

#include <string.h>

#include "base/edit_distance.h"
#include "cli/commands.h"
#include "cli/options.h"

/* Words of `name` that stand at the head of `words`: all of them, or none. */
static int match_words(const char *name, const char *const words[], int n)
{
	for (int i = 0; i < n; i++) {
		size_t length = strcspn(name, " ");
		if (strlen(words[i]) != length || strncmp(name, words[i], length) != 0)
			return 0;
		if (name[length] == '\0')
			return i + 1;
		name += length + 1;
	}
	return 0;
}

/* The best match so far for what was typed; `meant` may be longer than `word`, its part that was compared. */
struct guess {
	const char *typed, *meant;
	int length, distance;
};

static void consider(struct guess *guess, const char *word, int length, const char *meant, int meant_length)
{
	char known[32];
	snprintf(known, sizeof known, "%.*s", length, word);
	int distance = ff_edit_distance(guess->typed, known);
	if (distance < guess->distance && ff_word_is_near(guess->typed, known, distance))
		*guess = (struct guess){guess->typed, meant, meant_length, distance};
}

/* Writes the nearest command, or group, to the one or two words typed; "" if none is near. */
static void nearest_command(const char *typed, char *text, size_t size)
{
	struct guess guess = {.typed = typed, .meant = "", .distance = 100};
	for (int i = 0; i < ff_n_commands; i++) {
		const char *name = ff_commands[i].name, *second = strchr(name, ' ');
		int length = (int)strlen(name);
		consider(&guess, name, length, name, length);
		if (!second || strchr(typed, ' '))
			continue;
		consider(&guess, name, (int)(second - name), name, (int)(second - name));
		consider(&guess, second + 1, (int)strlen(second + 1), name, length);
	}
	snprintf(text, size, "%.*s", guess.length, guess.meant);
}

static bool is_group(const char *word)
{
	size_t length = strlen(word);
	for (int i = 0; i < ff_n_commands; i++)
		if (strncmp(ff_commands[i].name, word, length) == 0 && ff_commands[i].name[length] == ' ')
			return true;
	return false;
}

const struct ff_command *ff_command_find(const char *const words[], int n, int *used, struct ff_error *error)
{
	char typed[64], hint[128];
	for (int i = 0; i < ff_n_commands; i++) {
		*used = match_words(ff_commands[i].name, words, n);
		if (*used)
			return &ff_commands[i];
	}
	bool group = is_group(words[0]);
	if (group && n > 1)
		snprintf(typed, sizeof typed, "%s %s", words[0], words[1]);
	else
		snprintf(typed, sizeof typed, "%s", words[0]);
	char nearest[32] = "";
	if (!group || n > 1)
		nearest_command(typed, nearest, sizeof nearest);
	if (*nearest)
		snprintf(hint, sizeof hint, "did you mean `ffengine %s`?", nearest);
	else
		snprintf(hint, sizeof hint, "see `ffengine help%s%s`", group ? " " : "", group ? words[0] : "");
	if (group && n == 1)
		ff_fail_at(error, FF_ERROR_USAGE, typed, hint, "a command must follow");
	else
		ff_fail_at(error, FF_ERROR_USAGE, NULL, hint, "unknown command '%s'", typed);
	return NULL;
}

#include "base/topology_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Levels from the outside in; those of rank 0 may stand anywhere outside the cores. */
static const struct level {
	const char *name, *hwloc;
	int rank;
} LEVELS[] = {
    {"package", "package", 1}, {"socket", "package", 1}, {"numa", "numa", 0}, {"numanode", "numa", 0},
    {"group", "group", 0},     {"die", "die", 2},        {"l5", "l5", 3},     {"l4", "l4", 4},
    {"l3", "l3", 5},           {"l2", "l2", 6},          {"l1", "l1", 7},     {"core", "core", 8},
    {"pu", "pu", 9},
};
enum { N_LEVELS = sizeof LEVELS / sizeof *LEVELS, RANK_CORE = 8, RANK_PU = 9 };

static const char BLANKS[] = " \t\n";

/* A description on its way through its words. */
struct reading {
	const char *whole;
	char *text; /* what hwloc shall read */
	size_t size, used;
	const struct level *last; /* of the words so far, with a rank; NULL before the first */
	bool seen[N_LEVELS];
	long processors;
	struct ff_error *error;
};

static ff_status refuse(const struct reading *reading, const char *word, int length, const char *what)
{
	char hint[256];
	snprintf(hint, sizeof hint, "describe it from the outside in, LEVEL:COUNT, such as %s", FF_TOPOLOGY_EXAMPLES);
	if (!word)
		return ff_fail_at(reading->error, FF_ERROR_USAGE, NULL, hint, "topology '%.160s': %s", reading->whole,
		                  what);
	return ff_fail_at(reading->error, FF_ERROR_USAGE, NULL, hint, "topology '%.160s': '%.*s': %s", reading->whole,
	                  length < 60 ? length : 60, word, what);
}

static const struct level *find_level(const char *word, int length)
{
	for (int i = 0; i < N_LEVELS; i++)
		if ((int)strlen(LEVELS[i].name) == length && strncasecmp(LEVELS[i].name, word, (size_t)length) == 0)
			return &LEVELS[i];
	return NULL;
}

/* The number at *text, which moves behind it; 0 if there is none, or it is 0 or too large. */
static long take_count(const char **text)
{
	long count = 0;
	for (; isdigit((unsigned char)**text); ++*text)
		count = count > FF_MAX_DESCRIBED ? count : 10 * count + (**text - '0');
	return count > FF_MAX_DESCRIBED ? 0 : count;
}

static ff_status append(struct reading *reading, const char *name, long count, const char *rest, int length)
{
	int n = snprintf(reading->text + reading->used, reading->size - reading->used, "%s%s:%ld%.*s",
	                 reading->used ? " " : "", name, count, length, rest);
	if ((size_t)n >= reading->size - reading->used)
		return refuse(reading, NULL, 0, "it is too long");
	reading->used += (size_t)n;
	return FF_OK;
}

/* Whether the n letters at text are "(size=...)" or "(memory=...)", with letters and digits that hwloc shall check. */
static bool is_attribute(const char *text, int n)
{
	int name = strncasecmp(text, "(size=", 6) == 0 ? 6 : strncasecmp(text, "(memory=", 8) == 0 ? 8 : 0;
	int i = name;
	while (name && i < n && isalnum((unsigned char)text[i]))
		i++;
	return i > name && i == n - 1 && text[i] == ')';
}

/* What stands in the word's way here, where a level of this kind follows those before; NULL if nothing does. */
static const char *misplaced(const struct reading *reading, const struct level *level)
{
	const struct level *last = reading->last;
	for (int i = 0; i < N_LEVELS; i++)
		if (reading->seen[i] && strcmp(LEVELS[i].hwloc, level->hwloc) == 0 && strcmp(level->name, "group") != 0)
			return "this level is there already";
	if (level->rank == RANK_PU && (!last || last->rank != RANK_CORE))
		return "the level before pu must be core";
	if (last && (level->rank == 0 ? last->rank >= RANK_CORE : level->rank <= last->rank))
		return "a level cannot be inside one of those before it";
	return NULL;
}

static ff_status take_word(struct reading *reading, const char *word, int length)
{
	const char *colon = memchr(word, ':', (size_t)length), *at = colon ? colon + 1 : NULL;
	const struct level *level = colon ? find_level(word, (int)(colon - word)) : NULL;
	if (!colon)
		return refuse(reading, word, length, "is not LEVEL:COUNT");
	if (!level)
		return refuse(reading, word, length,
		              "no such level; there are package, die, group, numa, l5 .. l1, core and pu");
	long count = take_count(&at);
	int rest = length - (int)(at - word);
	if (count == 0 || (rest && *at != '(')) {
		char what[64];
		snprintf(what, sizeof what, "the count is not a whole number from 1 to %d", FF_MAX_DESCRIBED);
		return refuse(reading, word, length, what);
	}
	if (rest && !is_attribute(at, rest))
		return refuse(reading, word, length,
		              "only (size=32MiB) of a cache or (memory=64GiB) of numa may follow");
	const char *obstacle = misplaced(reading, level);
	if (obstacle)
		return refuse(reading, word, length, obstacle);
	reading->processors *= count;
	if (reading->processors > FF_MAX_DESCRIBED) {
		char what[64];
		snprintf(what, sizeof what, "these are more than %d processors", FF_MAX_DESCRIBED);
		return refuse(reading, word, length, what);
	}
	reading->seen[level - LEVELS] = true;
	reading->last = level->rank ? level : reading->last;
	return append(reading, level->hwloc, count, at, rest);
}

ff_status ff_topology_words(const char *description, char *text, size_t size, struct ff_error *error)
{
	struct reading reading = {.whole = description, .text = text, .size = size, .processors = 1, .error = error};
	const char *word = description + strspn(description, BLANKS);
	*text = '\0';
	if (!*word)
		return refuse(&reading, NULL, 0, "it is empty");
	for (int length; *word; word += length, word += strspn(word, BLANKS)) {
		length = (int)strcspn(word, BLANKS);
		FF_TRY(take_word(&reading, word, length));
	}
	if (!reading.last || reading.last->rank < RANK_CORE)
		return refuse(&reading, NULL, 0, "it has no cores: a word such as core:8 is missing");
	return reading.last->rank == RANK_PU ? FF_OK : append(&reading, "pu", 1, "", 0);
}

#include "machine/topology_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Levels from the outside in; those of rank 0 may be anywhere outside the cores. */
static const struct level {
	const char *name, *hwloc;
	int rank;
} LEVELS[] = {
    {"package", "package", 1}, {"socket", "package", 1}, {"numa", "numa", 0}, {"numanode", "numa", 0},
    {"group", "group", 0},     {"die", "die", 2},        {"l5", "l5", 3},     {"l4", "l4", 4},
    {"l3", "l3", 5},           {"l2", "l2", 6},          {"l1", "l1", 7},     {"core", "core", 8},
    {"pu", "pu", 9},
};
enum { N_LEVELS = sizeof LEVELS / sizeof *LEVELS, RANK_CACHE = 3, RANK_CORE = 8, RANK_PU = 9 };

static const char BLANKS[] = " \t\n";

/* The state of reading a description. */
struct reading {
	const char *whole;
	char *text; /* what hwloc is to read */
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

/* Reads the number at *text and advances *text beyond it; 0 if there is none, or it is 0 or too large. */
static long take_count(const char **text)
{
	long count = 0;
	for (; isdigit((unsigned char)**text); ++*text)
		count = count > FF_MAX_DESCRIBED ? count : 10 * count + (**text - '0');
	return count > FF_MAX_DESCRIBED ? 0 : count;
}

/* A size in bytes: "(size=32MiB)" of a cache, "(memory=64GiB)" of a node. */
struct attribute {
	const char *name; /* "size" or "memory"; NULL: there is none */
	uint64_t bytes;
};

static ff_status append(struct reading *reading, const char *name, long count, const struct attribute *attribute)
{
	char size[48] = "";
	if (attribute->name)
		snprintf(size, sizeof size, "(%s=%" PRIu64 ")", attribute->name, attribute->bytes);
	int n = snprintf(reading->text + reading->used, reading->size - reading->used, "%s%s:%ld%s",
	                 reading->used ? " " : "", name, count, size);
	if ((size_t)n >= reading->size - reading->used)
		return refuse(reading, NULL, 0, "it is too long");
	reading->used += (size_t)n;
	return FF_OK;
}

/* The bytes of a unit; 0 if there is no such unit. */
static uint64_t unit_of(const char *text, size_t length)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} UNITS[] = {{"", 1},
	             {"KiB", UINT64_C(1) << 10},
	             {"MiB", UINT64_C(1) << 20},
	             {"GiB", UINT64_C(1) << 30},
	             {"TiB", UINT64_C(1) << 40},
	             {"kB", 1000},
	             {"MB", 1000000},
	             {"GB", 1000000000},
	             {"TB", UINT64_C(1000000000000)}};
	for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
		if (strlen(UNITS[i].name) == length && strncasecmp(UNITS[i].name, text, length) == 0)
			return UNITS[i].bytes;
	return 0;
}

/* The attribute that a level may have, or NULL. */
static const char *attribute_of(const struct level *level)
{
	if (level->rank >= RANK_CACHE && level->rank < RANK_CORE)
		return "size";
	return strcmp(level->hwloc, "numa") == 0 ? "memory" : NULL;
}

/* Reads the n characters at text as the level's attribute; returns what is wrong with them, or NULL. */
static const char *take_attribute(const struct level *level, const char *text, int n, struct attribute *attribute)
{
	const char *name = attribute_of(level), *end = text + n - 1;
	int length = name ? (int)strlen(name) : 0;
	if (!name || n < length + 3 || strncasecmp(text + 1, name, (size_t)length) != 0 || text[length + 1] != '=' ||
	    *end != ')')
		return "only (size=32MiB) for a cache or (memory=64GiB) for numa may follow";
	attribute->name = name;
	const char *at = text + length + 2, *digits = at;
	bool over = false;
	for (; isdigit((unsigned char)*at); at++)
		over |= __builtin_mul_overflow(attribute->bytes, 10, &attribute->bytes) ||
		        __builtin_add_overflow(attribute->bytes, (uint64_t)(*at - '0'), &attribute->bytes);
	uint64_t unit = unit_of(at, (size_t)(end - at));
	if (at == digits || unit == 0)
		return "the size is not a whole number with KiB, MiB, GiB, TiB, kB, MB, GB, TB or no unit";
	over |= __builtin_mul_overflow(attribute->bytes, unit, &attribute->bytes);
	return over ? "the size is 2^64 bytes or more" : NULL;
}

/* Why a level of this kind cannot follow those before it; NULL if it can. */
static const char *misplaced(const struct reading *reading, const struct level *level)
{
	const struct level *last = reading->last;
	for (int i = 0; i < N_LEVELS; i++)
		if (reading->seen[i] && strcmp(LEVELS[i].hwloc, level->hwloc) == 0 && strcmp(level->name, "group") != 0)
			return "this level is given twice";
	if (level->rank == RANK_PU && (!last || last->rank != RANK_CORE))
		return "the level before pu must be core";
	if (last && (level->rank == 0 ? last->rank >= RANK_CORE : level->rank <= last->rank))
		return "this level cannot be inside the levels before it";
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
		              "no such level; the levels are package, die, group, numa, l5 .. l1, core and pu");
	long count = take_count(&at);
	int rest = length - (int)(at - word);
	if (count == 0 || (rest && *at != '(')) {
		char what[64];
		snprintf(what, sizeof what, "the count is not a whole number from 1 to %d", FF_MAX_DESCRIBED);
		return refuse(reading, word, length, what);
	}
	struct attribute attribute = {0};
	const char *obstacle = rest ? take_attribute(level, at, rest, &attribute) : NULL;
	if (!obstacle)
		obstacle = misplaced(reading, level);
	if (obstacle)
		return refuse(reading, word, length, obstacle);
	reading->processors *= count;
	if (reading->processors > FF_MAX_DESCRIBED) {
		char what[64];
		snprintf(what, sizeof what, "this makes more than %d processors", FF_MAX_DESCRIBED);
		return refuse(reading, word, length, what);
	}
	reading->seen[level - LEVELS] = true;
	reading->last = level->rank ? level : reading->last;
	return append(reading, level->hwloc, count, &attribute);
}

ff_status ff_topology_text(const char *description, char *text, size_t size, struct ff_error *error)
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
	return reading.last->rank == RANK_PU ? FF_OK : append(&reading, "pu", 1, &(struct attribute){0});
}
